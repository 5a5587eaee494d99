using System.Security.Cryptography;

namespace CustomerService.Grains;

/// <summary>Ids that nobody can guess: 130 bits from the system's random source.</summary>
public sealed class RandomIds : IIdSource
{
    /// <inheritdoc/>
    public string Next()
    {
        Span<byte> bytes = stackalloc byte[17];
        RandomNumberGenerator.Fill(bytes);
        return DerivedId.Encode(bytes);
    }
}
