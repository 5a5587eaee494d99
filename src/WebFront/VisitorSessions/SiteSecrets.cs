using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CustomerService.Storage.Catalogue;
using Microsoft.AspNetCore.DataProtection;

namespace CustomerService.WebFront.VisitorSessions;

/// <summary>The secrets that sites sign identities with. Stored under the product's key ring, shown once.</summary>
public sealed class SiteSecrets(IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>How long a secret that was replaced still counts: time to change it on the site's own servers.</summary>
    public static readonly TimeSpan PreviousCounts = TimeSpan.FromHours(24);

    private const int SecretBytes = 32;

    private readonly IDataProtector _protector = protection.CreateProtector("site-identity.v1");

    /// <summary>A new secret, and what the site's settings keep of it and of the one before.</summary>
    public (string Secret, SiteIdentity Identity) Roll(SiteIdentity? before)
    {
        var now = clock.GetUtcNow();
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        return (secret, new SiteIdentity
        {
            Sealed = _protector.Protect(secret),
            RolledAt = now,
            PreviousSealed = before?.Sealed,
            PreviousUntil = before is null ? null : now + PreviousCounts,
        });
    }

    /// <summary>Those that count now, as a site's server uses them: the text's bytes.</summary>
    public IReadOnlyCollection<byte[]> Of(SiteSettings site)
    {
        ArgumentNullException.ThrowIfNull(site);
        if (site.Identity is not { } identity)
            return [];
        var previous = identity.PreviousUntil > clock.GetUtcNow() ? identity.PreviousSealed : null;
        return [.. new[] { identity.Sealed, previous }.Select(Open).OfType<byte[]>()];
    }

    private byte[]? Open(string? text)
    {
        try
        {
            return text is null ? null : Encoding.ASCII.GetBytes(_protector.Unprotect(text));
        }
        catch (CryptographicException)
        {
            // Of another installation's key ring: as good as none, and an administrator rolls it.
            return null;
        }
    }
}
