using System.Collections.Frozen;
using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Storage.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>
/// The one table of event types: the wire's name, whose eyes, which fields. What is not listed under
/// <see cref="Entry.ForAll"/> can't reach a visitor.
/// </summary>
public static class EventTable
{
    private const string Message = "messagePosted";

    private static readonly FrozenDictionary<Type, Entry> Entries = new[]
    {
        Entry.AgentsOnly<ConversationStarted>("started", (view, e) => view with
        {
            Queue = e.Queue, Form = e.Form, Author = new AuthorView("visitor", e.VisitorId, e.VisitorName),
        }),
        Entry.Both<ConversationQueued>("queued", (view, e) => view with { Queue = e.Queue }),
        Entry.Both<MessagePosted>(Message, (view, e) => Posted(e, view.Sequence)),
        Entry.AgentsOnly<NoteAdded>("noteAdded", (view, e) => view with
        {
            MessageId = e.MessageId,
            ClientMessageId = e.ClientMessageId,
            Author = Author(e.Author),
            Text = e.Text,
            Redacted = e.Removed,
        }),
        Entry.Both<MessageEdited>("messageEdited", (view, e) => view with
        {
            MessageId = e.MessageId, Author = Author(e.By), Text = e.Text, Redacted = e.Removed,
        }),
        Entry.AgentsOnly<NoteEdited>("noteEdited", (view, e) => view with
        {
            MessageId = e.MessageId, Author = Author(e.By), Text = e.Text, Redacted = e.Removed,
        }),
        Entry.Both<MessageRedacted>(
            "messageRedacted", (view, e) => view with { MessageId = e.MessageId },
            (view, e) => view with { Author = Author(e.By) }),
        Entry.AgentsOnly<NoteRedacted>("noteRedacted", (view, e) => view with
        {
            MessageId = e.MessageId, Author = Author(e.By),
        }),
        Entry.AgentsOnly<ConversationOffered>("offered", (view, e) => view with { Agent = e.Agent, Why = e.Why }),
        Entry.AgentsOnly<OfferDeclined>("declined", (view, e) => view with { Agent = e.Agent, Reason = e.Reason }),
        Entry.Both<ConversationAssigned>(
            "assigned", (view, e) => view with { Agent = e.Agent }, (view, e) => view with { Why = e.Why }),
        Entry.AgentsOnly<ConversationReleased>(
            "released", (view, e) => view with { Agent = e.Agent, Reason = e.Reason }),
        Entry.AgentsOnly<ReservationRefused>("reservationRefused", (view, _) => view),
        Entry.Both<ConversationTransferred>(
            "transferred", (view, e) => view with { Queue = e.ToQueue, Agent = e.ToAgent },
            (view, e) => view with { Note = e.Note, Author = Author(e.By) }),
        Entry.Both<ConversationClosed>(
            "closed", (view, e) => view with { By = KindName(e.By.Kind) },
            (view, e) => view with { Reason = e.Reason, Author = Author(e.By) }),
        Entry.Both<ConversationReopened>(
            "reopened", (view, e) => view with { By = KindName(e.By.Kind) },
            (view, e) => view with { Author = Author(e.By) }),
        Entry.AgentsOnly<ConversationSnoozed>("snoozed", (view, e) => view with
        {
            Agent = e.Agent, Author = Author(e.By), Until = e.Until,
        }),
        Entry.Both<MessageLeft>(
            "messageLeft", (view, _) => view,
            (view, e) => view with { Author = Author(e.By), Form = e.Form, Until = e.Until }),
        Entry.AgentsOnly<ConversationWoken>("woken", (view, e) => view with { Reason = e.Reason }),
        Entry.AgentsOnly<ConversationVisitorBlocked>("visitorBlocked", (view, e) => view with
        {
            Author = Author(e.By), Reason = e.Reason,
        }),
        Entry.AgentsOnly<ConversationVisitorUnblocked>("visitorUnblocked", (view, e) => view with
        {
            Author = Author(e.By),
        }),
        Entry.AgentsOnly<ConversationTagged>("tagged", (view, e) => view with
        {
            Author = Author(e.By), Added = e.Added, Removed = e.Removed,
        }),
        Entry.Both<ConversationRated>("rated", (view, e) => view with { Score = e.Score, Comment = e.Comment }),
    }.ToFrozenDictionary(entry => entry.Type);

    /// <summary>The event types of the table: a test holds it against the types there are.</summary>
    public static IEnumerable<Type> Types => Entries.Keys;

    /// <summary>Whether visitors may see it, and so whether it has a visitor sequence.</summary>
    public static bool IsForVisitors(ConversationEvent fact) => Entries[fact.GetType()].ForVisitors;

    /// <summary>The event for agents.</summary>
    public static EventView ForAgents(ConversationEvent fact, long version)
    {
        if (fact is MessagePosted message)
            return Posted(message, version);
        var entry = Entries[fact.GetType()];
        return entry.ForAgentsToo(entry.ForAll(new EventView(version, fact.At, entry.Wire), fact), fact);
    }

    /// <summary>The event for visitors; only for those with <see cref="IsForVisitors"/>.</summary>
    public static EventView ForVisitors(ConversationEvent fact, long visitorSequence)
    {
        if (fact is MessagePosted message)
            return Posted(message, visitorSequence);
        var entry = Entries[fact.GetType()];
        if (!entry.ForVisitors)
            throw new InvalidOperationException($"{fact.GetType().Name} is not for visitors.");
        return entry.ForAll(new EventView(visitorSequence, fact.At, entry.Wire), fact);
    }

    /// <summary>An actor's kind on the wire.</summary>
    public static string KindName(ActorKind kind) => kind switch
    {
        ActorKind.Visitor => "visitor",
        ActorKind.Agent => "agent",
        ActorKind.Bot => "bot",
        _ => "system",
    };

    /// <summary>Made in one go and not by copies: what comes most.</summary>
    private static EventView Posted(MessagePosted e, long sequence) => new(sequence, e.At, Message)
    {
        MessageId = e.MessageId,
        ClientMessageId = e.ClientMessageId,
        Author = Author(e.Author),
        Text = e.Text,
        Attachments = e.Attachments ?? ImmutableArray<Attachment>.Empty,
        ReplyTo = e.ReplyTo,
        Redacted = e.Removed,
    };

    private static AuthorView Author(Party party) => new(KindName(party.Kind), party.Id, party.Name);

    private sealed record Entry(
        Type Type, string Wire, bool ForVisitors,
        Func<EventView, ConversationEvent, EventView> ForAll,
        Func<EventView, ConversationEvent, EventView> ForAgentsToo)
    {
        public static Entry Both<T>(
            string wire, Func<EventView, T, EventView> forAll, Func<EventView, T, EventView>? forAgentsToo = null)
            where T : ConversationEvent =>
            new(typeof(T), wire, true, (view, fact) => forAll(view, (T)fact),
                (view, fact) => forAgentsToo is null ? view : forAgentsToo(view, (T)fact));

        public static Entry AgentsOnly<T>(string wire, Func<EventView, T, EventView> fields)
            where T : ConversationEvent =>
            new(typeof(T), wire, false, (view, _) => view, (view, fact) => fields(view, (T)fact));
    }
}

/// <summary>A conversation's line in lists: from the state for what is stored and announced, from the row for reads.
/// </summary>
public static class ConversationLines
{
    /// <summary>The line as stored.</summary>
    public static ConversationRow Row(Conversation state) => new()
    {
        Id = state.Id,
        Version = state.Version,
        SiteId = state.SiteId,
        VisitorId = state.VisitorId,
        VisitorName = state.VisitorName,
        QueueId = state.Queue.Id,
        State = StateName(state.State),
        AgentId = state.Owner?.Id,
        ReservationId = state.ReservationId,
        Priority = state.Priority,
        EnqueuedAt = state.EnqueuedAt,
        SkippedAgentId = state.SkippedAgentId,
        StartedAt = state.StartedAt,
        ClosedAt = state.ClosedAt,
        Rating = state.Rating,
        Locale = state.Locale,
        Tags = state.Tags,
        SnoozedUntil = state.SnoozedUntil,
        Activity = Activity(state),
    };

    /// <summary>The part of the line that may lag.</summary>
    public static ConversationActivity Activity(Conversation state) => new(
        state.Version, state.VisitorHead, state.LastMessageAt, state.Preview, state.LastAuthor, state.Messages);

    /// <summary>The line as agents see it.</summary>
    public static ConversationView View(Conversation state, long readUpTo = 0) => new()
    {
        ConversationId = state.Id,
        State = state.State,
        Head = state.Version,
        Queue = state.Queue,
        Agent = state.Owner,
        Visitor = new AuthorView("visitor", state.VisitorId, state.VisitorName),
        SiteKey = state.SiteId,
        Locale = state.Locale,
        StartedAt = state.StartedAt,
        EnqueuedAt = state.EnqueuedAt,
        ClosedAt = state.ClosedAt,
        Preview = state.Preview,
        LastMessageAt = state.LastMessageAt,
        LastAuthorKind = KindOf(state.LastAuthor),
        ReadUpTo = readUpTo,
        OfferExpiresAt = state.OfferExpiresAt,
        Rating = state.Rating,
        Tags = state.Tags,
        SnoozedUntil = state.SnoozedUntil,
    };

    /// <summary>The line as agents see it, from the table.</summary>
    /// <param name="row">The line.</param>
    /// <param name="head">Head of its stream, where known to be higher.</param>
    /// <param name="queue">Its queue with the name.</param>
    /// <param name="agent">Who holds it, with the name.</param>
    /// <param name="readUpTo">The reader's mark.</param>
    public static ConversationView View(
        ConversationRow row, long head, QueueRef queue, AgentRef? agent, long readUpTo) => new()
        {
            ConversationId = row.Id,
            State = StateOf(row.State),
            Head = Math.Max(head, Math.Max(row.Version, row.Activity.Version)),
            Queue = queue,
            Agent = agent,
            Visitor = new AuthorView("visitor", row.VisitorId, row.VisitorName),
            SiteKey = row.SiteId,
            Locale = row.Locale,
            StartedAt = row.StartedAt,
            EnqueuedAt = row.EnqueuedAt,
            ClosedAt = row.ClosedAt,
            Preview = row.Activity.Preview,
            LastMessageAt = row.Activity.LastMessageAt,
            LastAuthorKind = KindOf(row.Activity.LastAuthor),
            ReadUpTo = readUpTo,
            Rating = row.Rating,
            Tags = row.Tags,
            SnoozedUntil = row.SnoozedUntil,
        };

    /// <summary>A state as stored in the table.</summary>
    public static string StateName(ConversationState state) => state switch
    {
        ConversationState.Waiting => "waiting",
        ConversationState.Offered => "offered",
        ConversationState.Assigned => "assigned",
        ConversationState.Snoozed => "snoozed",
        ConversationState.Closed => "closed",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not begun: it has no line."),
    };

    private static ConversationState StateOf(string name) => name switch
    {
        "waiting" => ConversationState.Waiting,
        "offered" => ConversationState.Offered,
        "assigned" => ConversationState.Assigned,
        "snoozed" => ConversationState.Snoozed,
        "closed" => ConversationState.Closed,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such state."),
    };

    private static string KindOf(string authorKey) =>
        authorKey.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? authorKey[..colon] : "";
}
