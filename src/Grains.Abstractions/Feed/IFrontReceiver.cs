using System.Collections.Immutable;
using Orleans.Concurrency;

namespace CustomerService.Feed;

/// <summary>
/// A front as silos reach it, over the connection that it keeps with them. Its address is the front's id, new at each
/// start of its process. Everything told here may be lost, repeated or late: clients heal by sequence, fronts by heads
/// and epochs.
/// </summary>
[Alias("front")]
public interface IFrontReceiver : IGrainObserver
{
    /// <summary>Takes envelopes in order. The answer only says that there is room for more: a silo tells a front nothing else
    /// until it is there, and gathers meanwhile.</summary>
    [Alias("deliver"), ResponseTimeout("00:00:02")]
    Task Deliver([Immutable] ImmutableArray<FeedEnvelope> envelopes);

    /// <summary>The same without an answer: completes once the envelopes are on their way. For what follows a
    /// <see cref="Deliver"/> so soon that its answer still says enough.</summary>
    [Alias("hand"), OneWay]
    Task Hand([Immutable] ImmutableArray<FeedEnvelope> envelopes);
}

/// <summary>
/// Sends a front its own probe back, from the silo at which the call comes in. Key: any number; different ones spread over
/// the silos that the front is connected with.
/// </summary>
[Alias("feed-probe")]
public interface IFeedProbeGrain : IGrainWithIntegerKey
{
    /// <summary>Puts a probe on the way that announcements take. Safe to repeat; never refuses.</summary>
    [Alias("send")]
    Task Send(string frontId, long number);
}
