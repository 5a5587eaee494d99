using CustomerService.Feed;
using Orleans.Streams;

namespace CustomerService.WebFront.Feed;

/// <summary>The way from silos to this front.</summary>
internal interface IFeedChannel
{
    /// <summary>Subscribes, or takes up a subscription that is still known; ends superfluous ones. The handler must
    /// neither throw nor wait.</summary>
    Task Subscribe(string frontId, Action<FeedEnvelope> handler);

    /// <summary>Sends something to this front itself.</summary>
    Task Publish(string frontId, FeedEnvelope envelope);

    /// <summary>Ends the subscription, at the end of the process.</summary>
    Task Unsubscribe(string frontId);

    /// <summary>Names the silos that are active now: another name means that some came or went.</summary>
    Task<string> Silos();
}

/// <summary>Over an Orleans stream.</summary>
internal sealed class OrleansFeedChannel(IClusterClient cluster) : IFeedChannel
{
    public async Task Subscribe(string frontId, Action<FeedEnvelope> handler)
    {
        var stream = Stream(frontId);
        var observer = new Observer(handler);
        var known = await stream.GetAllSubscriptionHandles();
        if (known is [])
        {
            await stream.SubscribeAsync(observer);
            return;
        }
        await known[0].ResumeAsync(observer);
        foreach (var superfluous in known.Skip(1))
            await superfluous.UnsubscribeAsync();
    }

    public Task Publish(string frontId, FeedEnvelope envelope) => Stream(frontId).OnNextAsync(envelope);

    public async Task Unsubscribe(string frontId)
    {
        foreach (var handle in await Stream(frontId).GetAllSubscriptionHandles())
            await handle.UnsubscribeAsync();
    }

    public async Task<string> Silos()
    {
        var hosts = await cluster.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
        return string.Join(' ', hosts.Keys.Select(silo => silo.ToParsableString()).Order(StringComparer.Ordinal));
    }

    private IAsyncStream<FeedEnvelope> Stream(string frontId) => cluster
        .GetStreamProvider(FeedStreams.Provider)
        .GetStream<FeedEnvelope>(StreamId.Create(FeedStreams.Namespace, frontId));

    private sealed class Observer(Action<FeedEnvelope> handler) : IAsyncObserver<FeedEnvelope>
    {
        public Task OnNextAsync(FeedEnvelope item, StreamSequenceToken? token = null)
        {
            handler(item);
            return Task.CompletedTask;
        }

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }
}
