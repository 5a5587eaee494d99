using System.Collections.Immutable;

namespace CustomerService.Conversations;

/// <summary>
/// Something a party wants of a conversation. A command with a <see cref="CommandId"/> is executed once at most, however
/// often it is sent: a retry gets the first answer, other content under the same id is <c>Conflict</c>.
/// </summary>
/// <param name="By">Who wants it.</param>
/// <param name="CommandId">The sender's id of it, 1 to 64 characters; null where a retry is harmless by nature.</param>
[GenerateSerializer, Immutable, Alias("conversation.command")]
public abstract record ConversationCommand([property: Id(0)] Actor By, [property: Id(1)] string? CommandId);

/// <summary>Begins the conversation. Sent by the visitor grain only, which decides that it may begin. Repeating it is a
/// no-op.</summary>
[GenerateSerializer, Immutable, Alias("conversation.start")]
public sealed record StartConversation(
    Actor By, string? CommandId,
    [property: Id(0)] string SiteId,
    [property: Id(1)] string QueueId,
    [property: Id(2)] string Locale,
    [property: Id(3)] ImmutableDictionary<string, string> Form,
    [property: Id(4)] int Priority) : ConversationCommand(By, CommandId);

/// <summary>Posts a message; <see cref="ConversationCommand.CommandId"/> is the client's message id and required.
/// Refusals: <c>Invalid</c> (blank), <c>TooLong</c>, <c>Closed</c>, <c>NotFound</c>, <c>Forbidden</c> (an agent who does
/// not hold it and is no supervisor), <c>Conflict</c> (id reused). With files the text may be empty; the front has made
/// sure that the files are stored and the sender's own.</summary>
[GenerateSerializer, Immutable, Alias("conversation.post-message")]
public sealed record PostMessage(
    Actor By, string? CommandId, [property: Id(0)] string Text, [property: Id(1)] string? ReplyTo)
    : ConversationCommand(By, CommandId)
{
    /// <summary>Its files, 10 at most; null without any.</summary>
    [Id(2)]
    public ImmutableArray<Attachment>? Attachments { get; init; }
}

/// <summary>Adds an internal note: agents only, never shown to visitors, allowed on a closed conversation too.</summary>
[GenerateSerializer, Immutable, Alias("conversation.add-note")]
public sealed record AddNote(Actor By, string? CommandId, [property: Id(0)] string Text)
    : ConversationCommand(By, CommandId);

/// <summary>Gives a waiting conversation to an agent who has reserved a place for it. Sent by queues. A reservation that
/// was refused before stays refused forever.</summary>
/// <param name="ReservationId">The agent's reservation.</param>
/// <param name="Agent">The agent.</param>
/// <param name="QueueId">The queue that decided; stale decisions of a queue it left are refused.</param>
/// <param name="Why">How the agent was chosen: rule, candidates and scores, as JSON of 2,000 characters at most.</param>
[GenerateSerializer, Immutable, Alias("conversation.assign")]
public sealed record AssignConversation(
    Actor By, string? CommandId,
    [property: Id(0)] string ReservationId,
    [property: Id(1)] AgentRef Agent,
    [property: Id(2)] string QueueId,
    [property: Id(3)] string Why) : ConversationCommand(By, CommandId);

/// <summary>Takes an offered conversation, or picks a waiting one by hand. One winner: <c>Conflict</c> for the others,
/// and for an agent without a free place.</summary>
[GenerateSerializer, Immutable, Alias("conversation.accept")]
public sealed record AcceptConversation(Actor By, string? CommandId) : ConversationCommand(By, CommandId);

/// <summary>Declines an offer: it waits again at its old place and this agent is passed over once.</summary>
[GenerateSerializer, Immutable, Alias("conversation.decline")]
public sealed record DeclineConversation(Actor By, string? CommandId) : ConversationCommand(By, CommandId);

/// <summary>Hands it to a queue or an agent; exactly one of the two. A target that is offline or full: <c>Conflict</c>,
/// and nothing changed.</summary>
[GenerateSerializer, Immutable, Alias("conversation.transfer")]
public sealed record TransferConversation(
    Actor By, string? CommandId,
    [property: Id(0)] string? ToQueue, [property: Id(1)] string? ToAgent, [property: Id(2)] string? Note)
    : ConversationCommand(By, CommandId);

/// <summary>Closes it: by an agent with an optional reason for agents' eyes, or by its visitor. Closing a closed one is
/// a no-op that succeeds.</summary>
[GenerateSerializer, Immutable, Alias("conversation.close")]
public sealed record CloseConversation(Actor By, string? CommandId, [property: Id(0)] string? Reason)
    : ConversationCommand(By, CommandId);

/// <summary>Opens a closed one again. Sent by the visitor grain only, which knows whether another one is open.
/// Reopening an open one is a no-op that succeeds.</summary>
[GenerateSerializer, Immutable, Alias("conversation.reopen")]
public sealed record ReopenConversation(Actor By, string? CommandId) : ConversationCommand(By, CommandId);

/// <summary>The visitor's rating, 1 to 5; the last one wins.</summary>
[GenerateSerializer, Immutable, Alias("conversation.rate")]
public sealed record RateConversation(
    Actor By, string? CommandId, [property: Id(0)] int Score, [property: Id(1)] string? Comment)
    : ConversationCommand(By, CommandId);

/// <summary>Puts it aside until a time: its place becomes free, and when the time is up or its visitor writes, its agent
/// gets it back, or it waits where that agent has no room. By who holds it or a supervisor; a snoozed one is given
/// another time. Refusals: <c>Invalid</c> (not ahead, or over 90 days), <c>Conflict</c> (nobody holds it),
/// <c>Closed</c>, <c>Forbidden</c>.</summary>
[GenerateSerializer, Immutable, Alias("conversation.snooze")]
public sealed record SnoozeConversation(Actor By, string? CommandId, [property: Id(0)] DateTimeOffset Until)
    : ConversationCommand(By, CommandId);

/// <summary>Its visitor waits no longer, but leaves what was said as a message: nobody is given it, an open offer ends, and
/// agents of its queue find it put aside, for 90 days. Any of them may take it; the visitor waits again by writing.
/// Leaving again is a no-op that succeeds. Refusals: <c>Conflict</c> (an agent has it), <c>Closed</c>,
/// <c>Forbidden</c> (not its visitor, or a blocked one), <c>Invalid</c> (the form).</summary>
/// <param name="Form">How to reach the visitor, such as an e-mail address; for agents' eyes.</param>
[GenerateSerializer, Immutable, Alias("conversation.leave-message")]
public sealed record LeaveMessage(
    Actor By, string? CommandId, [property: Id(0)] ImmutableDictionary<string, string> Form)
    : ConversationCommand(By, CommandId);

/// <summary>Adds and takes away tags; what is there or gone already is a no-op that succeeds. Any agent who may see the
/// conversation, a closed one too. Refusals: <c>Invalid</c> (blank, a control character, in both lists), <c>TooLong</c>,
/// <c>Conflict</c> (over 20 on the conversation).</summary>
[GenerateSerializer, Immutable, Alias("conversation.tag")]
public sealed record TagConversation(
    Actor By, string? CommandId,
    [property: Id(0)] ImmutableArray<string> Add, [property: Id(1)] ImmutableArray<string> Remove)
    : ConversationCommand(By, CommandId);

/// <summary>Changes the wording of a message or note of the caller's own, within the time its queue's settings allow. What
/// it said before stays in the journal, and everyone is shown that it was edited. Refusals: <c>Invalid</c> (blank, though
/// it has no files), <c>TooLong</c>, <c>NotFound</c> (no message there), <c>Forbidden</c> (another's), <c>Closed</c> (a
/// message, not a note), <c>Conflict</c> (too late, removed, or over 200 edits in the conversation).</summary>
/// <param name="Sequence">Which one, in agents' numbering.</param>
[GenerateSerializer, Immutable, Alias("conversation.edit-message")]
public sealed record EditMessage(
    Actor By, string? CommandId, [property: Id(0)] long Sequence, [property: Id(1)] string Text)
    : ConversationCommand(By, CommandId);

/// <summary>Removes what a message or note says, names of files and earlier wordings included: it is gone from the journal
/// once the task completes, and what is left says that something was removed. By who holds the conversation (or held it last, once
/// it is closed), a supervisor, or a note's author, at any time. Repeating it is a no-op that succeeds. Refusals:
/// <c>NotFound</c>, <c>Forbidden</c>.</summary>
/// <param name="Sequence">Which one, in agents' numbering.</param>
[GenerateSerializer, Immutable, Alias("conversation.redact-message")]
public sealed record RedactMessage(Actor By, string? CommandId, [property: Id(0)] long Sequence)
    : ConversationCommand(By, CommandId);

/// <summary>Tells the conversation that its visitor was blocked, or that this was lifted. Sent by the visitor grain only,
/// which decides; older news than what it has heard is a no-op.</summary>
/// <param name="Blocked">Whether the visitor may write.</param>
/// <param name="Who">Which agent decided.</param>
/// <param name="Reason">For agents' eyes.</param>
/// <param name="VisitorVersion">Version of the visitor's stream that says so.</param>
[GenerateSerializer, Immutable, Alias("conversation.hear-block")]
public sealed record HearBlock(
    Actor By, string? CommandId,
    [property: Id(0)] bool Blocked,
    [property: Id(1)] AgentRef Who,
    [property: Id(2)] string? Reason,
    [property: Id(3)] long VisitorVersion) : ConversationCommand(By, CommandId);

/// <summary>Takes it back from an agent who is gone or who gives it back: it waits again with its old enqueue time. A
/// reservation that does not hold it any more makes it a no-op.</summary>
[GenerateSerializer, Immutable, Alias("conversation.release")]
public sealed record ReleaseConversation(
    Actor By, string? CommandId, [property: Id(0)] string AgentId, [property: Id(1)] string ReservationId)
    : ConversationCommand(By, CommandId);

/// <summary>Asked by an agent about a reservation that nothing has confirmed: where it does not hold the conversation it
/// is refused forever, so that a late assignment can't land.</summary>
[GenerateSerializer, Immutable, Alias("conversation.refuse-reservation")]
public sealed record RefuseReservation(
    Actor By, string? CommandId, [property: Id(0)] string AgentId, [property: Id(1)] string ReservationId)
    : ConversationCommand(By, CommandId);

/// <summary>Looks whether anything is due: an offer that lapsed, an idle conversation. Sent by the sweep.</summary>
[GenerateSerializer, Immutable, Alias("conversation.check-deadlines")]
public sealed record CheckConversationDeadlines(Actor By, string? CommandId) : ConversationCommand(By, CommandId)
{
    /// <summary>The deadline that came due, as the sweep read it: where nothing is due yet, it is re-armed from that one.
    /// Null for a look that is not the sweep's.</summary>
    [Id(0)]
    public DateTimeOffset? DueAt { get; init; }
}

/// <summary>An agent as others see it.</summary>
[GenerateSerializer, Immutable, Alias("agent-ref")]
public sealed record AgentRef([property: Id(0)] string Id, [property: Id(1)] string Name);

/// <summary>A queue as others see it.</summary>
[GenerateSerializer, Immutable, Alias("queue-ref")]
public sealed record QueueRef([property: Id(0)] string Id, [property: Id(1)] string Name);
