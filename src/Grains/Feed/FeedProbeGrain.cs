using CustomerService.Feed;
using Orleans.Concurrency;

namespace CustomerService.Grains.Feed;

/// <summary>See <see cref="IFeedProbeGrain"/>.</summary>
[StatelessWorker(1)]
internal sealed class FeedProbeGrain(IFeed feed) : Grain, IFeedProbeGrain
{
    public Task Send(string frontId, long number)
    {
        feed.Send(frontId, new ProbeEnvelope(number));
        return Task.CompletedTask;
    }
}
