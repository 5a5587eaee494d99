using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Queues;

namespace CustomerService.Simulation.Fronts;

/// <summary>What may be lost without harm (typing, read marks, places in a queue), and sessions that end.</summary>
internal sealed partial class SimFront
{
    private static readonly TimeSpan PlacesEvery = TimeSpan.FromSeconds(2.5), SessionsEvery = TimeSpan.FromSeconds(2.5);

    private readonly SortedSet<string> _askedForPlaces = new(StringComparer.Ordinal);

    /// <summary>Whether the session a client signed in with has ended, by what is stored. Null where nobody looks: a
    /// planted bug.</summary>
    public Func<string, bool>? SessionEnded { get; init; }

    /// <summary>Someone types: told to the others through the conversation, once a second at most.</summary>
    public async Task<Refusal?> Typing(Link link, string conversationId, string? text)
    {
        if (link.Subscriptions.Contains(conversationId) && _world.Now - link.TypedAt >= TimeSpan.FromSeconds(1))
        {
            link.TypedAt = _world.Now;
            await _grains.GetGrain<IConversationGrain>(conversationId).Signal(link.By, new SignalView("typing") { Text = text });
        }
        return null;
    }

    private void Deliver(SignalEnvelope envelope)
    {
        if (_watched.TryGetValue((envelope.ConversationId, envelope.Audience), out var watched))
            Tell(watched, envelope.Signal);
    }

    private void Tell(Watched watched, SignalView signal)
    {
        var by = signal.By is { } author ? $"{author.Kind}:{author.Id}" : null;
        foreach (var link in watched.Links.Where(link => link.By.Key != by && watched.MayBeSeenBy(link.By)).ToArray())
            link.Down(() => link.Pushes.Signal(watched.Id, signal));
    }

    /// <summary>Tells waiting visitors their place, where it changed: one call for all of a queue, one at a time.</summary>
    private void TellPlaces()
    {
        var waiting = _watched.Values
            .Where(w => w is { Audience: Audience.Visitors, State: ConversationState.Waiting, Links.Count: > 0 } && w.QueueId.Length > 0)
            .GroupBy(w => w.QueueId).OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var queue in waiting)
        {
            if (_askedForPlaces.Add(queue.Key))
                _ = Quietly(() => Ask(queue.Key, [.. queue]));
        }

        async Task Ask(string queueId, Watched[] some)
        {
            try
            {
                var places = await _grains.GetGrain<IQueueGrain>(queueId).Positions([.. some.Select(w => w.Id)]);
                for (var i = 0; i < places.Length; i++)
                {
                    if (places[i] is not { } place || place == some[i].Told || some[i].State != ConversationState.Waiting)
                        continue;
                    some[i].Told = place;
                    Tell(some[i], new SignalView("queue")
                    {
                        Position = place.Position, AgentsOnline = place.AgentsOnline,
                        EtaSeconds = ImmutableArray.Create(place.EtaSecondsLow, place.EtaSecondsHigh),
                    });
                }
            }
            finally
            {
                _askedForPlaces.Remove(queueId);
            }
        }
    }

    private void CheckSessions()
    {
        foreach (var link in _links.Where(link => SessionEnded?.Invoke(link.Client) == true).ToArray())
            link.Close();
    }
}
