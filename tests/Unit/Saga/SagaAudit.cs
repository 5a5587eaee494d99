using CustomerService.Grains.Agents;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Journal;

namespace CustomerService.Unit.Tests.Saga;

/// <summary>Recounts from the journal what must always hold, and what must hold once everything is healed.</summary>
public sealed class SagaAudit(SagaCluster saga)
{
    /// <summary>Holds at every moment: capacity is never exceeded, nobody holds what another holds.</summary>
    public async Task<string?> Safety(IEnumerable<string> agents, IEnumerable<string> conversations, int capacity)
    {
        foreach (var id in agents)
        {
            var state = Agent.Start;
            foreach (var stored in await All(StreamNames.Agent(id)))
            {
                state = state.Apply(EventCodec<AgentEvent>.Instance.Decode(stored));
                if (state.Reservations.Length > capacity)
                    return $"{id} is above its capacity at version {state.Version}.";
            }
        }
        foreach (var id in conversations)
        {
            string? holder = null;
            foreach (var stored in await All(StreamNames.Conversation(id)))
            {
                var fact = EventCodec<ConversationEvent>.Instance.Decode(stored);
                var taken = fact switch
                {
                    ConversationAssigned one => one.ReservationId,
                    ConversationOffered one => one.ReservationId,
                    _ => null,
                };
                if (taken is not null && holder is not null && taken != holder)
                    return $"{id} has two holders at version {stored.Version}.";
                holder = fact switch
                {
                    ConversationTransferred one => one.ReservationId,
                    ConversationReleased or ConversationClosed or OfferDeclined => null,
                    _ => taken ?? holder,
                };
            }
        }
        return null;
    }

    /// <summary>Holds once everything is healed: conversations and reservations are each other's image, the grains know
    /// what the journal says, nobody waits while somebody is free. Null where it does.</summary>
    public async Task<string?> Healed(
        string queueId, IReadOnlyList<string> agents, IReadOnlyList<string> conversations, int capacity)
    {
        if (await Safety(agents, conversations, capacity) is { } unsafeState)
            throw new InvalidOperationException(unsafeState); // No time heals that.
        var rows = new List<ConversationRow>();
        foreach (var id in conversations)
        {
            if (await saga.Database.Index.Find(id) is not { } row)
                return $"{id} has not begun.";
            rows.Add(row);
        }
        var held = rows.Where(row => row.ReservationId is not null).ToDictionary(row => row.ReservationId!);
        var free = new List<string>();
        foreach (var id in agents)
        {
            var state = Agent.Start;
            foreach (var stored in await All(StreamNames.Agent(id)))
                state = state.Apply(EventCodec<AgentEvent>.Instance.Decode(stored));
            foreach (var reservation in state.Reservations)
            {
                if (!held.Remove(reservation.Id, out var row) || row.Id != reservation.ConversationId || row.AgentId != id)
                    return $"{id} keeps a place {reservation} that holds nothing.";
                var stage = row.State == "offered" ? ReservationStage.Offered : ReservationStage.Held;
                if (reservation.Stage != stage)
                    return $"{id} has {reservation} but {row.Id} is {row.State}.";
            }
            var now = await saga.Agent(id).Availability();
            if (now.Load != state.Reservations.Length)
                return $"{id} says load {now.Load}, the journal {state.Reservations.Length}.";
            if (now.MayServe)
                free.Add(id);
        }
        if (held.Count > 0)
            return $"{held.Values.First().Id} is held by a place that {held.Values.First().AgentId} does not keep.";
        var waiting = rows.Where(row => row.State == "waiting" && row.QueueId == queueId).ToList();
        if (waiting.FirstOrDefault(row => free.Any(id => id != row.SkippedAgentId)) is { } stranded)
            return $"{stranded.Id} waits while {string.Join(",", free)} is free.";
        var overview = await saga.Queue(queueId).Overview();
        if (overview.Waiting != waiting.Count)
            return $"The queue counts {overview.Waiting}, {waiting.Count} wait.";
        var owed = await saga.Database.Outbox.Count();
        return owed > 0 ? $"{owed} effects are owed." : null;
    }

    /// <summary>Conversations by the position of their first assignment in the journal, earliest first.</summary>
    public async Task<List<string>> FirstAssignments(IEnumerable<string> conversations)
    {
        var first = new List<(long Position, string Id)>();
        foreach (var id in conversations)
        {
            var assigned = (await All(StreamNames.Conversation(id))).FirstOrDefault(stored =>
                EventCodec<ConversationEvent>.Instance.Decode(stored) is ConversationAssigned);
            if (assigned is not null)
                first.Add((assigned.Position, id));
        }
        return [.. first.Order().Select(one => one.Id)];
    }

    /// <summary>The row of a conversation.</summary>
    public async Task<ConversationRow> Row(string id) => (await saga.Database.Index.Find(id))!;

    private async Task<IReadOnlyList<StoredEvent>> All(string stream) => await saga.Database.Journal.Read(stream, 0, 1_000);
}
