using System.Text.Json;
using CustomerService.Checker.History;
using CustomerService.Grains;
using CustomerService.Grains.Agents;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Journal;

namespace CustomerService.Simulation.Runs;

/// <summary>Stored events as lines of a history.</summary>
internal static class StoredLines
{
    /// <param name="id">The conversation.</param>
    /// <param name="stored">The event.</param>
    /// <param name="at">When it was committed, milliseconds of the run.</param>
    /// <param name="epoch">When the run began.</param>
    /// <param name="idleMs">Idle for so long, it is closed.</param>
    public static HistoryLine OfConversation(string id, StoredEvent stored, long at, DateTimeOffset epoch, long? idleMs = null)
    {
        var fact = EventCodec<ConversationEvent>.Instance.Decode(stored);
        var view = EventTable.ForAgents(fact, stored.Version);
        var (name, content) = Facts.Of(view);
        var line = new HistoryLine
        {
            Kind = LineKinds.Stored, Conversation = id, Version = stored.Version, Sequence = stored.VisitorSequence, Fact = name,
            Content = content, At = at, Position = stored.Position, Removed = view.Redacted,
        };
        return fact switch
        {
            ConversationStarted e => line with { Author = "visitor:" + e.VisitorId, Queue = e.Queue.Id, Priority = e.Priority, Enqueued = Ms(e.At) },
            ConversationQueued e => line with { Queue = e.Queue.Id, Enqueued = Ms(e.EnqueuedAt), Skip = e.SkippedAgentId },
            // Its own moment, which is not that of its commit where a silo's clock is set right again.
            ConversationReopened or ConversationWoken => line with { Enqueued = Ms(fact.At) },
            MessageLeft e => line with { Until = Ms(e.Until) },
            MessagePosted e => line with { Author = e.Author.AuthorKey, Id = e.ClientMessageId },
            NoteAdded e => line with { Author = e.Author.AuthorKey, Id = e.ClientMessageId },
            ConversationOffered e => line with { Agent = e.Agent.Id, Reservation = e.ReservationId },
            OfferDeclined e => line with { Agent = e.Agent.Id, Reservation = e.ReservationId, Skip = e.Agent.Id },
            // A queue explains its choice at length; what people decide is a word or nothing.
            ConversationAssigned e => line with
            {
                Agent = e.Agent.Id, Reservation = e.ReservationId, ByHand = e.Why.StartsWith('{') ? null : true,
            },
            ConversationClosed { By.Kind: ActorKind.System } => line with { Idle = idleMs },
            ConversationReleased e => line with { Agent = e.Agent.Id, Reservation = e.ReservationId },
            ReservationRefused e => line with { Agent = e.AgentId, Reservation = e.ReservationId },
            ConversationTransferred e => line with
            {
                Agent = e.ToAgent?.Id, Reservation = e.ReservationId, Queue = e.ToQueue?.Id, Skip = e.SkippedAgentId,
            },
            _ => line,
        };

        long Ms(DateTimeOffset moment) => (moment - epoch).Ticks / TimeSpan.TicksPerMillisecond;
    }

    /// <summary>A snapshot and the tail after it against the whole stream; both states in words for a trace.</summary>
    public static (HistoryLine Line, string Told) OfFold<TState, TEvent>(
        string stream, Snapshot<TState> snapshot, IReadOnlyList<StoredEvent> events)
        where TState : IFold<TState, TEvent>
        where TEvent : DomainEvent
    {
        var all = events.Select(EventCodec<TEvent>.Instance.Decode).ToList();
        var whole = JsonSerializer.Serialize(all.Aggregate(TState.Start, (state, fact) => state.Apply(fact)));
        // A snapshot of another schema is not read: the fold begins anew, as the product's does.
        var tail = snapshot.Schema != TState.SnapshotSchema || snapshot.State is null
            ? whole
            : JsonSerializer.Serialize(all.Skip((int)snapshot.Version).Aggregate(snapshot.State, (state, fact) => state.Apply(fact)));
        return (new HistoryLine
        {
            Kind = LineKinds.Fold, Stream = stream, Version = snapshot.Version, Schema = snapshot.Schema,
            Whole = DerivedId.Of(whole), Tail = DerivedId.Of(tail),
        }, $"{stream} whole {whole}\n{stream} tail {tail}");
    }

    /// <inheritdoc cref="OfConversation"/>
    public static HistoryLine OfAgent(string id, StoredEvent stored, long at)
    {
        var line = new HistoryLine
        {
            Kind = LineKinds.AgentStored, Agent = id, Version = stored.Version, Position = stored.Position, At = at, Fact = "status",
        };
        return EventCodec<AgentEvent>.Instance.Decode(stored) switch
        {
            Reserved e => line with { Fact = "reserved", Reservation = e.ReservationId, Conversation = e.ConversationId },
            ReservationConfirmed e => line with { Fact = "confirmed", Reservation = e.ReservationId },
            ReservationReleased { WrapUpUntil: not null } e => line with { Fact = "wrapUp", Reservation = e.ReservationId },
            ReservationReleased e => line with { Fact = "released", Reservation = e.ReservationId },
            _ => line,
        };
    }
}
