using System.Security.Cryptography;
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
    private volatile Action<FeedEnvelope>? _handler;

    public string FrontId { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <inheritdoc/>
    public void Send(string frontId, FeedEnvelope envelope)
    {
        // Another id is of an earlier life of this process: a hint that a snapshot kept.
        if (frontId == FrontId)
            _handler?.Invoke(envelope);
    }

    public void Listen(Action<FeedEnvelope> handler) => _handler = handler;

    public Task Probe(long number)
    {
        Send(FrontId, new ProbeEnvelope(number));
        return Task.CompletedTask;
    }

    /// <summary>The silo is this process: it neither comes nor goes while anybody can ask.</summary>
    public Task<string> Silos() => Task.FromResult("this process");
}
