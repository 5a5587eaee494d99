using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Search;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CustomerService.Grains.Search;

/// <summary>
/// Keeps the search index up with the journal, in one process of a cluster at a time. Nobody waits for it: a message is
/// acknowledged and delivered before it is looked at here, and what this process did not get to is taken up by the next
/// holder of the lease from where the index ends.
/// </summary>
public sealed class SearchService(
    ISearchIndex index, IDeadlines leases, IIdSource ids, TimeProvider clock, ILogger<SearchService> log)
    : BackgroundService
{
    private const string Lease = "search";

    /// <summary>A message is found about so long after it was sent.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_leaseFor = TimeSpan.FromSeconds(15);

    private readonly string _holder = ids.Next();
    private DateTimeOffset _heldUntil = DateTimeOffset.UnixEpoch;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_between, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await Round(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        await GiveUp();
    }

    /// <summary>Takes in what is new, at most what fits between two rounds. Never throws but on cancellation.</summary>
    public async Task Round(CancellationToken cancellationToken)
    {
        try
        {
            // One block a round while little comes; a backlog is worked off block by block, and the pause between two
            // leaves the processor to people who wait.
            while (await Holds(cancellationToken) && await index.Advance(MessageText.Of, cancellationToken))
            {
            }
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            log.LogWarning(error, "The search index was not brought up to date; the next round tries again.");
        }
    }

    private async Task<bool> Holds(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now < _heldUntil - s_leaseFor / 2)
            return true;
        var began = now >= _heldUntil;
        if (!await leases.TryLease(Lease, _holder, now, now + s_leaseFor, cancellationToken))
            return false;
        _heldUntil = now + s_leaseFor;
        if (began)
            await index.Tidy(cancellationToken);
        return true;
    }

    private async Task GiveUp()
    {
        try
        {
            await leases.ReleaseLease(Lease, _holder);
        }
        catch (Exception error)
        {
            log.LogInformation(error, "The search lease was not given back; it runs out by itself.");
        }
    }
}
