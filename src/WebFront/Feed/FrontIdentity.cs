using System.Security.Cryptography;

namespace CustomerService.WebFront.Feed;

/// <summary>This process as silos know it: new at each start, so that nothing meant for an earlier one arrives.</summary>
internal sealed class FrontIdentity
{
    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
