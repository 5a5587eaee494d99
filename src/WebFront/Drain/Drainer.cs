using CustomerService.WebFront.Feed;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Drain;

/// <summary>
/// Stops this front politely: it says it is not ready, tells every client to move, lets calls under way finish, and only
/// then lets the host close the sockets.
/// </summary>
internal sealed class Drainer(
    Readiness readiness, CallsUnderWay calls, Connections connections, OutboundMaker outbound,
    IHostApplicationLifetime lifetime, IOptions<DrainOptions> options, TimeProvider clock, ILogger<Drainer> log)
    : IHostedService
{
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(20);

    /// <summary>So long nothing may be under way before sockets are closed: a call has ended when its answer exists, and
    /// the answer still has to be written.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(300);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // SignalR closes its sockets when stopping begins. Callbacks run last come first, so this one is registered only
        // once everything has started, and holds the rest back until it is done.
        lifetime.ApplicationStarted.Register(
            () => lifetime.ApplicationStopping.Register(() => Drain().GetAwaiter().GetResult()));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>For good: completes when nothing is left to wait for, or after the time given.</summary>
    public Task Drain()
    {
        readiness.BeginDrain();
        return Move();
    }

    /// <summary>Tells every client to move, and lets calls under way finish.</summary>
    public async Task Move()
    {
        var began = clock.GetTimestamp();
        foreach (var connection in connections.All)
        {
            var retryAfterMs = Random.Shared.Next(options.Value.RetryAfterMsMax + 1);
            connection.Outbound.Offer(outbound.Make("Moving", new MovingPush(retryAfterMs)));
        }
        var timeMax = TimeSpan.FromSeconds(options.Value.SecondsMax);
        var busyAt = began;
        while (clock.GetElapsedTime(began) < timeMax && clock.GetElapsedTime(busyAt) < QuietTime)
        {
            await Task.Delay(LookTime).ConfigureAwait(false);
            if (!IsQuiet)
                busyAt = clock.GetTimestamp();
        }
        log.LogInformation(
            "Drained in {Milliseconds} ms, {Calls} calls still under way",
            (long)clock.GetElapsedTime(began).TotalMilliseconds, calls.Count);
    }

    private bool IsQuiet => calls.Count == 0 && connections.All.All(c => c.Outbound.IsEmpty);
}

/// <summary>Counts the calls that hubs are answering.</summary>
internal sealed class CallsUnderWay
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave() => Interlocked.Decrement(ref _count);
}
