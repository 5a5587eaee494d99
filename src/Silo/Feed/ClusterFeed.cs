using System.Collections.Concurrent;
using System.Globalization;
using CustomerService.Feed;
using CustomerService.Grains.Feed;
using CustomerService.Hosting.Telemetry;
using Microsoft.Extensions.Logging;

namespace CustomerService.Hosting.Feed;

/// <summary>
/// The feed from a silo to fronts in other processes: a lane for each front, so that one that does not answer holds up
/// nobody else. Nothing is polled: who has nothing to say costs nothing.
/// </summary>
public sealed class ClusterFeed : IFeed, IDisposable
{
    /// <summary>What a snapshot kept of processes that were alone, or of earlier versions' fronts, is no address.</summary>
    private const char AddressMark = '/';

    private readonly ConcurrentDictionary<string, FrontLane> _lanes = new(StringComparer.Ordinal);
    private readonly Func<string, IFrontReceiver> _receivers;
    private readonly FeedMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger<ClusterFeed> _log;

    /// <summary>Over the silo's own way to its clients.</summary>
    public ClusterFeed(IGrainFactory grains, FeedMetrics metrics, TimeProvider clock, ILogger<ClusterFeed> log)
        : this(
            frontId => grains.GetGrain<IFrontReceiver>(GrainId.Parse(frontId, CultureInfo.InvariantCulture)),
            metrics, clock, log)
    {
    }

    internal ClusterFeed(
        Func<string, IFrontReceiver> receivers, FeedMetrics metrics, TimeProvider clock, ILogger<ClusterFeed> log)
    {
        (_receivers, _metrics, _clock, _log) = (receivers, metrics, clock, log);
        metrics.Waiting = () => _lanes.Sum(static lane => lane.Value.Waiting);
    }

    /// <summary>Lanes that are kept now.</summary>
    internal int Lanes => _lanes.Count;

    /// <inheritdoc/>
    public void Send(string frontId, FeedEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(frontId);
        if (!frontId.Contains(AddressMark, StringComparison.Ordinal))
            return;
        // A lane that ends lets go of its place first, so the second look finds none or a new one.
        while (!Lane(frontId).TryAdd(envelope, out var ended))
        {
            if (ended)
                continue;
            _metrics.Dropped(1);
            return;
        }
    }

    /// <summary>Ends all lanes; again is fine, as containers do that have it under two names.</summary>
    public void Dispose()
    {
        foreach (var (_, lane) in _lanes)
            lane.Dispose();
    }

    private FrontLane Lane(string frontId)
    {
        if (_lanes.TryGetValue(frontId, out var known))
            return known;
        lock (_lanes)
        {
            return _lanes.GetOrAdd(frontId, id => new FrontLane(
                id, () => _receivers(id), lane => _lanes.TryRemove(new(id, lane)), _metrics, _clock, _log));
        }
    }
}
