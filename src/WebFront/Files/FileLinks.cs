using System.Security.Cryptography;
using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Storage.Files;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace CustomerService.WebFront.Files;

/// <summary>Signed links to files, good for an hour. Who is given one may see the message that holds the file; whoever
/// has one may read the file until it expires, because an image tag can't carry a bearer.</summary>
public sealed class FileLinks(IDataProtectionProvider protection, FilesOptions options, TimeProvider clock)
{
    private const int LengthMax = 2_048;

    private readonly IDataProtector _protector = protection.CreateProtector("file-link.v1");

    /// <summary>Links to a file and to its small picture.</summary>
    public FileLink For(Attachment file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var expiresAt = clock.GetUtcNow().AddMinutes(options.LinkMinutes);
        return new FileLink(
            file.Id, Address(file, expiresAt, isPreview: false),
            file.Preview == true ? Address(file, expiresAt, isPreview: true) : null, expiresAt);
    }

    /// <summary>What a link's token stands for; null where it is forged, for another file, or expired.</summary>
    internal Granted? Read(string id, string token)
    {
        if (token.Length is 0 or > LengthMax)
            return null;
        try
        {
            var granted = JsonSerializer.Deserialize<Granted>(
                _protector.Unprotect(WebEncoders.Base64UrlDecode(token)));
            return granted?.Id == id && granted.Expires > clock.GetUtcNow().ToUnixTimeSeconds() ? granted : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The token goes into the query, which no log keeps.</summary>
    private string Address(Attachment file, DateTimeOffset expiresAt, bool isPreview)
    {
        var granted = new Granted(
            file.Id, isPreview ? "preview.webp" : file.Name, isPreview ? "image/webp" : file.Type, isPreview,
            expiresAt.ToUnixTimeSeconds());
        return $"/api/v1/files/{file.Id}?t="
            + WebEncoders.Base64UrlEncode(_protector.Protect(JsonSerializer.SerializeToUtf8Bytes(granted)));
    }

    internal sealed record Granted(string Id, string Name, string Type, bool IsPreview, long Expires);
}

/// <summary>Where a file can be read, for a while.</summary>
/// <param name="Id">The file.</param>
/// <param name="Url">Its address, from the server's root on.</param>
/// <param name="PreviewUrl">Address of its small picture; null where it has none.</param>
/// <param name="ExpiresAt">Until when both are good.</param>
public sealed record FileLink(string Id, string Url, string? PreviewUrl, DateTimeOffset ExpiresAt);
