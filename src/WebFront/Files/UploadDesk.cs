using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Grains;
using CustomerService.Grains.Catalogue;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Files;

namespace CustomerService.WebFront.Files;

/// <summary>Why a file is not taken, as <c>reason</c> beside the code: the client has a sentence for each.</summary>
/// <param name="Refusal">The answer.</param>
/// <param name="Reason"><c>size</c>, <c>type</c>, <c>mismatch</c>, <c>damaged</c>, <c>infected</c>, <c>quota</c>,
/// <c>scanner</c> or <c>off</c>; null where the code says it all.</param>
public sealed record UploadRefusal(Refusal Refusal, string? Reason = null)
{
    internal static UploadRefusal NotFound { get; } = new(Refusal.NotFound);

    /// <summary>The refusal that a reason stands for.</summary>
    internal static UploadRefusal For(string reason) => reason switch
    {
        "size" => new(new Refusal(RefusalCode.TooLong, "The file is larger than allowed."), reason),
        "type" => new(new Refusal(RefusalCode.Invalid, "Files of this kind are not taken."), reason),
        "mismatch" => new(new Refusal(RefusalCode.Invalid, "The file is not what its name says."), reason),
        "damaged" => new(new Refusal(RefusalCode.Invalid, "The picture can't be read, or is too large."), reason),
        "infected" => new(new Refusal(RefusalCode.Invalid, "The scanner found something in the file."), reason),
        "off" => new(new Refusal(RefusalCode.Forbidden, "This site takes no files."), reason),
        "quota" => new(new Refusal(RefusalCode.RateLimited, "Too many files for now.", 60_000), reason),
        "scanner" => new(new Refusal(RefusalCode.Unavailable, "The file could not be scanned.", 5_000), reason),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "No such reason."),
    };
}

/// <summary>
/// Takes files in: announced, sent in parts, finished. A file is in the store and found good before a message can name
/// it, so an acknowledged message has its files on disk. What was cut goes on where it stopped; what was never used is
/// deleted (<see cref="UploadCleaner"/>).
/// </summary>
public sealed class UploadDesk(
    IUploads uploads, IFileStore store, Scanner scanner, FilesOptions options, ICatalogueCache catalogue, IIdSource ids,
    TimeProvider clock) : IDisposable
{
    /// <summary>Bytes of each part but the last: small enough that a cut on a bad line costs little.</summary>
    public const int PartBytes = 256 << 10;

    /// <summary>Uploads under way of one person.</summary>
    private const int UnderWayMax = 20;

    /// <summary>Files looked at a time: each takes its own size several times over, and a picture's pixels.</summary>
    private readonly SemaphoreSlim _looking = new(2);

    /// <summary>Announces a file.</summary>
    public async Task<(UploadRefusal? Refusal, Upload? Upload)> Announce(
        Sender sender, string? name, long bytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sender);
        if (bytes < 1)
            return (new UploadRefusal(new Refusal(RefusalCode.Invalid, "bytes is 1 or more.")), null);
        var rules = await RulesFor(sender);
        if (!rules.Enabled)
            return (UploadRefusal.For("off"), null);
        if (bytes > rules.BytesMax)
            return (UploadRefusal.For("size"), null);
        var now = clock.GetUtcNow();
        var (announced, underWay) = await uploads.Announced(sender.Key, now.AddDays(-1), cancellationToken);
        var perDay = sender.SiteKey is null ? options.AgentBytesPerDay : options.VisitorBytesPerDay;
        if (announced + bytes > perDay || underWay >= UnderWayMax)
            return (UploadRefusal.For("quota"), null);
        var upload = new Upload
        {
            Id = ids.Next(),
            Owner = sender.Key,
            Name = FileNames.Clean(name),
            Bytes = bytes,
            CreatedAt = now,
        };
        await uploads.Add(upload, cancellationToken);
        return (null, upload);
    }

    /// <summary>The sender's own upload; null where there is none.</summary>
    public async Task<Upload?> Find(Sender sender, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length is 0 or > Limits.IdLengthMax)
            return null;
        return await uploads.Find([id], cancellationToken) is [{ State: not (UploadState.Expired or UploadState.Removed) } upload]
            && upload.Owner == sender.Key ? upload : null;
    }

    /// <summary>How many bytes the part at this place has.</summary>
    public static int PartLength(Upload upload, long offset)
    {
        ArgumentNullException.ThrowIfNull(upload);
        return (int)Math.Min(PartBytes, upload.Bytes - offset);
    }

    /// <summary>Stores the part that comes next. True where the upload then stands behind it.</summary>
    public async Task<bool> Take(
        Upload upload, ReadOnlyMemory<byte> part, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(upload);
        await store.Put(PartKey(upload.Id, upload.Received), part, cancellationToken);
        return await uploads.Advance(upload.Id, upload.Received, upload.Received + part.Length, cancellationToken);
    }

    /// <summary>Looks at a complete file and makes it ready; a repeated call gives the same answer.</summary>
    public async Task<(UploadRefusal? Refusal, Attachment? Attachment)> Finish(
        Sender sender, string id, CancellationToken cancellationToken)
    {
        if (await Find(sender, id, cancellationToken) is not { } upload)
            return (UploadRefusal.NotFound, null);
        if (upload.State == UploadState.Receiving)
        {
            if (upload.Received < upload.Bytes)
                return (new UploadRefusal(new Refusal(RefusalCode.Conflict, "Bytes are missing.")), null);
            if (!await _looking.WaitAsync(TimeSpan.FromSeconds(20), cancellationToken))
                return (new UploadRefusal(new Refusal(RefusalCode.Overloaded, "Too many files at once.", 2_000)), null);
            try
            {
                if (await Look(sender, upload, cancellationToken) is { } refusal)
                    return (refusal, null);
            }
            finally
            {
                _looking.Release();
            }
            if (await Find(sender, id, cancellationToken) is not { } settled)
                return (UploadRefusal.NotFound, null); // Given up meanwhile.
            upload = settled;
        }
        return upload.State == UploadState.Refused
            ? (UploadRefusal.For(upload.Reason), null)
            : (null, AttachmentOf(upload));
    }

    /// <summary>Gives an upload up; its bytes are deleted soon.</summary>
    public async Task GiveUp(Sender sender, string id, CancellationToken cancellationToken)
    {
        if (await Find(sender, id, cancellationToken) is { } upload)
            await uploads.GiveUp(upload.Id, cancellationToken);
    }

    /// <summary>The files that a message names, kept from here on; a refusal where one is not there, not ready, or not the
    /// sender's.</summary>
    public async Task<(Refusal? Refusal, ImmutableArray<Attachment>? Attachments)> Use(
        Sender sender, IReadOnlyList<string> given, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(given);
        if (given.Count == 0)
            return (null, null);
        var found = (await uploads.Find(given, cancellationToken))
            .Where(upload => upload.Owner == sender.Key
                && upload.State is UploadState.Ready or UploadState.Used or UploadState.Removed)
            .ToDictionary(upload => upload.Id, StringComparer.Ordinal);
        if (found.Count != given.Count || !await uploads.Use(given, cancellationToken))
            return (new Refusal(RefusalCode.NotFound, "A file is not there or not ready."), null);
        return (null, [.. given.Select(id => AttachmentOf(found[id]))]);
    }

    /// <summary>What a sender may send.</summary>
    public async Task<FileRules> RulesFor(Sender sender)
    {
        ArgumentNullException.ThrowIfNull(sender);
        // Agents answer for what they send; visitors are bound by their site's rules too.
        var rules = sender.SiteKey is { } key ? (await catalogue.Get()).Site(key)?.Files ?? new FileRules() : new FileRules();
        return rules with
        {
            BytesMax = Math.Min(rules.BytesMax ?? options.BytesMax, options.BytesMax),
            Types = rules.Types.IsDefaultOrEmpty ? [.. FileTypes.Usual] : rules.Types,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _looking.Dispose();

    /// <summary>Key of a file's bytes.</summary>
    internal static string FileKey(string id) => id;

    /// <summary>Key of its small picture.</summary>
    internal static string PreviewKey(string id) => $"{id}.preview";

    internal static string PartKey(string id, long offset) => $"{id}.part-{offset / PartBytes}";

    private static Attachment AttachmentOf(Upload upload) => new(
        upload.Id, upload.Name, upload.Type, upload.Bytes, upload.Width, upload.Height,
        upload.HasPreview ? true : null);

    /// <summary>1. what is it, 2. may it be, 3. is it what its name says, 4. clean it, 5. scan it, 6. store it, 7. say
    /// so. Null where that was done; a refusal that may be tried again where it could not be.</summary>
    private async Task<UploadRefusal?> Look(Sender sender, Upload upload, CancellationToken cancellationToken)
    {
        var data = new byte[upload.Bytes];
        for (long at = 0; at < data.Length; at += PartBytes)
        {
            await using var part = await store.Open(PartKey(upload.Id, at), cancellationToken)
                ?? throw new FileStoreException("A part is not there.");
            await part.ReadExactlyAsync(data.AsMemory((int)at, PartLength(upload, at)), cancellationToken);
        }
        var rules = await RulesFor(sender);
        var type = FileTypes.Of(data);
        if (type is null || !rules.Types.Contains(type.Type))
            return await Refuse(upload, "type", cancellationToken);
        if (FileTypes.Lies(upload.Name, type))
            return await Refuse(upload, "mismatch", cancellationToken);
        // What is scanned is what came; what is stored is less than that.
        if (scanner.IsSetUp)
        {
            var verdict = await scanner.Scan(data, cancellationToken);
            if (verdict == ScanResult.Infected)
                return await Refuse(upload, "infected", cancellationToken);
            if (verdict != ScanResult.Clean)
                return UploadRefusal.For("scanner");
        }
        var name = type.Endings.Contains(Path.GetExtension(upload.Name).ToLowerInvariant())
            ? upload.Name
            : FileNames.WithEnding(upload.Name, type.Endings[0]);
        Picture? picture = null;
        if (FileTypes.IsImage(type))
        {
            picture = Pictures.Clean(data, type);
            if (picture is null)
                return await Refuse(upload, "damaged", cancellationToken);
            data = picture.Data;
        }
        await store.Put(FileKey(upload.Id), data, cancellationToken);
        if (picture?.Preview is { } preview)
            await store.Put(PreviewKey(upload.Id), preview, cancellationToken);
        await uploads.Settle(
            upload with
            {
                State = UploadState.Ready,
                Name = name,
                Type = type.Type,
                Bytes = data.Length,
                Width = picture?.Width,
                Height = picture?.Height,
                HasPreview = picture?.Preview is not null,
            },
            cancellationToken);
        await DeleteParts(upload, CancellationToken.None);
        return null;
    }

    private async Task<UploadRefusal> Refuse(Upload upload, string reason, CancellationToken cancellationToken)
    {
        await uploads.Settle(upload with { State = UploadState.Refused, Reason = reason }, cancellationToken);
        await DeleteParts(upload, CancellationToken.None);
        return UploadRefusal.For(reason);
    }

    private async Task DeleteParts(Upload upload, CancellationToken cancellationToken)
    {
        try
        {
            // Of the announced length: a cleaned picture is shorter than its parts were.
            for (long at = 0; at < upload.Bytes; at += PartBytes)
                await store.Delete(PartKey(upload.Id, at), cancellationToken);
        }
        catch (FileStoreException)
        {
            // They cost room, nothing else.
        }
    }
}

/// <summary>Who sends a file: a visitor of a site, or an agent.</summary>
/// <param name="Key">Author key.</param>
/// <param name="SiteKey">The visitor's site; null for agents.</param>
public sealed record Sender(string Key, string? SiteKey)
{
    internal static Sender Of(VisitorCaller visitor) => new(visitor.ToActor().Key, visitor.SiteKey);
}
