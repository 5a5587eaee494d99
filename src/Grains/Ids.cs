namespace CustomerService.Grains;

/// <summary>Where new ids come from: random in a host, seeded in a simulation.</summary>
public interface IIdSource
{
    /// <summary>A new id: 26 characters of a-z and 2-7 (128 bits or more).</summary>
    string Next();
}

/// <summary>Ids that follow from what they name, so that a retry makes the same one.</summary>
public static class DerivedId
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>26 characters from a hash of the parts, in order. Parts may hold any character: lengths are hashed too.
    /// </summary>
    public static string Of(params ReadOnlySpan<string> parts)
    {
        Span<byte> hash = stackalloc byte[PartsHash.Length];
        PartsHash.Of(parts, hash);
        return Encode(hash);
    }

    /// <summary>The first 130 bits of <paramref name="bytes"/> (17 at least) as 26 characters.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[26];
        int buffer = 0, bits = 0, next = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (bits < 5)
            {
                buffer = (buffer << 8) | bytes[next++];
                bits += 8;
            }
            bits -= 5;
            text[i] = Alphabet[(buffer >> bits) & 31];
        }
        return new string(text);
    }
}
