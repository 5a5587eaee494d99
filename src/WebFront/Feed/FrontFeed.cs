using CustomerService.Feed;
using CustomerService.Hosting;
using CustomerService.WebFront.Drain;
using CustomerService.WebFront.RateLimits;
using CustomerService.WebFront.SignIn;
using CustomerService.WebFront.Telemetry;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// Hears what silos tell this front, and drives what happens now and then. One loop, whose every step only begins things:
/// a silo that does not answer delays nobody.
/// </summary>
internal sealed class FrontFeed(
    IFeedChannel channel, FanOut fanOut, Watches watches, Connections connections,
    HeadsRound heads, WaitingPlaces places, AgentPresence presence, IAgentSessionCache sessions, CallLimits limits,
    CallsUnderWay calls, FrontMetrics metrics, IHostApplicationLifetime lifetime, IClusterLink link,
    IOptions<FeedOptions> options, TimeProvider clock, ILogger<FrontFeed> log)
    : BackgroundService
{
    private static readonly TimeSpan TickTime = TimeSpan.FromMilliseconds(200);

    private long _heardAt;
    private long _probe, _probedAt;
    private readonly OneAtATime _probing = new("probing the way to this front", log);
    private readonly OneAtATime _looking = new("reading the list of silos", log);
    private string? _silos;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        sessions.Ended += connections.SessionEnded;
        (metrics.Active, metrics.Watched, metrics.Connected) = (() => calls.Count, () => watches.Count, connections.Counts);
        channel.Listen(Heard);
        await Started(stoppingToken);
        await link.Connected.WaitAsync(stoppingToken);
        var given = options.Value;
        Every[] steps =
        [
            new(clock, TickTime.TotalSeconds, () => { watches.Tick(); places.Begin(all: false); }),
            new(clock, 1, connections.Tick),
            new(clock, 10, limits.Evict),
            new(clock, given.ProbeSeconds, Probe),
            new(clock, given.SilosSeconds, () => _looking.Begin(LookAtSilos)),
            new(clock, given.PositionsSeconds, () => places.Begin(all: true)),
            new(clock, given.ArriveSeconds, presence.Renew),
            new(clock, given.HeadsSeconds, heads.Begin),
        ];
        Volatile.Write(ref _heardAt, clock.GetTimestamp());
        using var timer = new PeriodicTimer(TickTime, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var step in steps)
                    step.Tick(log);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        finally
        {
            sessions.Ended -= connections.SessionEnded;
        }
    }

    private void Heard(FeedEnvelope envelope)
    {
        Volatile.Write(ref _heardAt, clock.GetTimestamp());
        if (envelope is not ProbeEnvelope probe)
            fanOut.Deliver(envelope);
        else if (probe.Number == Volatile.Read(ref _probe))
            metrics.Probed(clock.GetElapsedTime(Volatile.Read(ref _probedAt)));
    }

    private void Probe()
    {
        if (clock.GetElapsedTime(Volatile.Read(ref _heardAt)) > TimeSpan.FromSeconds(options.Value.SilenceSecondsMax))
        {
            log.LogWarning("Nothing comes from the silos, probes included; watching all conversations again");
            Volatile.Write(ref _heardAt, clock.GetTimestamp());
            watches.RegisterAllAgain();
            heads.Begin();
        }
        _probing.Begin(() =>
        {
            Volatile.Write(ref _probedAt, clock.GetTimestamp());
            return channel.Probe(Interlocked.Increment(ref _probe));
        });
    }

    private async Task LookAtSilos()
    {
        var silos = await channel.Silos();
        var before = Interlocked.Exchange(ref _silos, silos);
        if (before is not null && before != silos)
        {
            log.LogInformation("Silos came or went; watching all conversations again");
            watches.RegisterAllAgain();
        }
    }

    private async Task Started(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var one = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }

    /// <summary>A step that is taken each so many seconds.</summary>
    private sealed class Every(TimeProvider clock, double seconds, Action step)
    {
        private long _at = clock.GetTimestamp();

        public void Tick(ILogger log)
        {
            if (clock.GetElapsedTime(_at).TotalSeconds < seconds)
                return;
            _at = clock.GetTimestamp();
            try
            {
                step();
            }
            catch (Exception e)
            {
                log.LogError(e, "A step of the feed's upkeep failed");
            }
        }
    }
}
