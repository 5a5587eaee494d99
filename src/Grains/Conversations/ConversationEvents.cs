using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Grains.Streams;

namespace CustomerService.Grains.Conversations;

/// <summary>A fact about a conversation. Which audience may see it, and which of its fields, is said in one place:
/// <see cref="EventTable"/>.</summary>
public abstract record ConversationEvent : DomainEvent;

/// <summary>Who did something, as stored.</summary>
public sealed record Party(ActorKind Kind, string Id, string Name)
{
    /// <summary>See <see cref="Actor.Key"/>.</summary>
    internal string AuthorKey => Actor.KeyOf(Kind, Id);

    internal static Party Of(Actor actor) => new(actor.Kind, actor.Id, actor.Name);
}

/// <summary>It began. Always followed by <see cref="ConversationQueued"/>.</summary>
[Alias("conversation.started.v1")]
public sealed record ConversationStarted(
    string ConversationId, string SiteId, string VisitorId, string VisitorName, QueueRef Queue, string Locale,
    ImmutableDictionary<string, string> Form, int Priority) : ConversationEvent;

/// <summary>It waits in a queue.</summary>
/// <param name="EnqueuedAt">Start of the wait; kept when an agent loses it.</param>
/// <param name="SkippedAgentId">An agent to be passed over once.</param>
[Alias("conversation.queued.v1")]
public sealed record ConversationQueued(QueueRef Queue, DateTimeOffset EnqueuedAt, string? SkippedAgentId)
    : ConversationEvent;

/// <summary>Somebody wrote.</summary>
/// <param name="Attachments">Its files; null without any.</param>
/// <param name="Removed">True where its words and files were removed later; null otherwise.</param>
[Alias("conversation.message-posted.v1")]
public sealed record MessagePosted(
    string MessageId, string ClientMessageId, Party Author, string Text, string? ReplyTo,
    ImmutableArray<Attachment>? Attachments = null, bool? Removed = null) : ConversationEvent;

/// <summary>An agent wrote for agents only.</summary>
[Alias("conversation.note-added.v1")]
public sealed record NoteAdded(
    string MessageId, string ClientMessageId, Party Author, string Text, bool? Removed = null) : ConversationEvent;

/// <summary>A message reads differently from now on.</summary>
/// <param name="Message">Version of the event that posted it.</param>
/// <param name="Removed">True where these words were removed later; null otherwise.</param>
[Alias("conversation.message-edited.v1")]
public sealed record MessageEdited(string MessageId, long Message, Party By, string Text, bool? Removed = null)
    : ConversationEvent;

/// <summary>The same of a note. An event of its own, because visitors see the one and never the other.</summary>
[Alias("conversation.note-edited.v1")]
public sealed record NoteEdited(string MessageId, long Message, Party By, string Text, bool? Removed = null)
    : ConversationEvent;

/// <summary>What a message said is gone: its event and its edits were emptied with this one.</summary>
[Alias("conversation.message-redacted.v1")]
public sealed record MessageRedacted(string MessageId, long Message, Party By) : ConversationEvent;

/// <summary>The same of a note.</summary>
[Alias("conversation.note-redacted.v1")]
public sealed record NoteRedacted(string MessageId, long Message, Party By) : ConversationEvent;

/// <summary>An agent is asked; the reservation holds until it answers or the offer lapses.</summary>
[Alias("conversation.offered.v1")]
public sealed record ConversationOffered(
    AgentRef Agent, string ReservationId, DateTimeOffset ExpiresAt, string Why) : ConversationEvent;

/// <summary>The offer came to nothing: it waits again at its old place, and that agent is passed over once.</summary>
/// <param name="Reason"><c>declined</c>, <c>lapsed</c> or <c>gone</c>.</param>
[Alias("conversation.offer-declined.v1")]
public sealed record OfferDeclined(AgentRef Agent, string ReservationId, string Reason) : ConversationEvent;

/// <summary>An agent holds it.</summary>
[Alias("conversation.assigned.v1")]
public sealed record ConversationAssigned(AgentRef Agent, string ReservationId, string Why) : ConversationEvent;

/// <summary>Its agent no longer holds it. Always followed by <see cref="ConversationQueued"/>.</summary>
[Alias("conversation.released.v1")]
public sealed record ConversationReleased(AgentRef Agent, string ReservationId, string Reason) : ConversationEvent;

/// <summary>This reservation can never hold the conversation, whatever arrives late.</summary>
[Alias("conversation.reservation-refused.v1")]
public sealed record ReservationRefused(string AgentId, string ReservationId) : ConversationEvent;

/// <summary>It was handed on: to <paramref name="ToAgent"/>, who holds it now, or to <paramref name="ToQueue"/>, where
/// it waits now with its old enqueue time.</summary>
[Alias("conversation.transferred.v1")]
public sealed record ConversationTransferred(
    Party By, QueueRef? ToQueue, AgentRef? ToAgent, string? ReservationId, string? SkippedAgentId, string? Note)
    : ConversationEvent;

/// <summary>It ended.</summary>
/// <param name="Reason">For agents' eyes: theirs, or <c>abandoned</c>, <c>idle</c>.</param>
[Alias("conversation.closed.v1")]
public sealed record ConversationClosed(Party By, string? Reason) : ConversationEvent;

/// <summary>It goes on. Always followed by <see cref="ConversationAssigned"/> or <see cref="ConversationQueued"/>.
/// </summary>
[Alias("conversation.reopened.v1")]
public sealed record ConversationReopened(Party By) : ConversationEvent;

/// <summary>It was put aside: nobody holds it, and its agent's place is free.</summary>
/// <param name="Agent">Who gets it back.</param>
[Alias("conversation.snoozed.v1")]
public sealed record ConversationSnoozed(Party By, AgentRef Agent, DateTimeOffset Until) : ConversationEvent;

/// <summary>Its visitor left the queue for a message: it is put aside, and nobody is offered it any more.</summary>
/// <param name="Form">How to reach the visitor.</param>
/// <param name="Until">When it waits again at the latest.</param>
[Alias("conversation.message-left.v1")]
public sealed record MessageLeft(Party By, ImmutableDictionary<string, string> Form, DateTimeOffset Until)
    : ConversationEvent;

/// <summary>It is no longer put aside. Always followed by <see cref="ConversationAssigned"/> or
/// <see cref="ConversationQueued"/>.</summary>
/// <param name="Reason"><c>due</c>, <c>visitor</c> (who wrote) or <c>picked</c>.</param>
[Alias("conversation.woken.v1")]
public sealed record ConversationWoken(string Reason) : ConversationEvent;

/// <summary>Its visitor may not write any more.</summary>
/// <param name="VisitorVersion">Version of the visitor's stream that says so: older news means nothing.</param>
[Alias("conversation.visitor-blocked.v1")]
public sealed record ConversationVisitorBlocked(Party By, string? Reason, long VisitorVersion) : ConversationEvent;

/// <summary>Its visitor may write again.</summary>
[Alias("conversation.visitor-unblocked.v1")]
public sealed record ConversationVisitorUnblocked(Party By, long VisitorVersion) : ConversationEvent;

/// <summary>An agent changed its tags.</summary>
[Alias("conversation.tagged.v1")]
public sealed record ConversationTagged(Party By, ImmutableArray<string> Added, ImmutableArray<string> Removed)
    : ConversationEvent;

/// <summary>The visitor rated it; the last rating wins.</summary>
[Alias("conversation.rated.v1")]
public sealed record ConversationRated(int Score, string? Comment) : ConversationEvent;
