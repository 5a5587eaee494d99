using CustomerService.Feed;
using CustomerService.Grains.Feed;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// The feed of a process that is alone: its only front and its only silo share memory, so an announcement is a call.
/// It runs in the turn of the grain that announces, so what is handed on keeps the grain's order; the handler neither
/// waits nor throws.
/// </summary>
internal sealed class LocalFeed : IFeed, IFeedChannel
{
    private volatile Subscription? _subscription;

    /// <inheritdoc/>
    public void Send(string frontId, FeedEnvelope envelope)
    {
        // Another id is of an earlier life of this process: a hint that a snapshot kept.
        if (_subscription is { } subscription && subscription.FrontId == frontId)
            subscription.Handler(envelope);
    }

    public Task Subscribe(string frontId, Action<FeedEnvelope> handler)
    {
        _subscription = new Subscription(frontId, handler);
        return Task.CompletedTask;
    }

    public Task Publish(string frontId, FeedEnvelope envelope)
    {
        Send(frontId, envelope);
        return Task.CompletedTask;
    }

    public Task Unsubscribe(string frontId)
    {
        _subscription = null;
        return Task.CompletedTask;
    }

    /// <summary>The silo is this process: it neither comes nor goes while anybody can ask.</summary>
    public Task<string> Silos() => Task.FromResult("this process");

    private sealed record Subscription(string FrontId, Action<FeedEnvelope> Handler);
}
