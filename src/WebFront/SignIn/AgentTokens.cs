using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.SignIn;

/// <summary>
/// An agent's session has a secret of 256 random bits, of which only the hash is stored and which only the console's
/// HttpOnly cookie carries; and short-lived bearers that name the session and are signed. Neither counts without the
/// session's row.
/// </summary>
public sealed class AgentTokens(
    IDataProtectionProvider protection, IOptions<SignInOptions> options, TimeProvider clock)
{
    private readonly IDataProtector _bearers = protection.CreateProtector("agent-bearer.v1");

    /// <summary>A new session's secret.</summary>
    public static string NewSecret() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    /// <summary>The session's id: hash of its secret.</summary>
    public static string SessionId(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>A bearer for the session, never outliving it.</summary>
    public (string Token, DateTimeOffset ExpiresAt) NewBearer(string sessionId, DateTimeOffset sessionExpiresAt)
    {
        var expiresAt = clock.GetUtcNow().AddMinutes(options.Value.BearerMinutes);
        if (expiresAt > sessionExpiresAt)
            expiresAt = sessionExpiresAt;
        var body = JsonSerializer.SerializeToUtf8Bytes(new Body(sessionId, expiresAt.ToUnixTimeSeconds()));
        return (WebEncoders.Base64UrlEncode(_bearers.Protect(body)), expiresAt);
    }

    /// <summary>The session that a bearer names; null where it is forged, malformed or expired.</summary>
    public string? Read(string token)
    {
        try
        {
            var body = JsonSerializer.Deserialize<Body>(_bearers.Unprotect(WebEncoders.Base64UrlDecode(token)));
            return body is not null && body.Expires > clock.GetUtcNow().ToUnixTimeSeconds() ? body.Session : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    private sealed record Body(string Session, long Expires);
}
