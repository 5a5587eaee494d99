using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CustomerService.WebFront.VisitorSessions;

/// <summary>Somebody whom a site's own server vouches for.</summary>
/// <param name="Id">Its id there, 1 to 128 UTF-16 units.</param>
/// <param name="Name">Its name, may be empty.</param>
/// <param name="Email">Its address, may be empty.</param>
public sealed record SignedPerson(string Id, string Name, string Email)
{
    /// <summary>The visitor that this person is on a site, on whatever device: derived, so nothing need be stored or
    /// looked up. Ids that the server makes itself have another form.</summary>
    public string VisitorId(string siteKey) => "u_" + Base64Url.EncodeToString(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new[] { siteKey, Id })).AsSpan(0, 24));
}

/// <summary>What a check of an identity comes to: a person, or the reason why there is none.</summary>
public sealed record IdentityVerdict(SignedPerson? Person, string Reason, string Message);

/// <summary>Reads what a site's server signed: a JSON Web Token with HS256 and the site's secret. Pure.</summary>
/// <remarks>Required claims: <c>sub</c> (the person's id), <c>aud</c> (the site's key) and <c>exp</c>; <c>name</c> and
/// <c>email</c> are optional. A token is good until it expires, on any device, so it may be signed for
/// <see cref="LifetimeMax"/> at most.</remarks>
public static class SignedIdentity
{
    /// <summary>How far ahead a token may expire.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromHours(24);

    /// <summary>Clocks of two machines differ: an expiry this long ago still counts.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    private const int TokenLengthMax = 4_096;
    private const int IdLengthMax = 128;
    private const int EmailLengthMax = 254;

    /// <summary>Checks the signature before anything in the token is believed.</summary>
    /// <param name="token">As the page passed it on.</param>
    /// <param name="secrets">The site's secrets that count now: one, or two for a while after it was rolled.</param>
    /// <param name="siteKey">The site that asks.</param>
    /// <param name="now">The time.</param>
    public static IdentityVerdict Check(
        string? token, IReadOnlyCollection<byte[]> secrets, string siteKey, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        if (secrets.Count == 0)
            return No("off", "The site has no secret to sign identities with.");
        if (token is not { Length: > 0 and <= TokenLengthMax } || token.Split('.') is not [var head, var body, var mac])
            return No("signature", "The identity is no signed token.");
        if (Decode<Header>(head) is not { Alg: "HS256" })
            return No("signature", "The identity is not signed with HS256.");
        var signed = Encoding.ASCII.GetBytes($"{head}.{body}");
        if (Bytes(mac) is not { } given || !IsOfAny(secrets, signed, given))
            return No("signature", "The identity's signature is wrong.");
        if (Decode<Claims>(body) is not { Sub.Length: > 0 and <= IdLengthMax, Exp: { } exp } claims
            || claims.Name?.Length > Limits.NameLengthMax || claims.Email?.Length > EmailLengthMax)
            return No("claims", "The identity needs sub and exp, each within its limits.");
        if (claims.Aud != siteKey)
            return No("site", "The identity is for another site.");
        var left = exp - now.ToUnixTimeSeconds();
        if (left <= -Leeway.TotalSeconds)
            return No("expired", "The identity has expired.");
        return left > LifetimeMax.TotalSeconds
            ? No("claims", "The identity is good for too long: 24 hours at most.")
            : new IdentityVerdict(new SignedPerson(claims.Sub, claims.Name ?? "", claims.Email ?? ""), "", "");
    }

    /// <summary>Every secret is tried, so that the time says nothing about which one fits.</summary>
    private static bool IsOfAny(IEnumerable<byte[]> secrets, byte[] signed, byte[] given)
    {
        var isGood = false;
        foreach (var secret in secrets)
            isGood |= CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, signed), given);
        return isGood;
    }

    private static byte[]? Bytes(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static T? Decode<T>(string part)
        where T : class
    {
        try
        {
            return Bytes(part) is { } bytes ? JsonSerializer.Deserialize<T>(bytes, JsonSerializerOptions.Web) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IdentityVerdict No(string reason, string message) => new(null, reason, message);

    private sealed record Header(string? Alg);

    private sealed record Claims(string? Sub, string? Aud, long? Exp, string? Name, string? Email);
}
