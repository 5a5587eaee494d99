using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Visitors;

/// <summary>
/// One visitor of one site: owns which conversation is open, so that there is one at most. Key: <c>site/visitor</c>.
/// </summary>
[Alias("visitor")]
public interface IVisitorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Begins a conversation, or gives the open one, or reopens the last one inside the reopen window; posts the message
    /// where one is given. The same client id always gives the same conversation. A refused message creates nothing.
    /// Durable when the task completes; safe to retry with the same ids: a retry re-runs every step, each idempotent.
    /// </summary>
    [Alias("start-conversation")]
    Task<StartReceipt> StartConversation(StartRequest request);

    /// <summary>Reopens a closed conversation for an agent. Refused: <c>Conflict</c> with the id of the open one where the
    /// visitor has another.</summary>
    [Alias("reopen-conversation")]
    Task<ConversationReceipt> ReopenConversation(Actor by, string conversationId, string? commandId);

    /// <summary>The visitor's card, for an agent who may see <paramref name="conversationId"/>, one of its conversations:
    /// otherwise <c>NotFound</c>.</summary>
    [Alias("card")]
    Task<CardReceipt> Card(Actor by, string conversationId);

    /// <summary>Blocks the visitor, or lifts that. Blocked, it begins nothing and writes nothing (<c>Forbidden</c> with the
    /// reason <c>blocked</c>). By who holds the conversation or a supervisor. Durable when the task completes; its open
    /// conversation learns of it at once, and again until it has. Repeating it is a no-op that succeeds.</summary>
    [Alias("set-blocked")]
    Task<CardReceipt> SetBlocked(Actor by, string conversationId, bool blocked, string? reason, string? commandId);

    /// <summary>Sets values of the site's custom fields; an empty one takes the value away. Any agent who may see the
    /// conversation. Durable when the task completes. Refusals: <c>Invalid</c> (no such field, or not a value of it),
    /// <c>TooLong</c>, <c>Conflict</c> (<paramref name="revision"/> is not the present one: somebody else was faster, and
    /// the card in the answer says what is there now).</summary>
    [Alias("set-fields")]
    Task<CardReceipt> SetFields(
        Actor by, string conversationId, long revision, ImmutableDictionary<string, string> values, string? commandId);

    /// <summary>The visitor looks at a page: kept while this activation lives, and told to agents who follow its open
    /// conversation. May be lost.</summary>
    [Alias("page-viewed")]
    Task PageViewed(Actor by, PageView page);

    /// <summary>The conversation closed at that version of its stream: it is no longer the open one. Idempotent.</summary>
    [Alias("conversation-closed")]
    Task ConversationClosed(string conversationId, long version);
}

/// <summary>What a visitor sends to begin.</summary>
/// <param name="By">The visitor.</param>
/// <param name="ClientId">The client's id of the conversation, 1 to 64 characters.</param>
/// <param name="Locale">Such as <c>zh-CN</c>.</param>
/// <param name="Form">Answers to the pre-chat form.</param>
/// <param name="ClientMessageId">Id of the first message; null without one.</param>
/// <param name="Text">Text of the first message; null without one.</param>
[GenerateSerializer, Immutable, Alias("visitor.start-request")]
public sealed record StartRequest(
    [property: Id(0)] Actor By,
    [property: Id(1)] string ClientId,
    [property: Id(2)] string Locale,
    [property: Id(3)] ImmutableDictionary<string, string> Form,
    [property: Id(4)] string? ClientMessageId,
    [property: Id(5)] string? Text)
{
    /// <summary>Files of the first message; null without any.</summary>
    [Id(6)]
    public ImmutableArray<Attachment>? Attachments { get; init; }

    /// <summary>The queue that the visitor chose; counts where its site offers it, and for a new conversation.</summary>
    [Id(7)]
    public string? QueueId { get; init; }
}

/// <summary>The answer: which conversation, and where it stands.</summary>
/// <param name="Refusal">Null where it was done.</param>
/// <param name="ConversationId">The new, open or reopened one.</param>
/// <param name="Head">Its last visitor sequence.</param>
/// <param name="State">Its state.</param>
/// <param name="Sequence">The message's visitor sequence; null without a message.</param>
[GenerateSerializer, Immutable, Alias("visitor.start-receipt")]
public sealed record StartReceipt(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] string ConversationId,
    [property: Id(2)] long Head,
    [property: Id(3)] ConversationState State,
    [property: Id(4)] long? Sequence);
