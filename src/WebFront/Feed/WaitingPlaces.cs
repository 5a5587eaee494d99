using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Queues;

namespace CustomerService.WebFront.Feed;

/// <summary>Tells waiting visitors their place: asks each queue for all of them at once, and tells only what changed.
/// A newcomer is told at the next tick.</summary>
internal sealed class WaitingPlaces(IGrainFactory grains, Watches watches, FanOut fanOut, ILogger<WaitingPlaces> log)
{
    /// <summary>The queue's limit for one call.</summary>
    private const int PlacesMax = 1_000;

    /// <summary>What a visitor is told while an agent is being asked, who of course is there. The queue has let the
    /// conversation go for now, and what was said before ("nobody is there", perhaps) must not stay.</summary>
    private static readonly WaitingPosition s_offered = new(1, 0, 30, 1);

    private readonly OneEachAtATime _rounds = new("asking for places in a queue", log);

    /// <summary>Asks each queue that is not being asked: for newcomers only, or for all who wait. Never waits.</summary>
    public void Begin(bool all)
    {
        foreach (var offered in watches.All.Where(w => w.Audience == Audience.Visitors && w.Subscribers.Length > 0
            && w.State == ConversationState.Offered))
        {
            Tell(offered, s_offered, ConversationState.Offered);
        }
        var waiting = watches.All
            .Where(w => w.Audience == Audience.Visitors && w.State == ConversationState.Waiting
                && w.Subscribers.Length > 0 && w.QueueId.Length > 0 && (all || w.WantsPosition))
            .GroupBy(w => w.QueueId);
        foreach (var queue in waiting)
        {
            _rounds.Begin(queue.Key, async () =>
            {
                foreach (var chunk in queue.Chunk(PlacesMax))
                    await Ask(queue.Key, chunk);
            });
        }
    }

    private async Task Ask(string queueId, Watched[] waiting)
    {
        foreach (var watched in waiting)
        {
            lock (watched.Lock)
            {
                // Who came since the last round was told nothing yet.
                if (watched.WantsPosition)
                    (watched.WantsPosition, watched.Told) = (false, null);
            }
        }
        var places = await grains.Of<IQueueGrain>(queueId)
            .Positions([.. waiting.Select(w => w.ConversationId)]);
        for (var i = 0; i < places.Length && i < waiting.Length; i++)
            Tell(waiting[i], places[i], ConversationState.Waiting);
    }

    private void Tell(Watched watched, WaitingPosition? place, ConversationState state)
    {
        lock (watched.Lock)
        {
            if (place is null || place == watched.Told || watched.State != state)
                return;
            watched.Told = place;
        }
        var signal = new SignalView("queue")
        {
            Position = place.Position,
            EtaSeconds = ImmutableArray.Create(place.EtaSecondsLow, place.EtaSecondsHigh),
            AgentsOnline = place.AgentsOnline,
        };
        fanOut.Signal(watched, signal, watched.Subscribers);
    }
}
