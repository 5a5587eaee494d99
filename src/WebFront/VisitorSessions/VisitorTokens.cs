using System.Security.Cryptography;
using System.Text.Json;
using CustomerService.WebFront.SignIn;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.VisitorSessions;

/// <summary>A visitor's two signed tokens: the short-lived bearer, and the secret that its browser keeps. Nothing of
/// them is stored.</summary>
public sealed class VisitorTokens(
    IDataProtectionProvider protection, IOptions<SignInOptions> options, TimeProvider clock)
{
    private const int LengthMax = 4_096;

    // Two purposes, so that neither passes for the other.
    private readonly IDataProtector _bearers = protection.CreateProtector("visitor-bearer.v1");
    private readonly IDataProtector _secrets = protection.CreateProtector("visitor-secret.v1");

    /// <summary>A bearer for hub and REST, and when it expires.</summary>
    public (string Token, DateTimeOffset ExpiresAt) NewBearer(VisitorCaller visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        var expiresAt = clock.GetUtcNow().AddMinutes(options.Value.BearerMinutes);
        var body = new BearerBody(
            visitor.SiteKey, visitor.VisitorId, visitor.Name, visitor.Locale, expiresAt.ToUnixTimeSeconds(),
            visitor.Person);
        return (Seal(_bearers, body), expiresAt);
    }

    /// <summary>The visitor that a bearer names; null where it is forged, malformed or expired.</summary>
    public VisitorCaller? ReadBearer(string token) =>
        Open<BearerBody>(_bearers, token) is { } body && body.Expires > clock.GetUtcNow().ToUnixTimeSeconds()
            ? new VisitorCaller(body.Site, body.Visitor, body.Name, body.Locale) { Person = body.Person }
            : null;

    /// <summary>The secret by which a browser is the same visitor next time. One of a person whom the site vouched for
    /// counts until a day after it did: then the site is asked again.</summary>
    public string NewSecret(VisitorSecret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return Seal(_secrets, new SecretBody(
            secret.SiteKey, secret.VisitorId, secret.Person, secret.Until?.ToUnixTimeSeconds()));
    }

    /// <summary>What a secret says; null where it is forged, malformed or expired.</summary>
    public VisitorSecret? ReadSecret(string secret) =>
        Open<SecretBody>(_secrets, secret) is { } body
            && (body.Until is null || body.Until > clock.GetUtcNow().ToUnixTimeSeconds())
            ? new VisitorSecret(body.Site, body.Visitor)
            {
                Person = body.Person,
                Until = body.Until is { } until ? DateTimeOffset.FromUnixTimeSeconds(until) : null,
            }
            : null;

    private static string Seal<T>(IDataProtector protector, T body) =>
        WebEncoders.Base64UrlEncode(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(body)));

    private static T? Open<T>(IDataProtector protector, string token)
        where T : class
    {
        if (token.Length > LengthMax)
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(protector.Unprotect(WebEncoders.Base64UrlDecode(token)));
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    private sealed record BearerBody(string Site, string Visitor, string Name, string Locale, long Expires, SignedPerson? Person = null);

    private sealed record SecretBody(string Site, string Visitor, SignedPerson? Person = null, long? Until = null);
}

/// <summary>What a browser's secret says.</summary>
/// <param name="SiteKey">The site it is bound to.</param>
/// <param name="VisitorId">The visitor.</param>
public sealed record VisitorSecret(string SiteKey, string VisitorId)
{
    /// <summary>Whom the site vouched for, if it did.</summary>
    public SignedPerson? Person { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? Until { get; init; }
}
