using CustomerService.Storage.Files;

namespace CustomerService.WebFront.Files;

/// <summary>Deletes what was announced and never used: cut uploads, files that were removed before they were sent,
/// refused ones; and the bytes of files whose message was removed. First out of use, then the bytes, then the row: a crash
/// in between is made good by the next round.</summary>
public sealed class UploadCleaner(
    IUploads uploads, IFileStore store, FilesOptions options, TimeProvider clock, ILogger<UploadCleaner> log)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>One round: how many were deleted.</summary>
    public async Task<int> Clean(CancellationToken cancellationToken)
    {
        var expired = await uploads.Expire(
            clock.GetUtcNow() - TimeSpan.FromHours(options.UnusedHours), cancellationToken);
        foreach (var upload in expired)
        {
            await DeleteBytes(upload, cancellationToken);
            await uploads.Remove(upload.Id, cancellationToken);
        }
        var removed = await uploads.Removed(cancellationToken);
        foreach (var upload in removed)
        {
            await DeleteBytes(upload, cancellationToken);
            await uploads.Emptied(upload.Id, cancellationToken);
        }
        return expired.Count + removed.Count;
    }

    private async Task DeleteBytes(Upload upload, CancellationToken cancellationToken)
    {
        await store.Delete(UploadDesk.FileKey(upload.Id), cancellationToken);
        await store.Delete(UploadDesk.PreviewKey(upload.Id), cancellationToken);
        // One more than whole: a part that was stored though its upload did not move on.
        for (long at = 0; at <= upload.Received; at += UploadDesk.PartBytes)
            await store.Delete(UploadDesk.PartKey(upload.Id, at), cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await CleanAll(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or never came up.
        }
    }

    private async Task CleanAll(CancellationToken cancellationToken)
    {
        try
        {
            while (await Clean(cancellationToken) > 0)
            {
                // Up to a hundred a time.
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning(e, "Unused files could not be deleted; the next round tries again");
        }
    }
}
