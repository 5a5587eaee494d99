using System.Collections.Immutable;

namespace CustomerService.Conversations;

/// <summary>Where a conversation stands. Sent on the wire in lower case.</summary>
public enum ConversationState
{
    /// <summary>Not begun: its stream is empty.</summary>
    None = 0,

    /// <summary>In a queue.</summary>
    Waiting = 1,

    /// <summary>An agent is asked; the clock runs.</summary>
    Offered = 2,

    /// <summary>Held by an agent.</summary>
    Assigned = 3,

    /// <summary>Put aside until a time or until the visitor writes.</summary>
    Snoozed = 4,

    /// <summary>Ended; may be reopened.</summary>
    Closed = 5,
}

/// <summary>The answer to a command.</summary>
/// <param name="Refusal">Null where it was done (now or, for a repeated id, before).</param>
/// <param name="Version">The stream's version after it.</param>
/// <param name="VisitorHead">The last visitor sequence after it.</param>
/// <param name="State">The state after it.</param>
/// <param name="Sequence">The number of the event it made, in the caller's numbering; 0 where it made none.</param>
/// <param name="At">When that event was stored; null where it made none.</param>
[GenerateSerializer, Immutable, Alias("conversation.receipt")]
public sealed record ConversationReceipt(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] long Version,
    [property: Id(2)] long VisitorHead,
    [property: Id(3)] ConversationState State,
    [property: Id(4)] long Sequence,
    [property: Id(5)] DateTimeOffset? At)
{
    /// <summary>A refusal that changed nothing and reveals nothing.</summary>
    public static ConversationReceipt Refused(Refusal refusal) =>
        new(refusal, 0, 0, ConversationState.None, 0, null);
}

/// <summary>Whose eyes: decides fields and numbering.</summary>
public enum Audience
{
    /// <summary>Visitors: no notes, no reasons; numbered by visitor sequence.</summary>
    Visitors = 1,

    /// <summary>Agents: everything; numbered by version.</summary>
    Agents = 2,
}

/// <summary>Who wrote a message, for the wire.</summary>
/// <param name="Kind"><c>visitor</c>, <c>agent</c>, <c>bot</c> or <c>system</c>.</param>
[GenerateSerializer, Immutable, Alias("author-view")]
public sealed record AuthorView(
    [property: Id(0)] string Kind, [property: Id(1)] string Id, [property: Id(2)] string Name);

/// <summary>
/// An event as one audience may see it, ready for the wire: one flat shape whose unused fields are null and not sent.
/// Made only by the silos from the one table of event types, so a front can't leak what it does not get.
/// </summary>
/// <param name="Sequence">In the audience's dense numbering.</param>
/// <param name="At">When it was stored, UTC.</param>
/// <param name="Type">The wire's name, such as <c>messagePosted</c>.</param>
[GenerateSerializer, Immutable, Alias("event-view")]
public sealed record EventView(
    [property: Id(0)] long Sequence, [property: Id(1)] DateTimeOffset At, [property: Id(2)] string Type)
{
    /// <summary>Of a message or note.</summary>
    [Id(3)] public string? MessageId { get; init; }

    /// <summary>The sender's own id. The front sends it only to connections of <see cref="Author"/>.</summary>
    [Id(4)] public string? ClientMessageId { get; init; }

    /// <summary>Who wrote or did it.</summary>
    [Id(5)] public AuthorView? Author { get; init; }

    /// <summary>Text of a message or note.</summary>
    [Id(6)] public string? Text { get; init; }

    /// <summary>Files of a message: present on messages, often empty. (7 was a list of ids that never held any.)
    /// </summary>
    [Id(18)] public ImmutableArray<Attachment>? Attachments { get; init; }

    /// <summary>The message id it answers.</summary>
    [Id(8)] public string? ReplyTo { get; init; }

    /// <summary>Of an assignment, offer or transfer.</summary>
    [Id(9)] public AgentRef? Agent { get; init; }

    /// <summary>Of queueing or transfer.</summary>
    [Id(10)] public QueueRef? Queue { get; init; }

    /// <summary>Of a close or reopen: <c>visitor</c>, <c>agent</c> or <c>system</c>.</summary>
    [Id(11)] public string? By { get; init; }

    /// <summary>Of a close or release: agents only.</summary>
    [Id(12)] public string? Reason { get; init; }

    /// <summary>Of a transfer: agents only.</summary>
    [Id(13)] public string? Note { get; init; }

    /// <summary>Of a rating.</summary>
    [Id(14)] public int? Score { get; init; }

    /// <summary>Of a rating.</summary>
    [Id(15)] public string? Comment { get; init; }

    /// <summary>Of an assignment: how the agent was chosen; agents only.</summary>
    [Id(16)] public string? Why { get; init; }

    /// <summary>Of the start and of a message left: the form's answers; agents only.</summary>
    [Id(17)] public ImmutableDictionary<string, string>? Form { get; init; }

    /// <summary>Of a message or note: true where what it said was removed; null otherwise.</summary>
    [Id(33)] public bool? Redacted { get; init; }

    /// <summary>Of a snooze and of a message left: when it ends; agents only.</summary>
    [Id(30)] public DateTimeOffset? Until { get; init; }

    /// <summary>Of a change of tags: what came; agents only.</summary>
    [Id(31)] public ImmutableArray<string>? Added { get; init; }

    /// <summary>Of a change of tags: what went; agents only.</summary>
    [Id(32)] public ImmutableArray<string>? Removed { get; init; }
}

/// <summary>A conversation's line in an inbox or list, for agents' eyes.</summary>
[GenerateSerializer, Immutable, Alias("conversation-view")]
public sealed record ConversationView
{
    /// <summary>Its id.</summary>
    [Id(0)] public required string ConversationId { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(1)] public required ConversationState State { get; init; }

    /// <summary>Last sequence in agents' numbering.</summary>
    [Id(2)] public required long Head { get; init; }

    /// <summary>Its queue.</summary>
    [Id(3)] public required QueueRef Queue { get; init; }

    /// <summary>Who holds it or is asked; while snoozed, who gets it back.</summary>
    [Id(4)] public AgentRef? Agent { get; init; }

    /// <summary>Its visitor.</summary>
    [Id(5)] public required AuthorView Visitor { get; init; }

    /// <summary>Its site.</summary>
    [Id(6)] public required string SiteKey { get; init; }

    /// <summary>Locale of the visitor, such as <c>zh-CN</c>.</summary>
    [Id(7)] public string Locale { get; init; } = "";

    /// <summary>When it began.</summary>
    [Id(8)] public DateTimeOffset StartedAt { get; init; }

    /// <summary>Start of the wait, kept across requeues.</summary>
    [Id(9)] public DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it closed.</summary>
    [Id(10)] public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>First 120 characters of the last message.</summary>
    [Id(11)] public string Preview { get; init; } = "";

    /// <summary>When the last message was posted.</summary>
    [Id(12)] public DateTimeOffset? LastMessageAt { get; init; }

    /// <summary>Kind of the last message's author: <c>visitor</c>, <c>agent</c>, …</summary>
    [Id(13)] public string LastAuthorKind { get; init; } = "";

    /// <summary>How far this agent has read, in agents' numbering.</summary>
    [Id(14)] public long ReadUpTo { get; init; }

    /// <summary>While offered: when the offer lapses.</summary>
    [Id(15)] public DateTimeOffset? OfferExpiresAt { get; init; }

    /// <summary>The visitor's rating.</summary>
    [Id(16)] public int? Rating { get; init; }

    /// <summary>Its tags, in ordinal order.</summary>
    [Id(30)] public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>While snoozed: until when.</summary>
    [Id(31)] public DateTimeOffset? SnoozedUntil { get; init; }

    /// <summary>Higher is served first; null: normal, or not told here (lists tell it).</summary>
    [Id(32)] public int? Priority { get; init; }
}
