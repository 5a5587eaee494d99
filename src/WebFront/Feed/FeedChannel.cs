using System.Collections.Immutable;
using CustomerService.Feed;

namespace CustomerService.WebFront.Feed;

/// <summary>The way from silos to this front.</summary>
internal interface IFeedChannel
{
    /// <summary>This process as silos know it: new at each start, so that nothing meant for an earlier one arrives.</summary>
    string FrontId { get; }

    /// <summary>Begins to listen, or takes another handler. It must neither throw nor wait.</summary>
    void Listen(Action<FeedEnvelope> handler);

    /// <summary>Has one of the silos send a probe to this front, on the way that announcements take.</summary>
    Task Probe(long number);

    /// <summary>Names the silos that are active now: another name means that some came or went.</summary>
    Task<string> Silos();
}

/// <summary>For a front that is a client of silos in other processes: they call it over the connections that it keeps.
/// </summary>
internal sealed class ClusterFeedChannel(IClusterClient cluster) : IFeedChannel, IFrontReceiver
{
    /// <summary>Probes take turns among so many grains, so that they come in at each silo now and then.</summary>
    private const int ProbeKeys = 4;

    private readonly Lock _gate = new();
    private volatile Action<FeedEnvelope> _handler = static _ => { };
    private volatile string? _frontId;

    public string FrontId
    {
        get
        {
            if (_frontId is { } known)
                return known;
            lock (_gate)
            {
                // Orleans holds the receiver weakly; this one lives as long as the process does.
                return _frontId ??= cluster.CreateObjectReference<IFrontReceiver>(this).GetGrainId().ToString();
            }
        }
    }

    public void Listen(Action<FeedEnvelope> handler) => _handler = handler;

    public Task Probe(long number) => cluster.GetGrain<IFeedProbeGrain>(number % ProbeKeys).Send(FrontId, number);

    public async Task<string> Silos()
    {
        var hosts = await cluster.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
        return string.Join(' ', hosts.Keys.Select(silo => silo.ToParsableString()).Order(StringComparer.Ordinal));
    }

    public Task Hand(ImmutableArray<FeedEnvelope> envelopes) => Deliver(envelopes);

    public Task Deliver(ImmutableArray<FeedEnvelope> envelopes)
    {
        var handler = _handler;
        foreach (var envelope in envelopes)
            handler(envelope);
        return Task.CompletedTask;
    }
}
