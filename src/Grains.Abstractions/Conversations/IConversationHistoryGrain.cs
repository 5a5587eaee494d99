using System.Collections.Immutable;

namespace CustomerService.Conversations;

/// <summary>
/// Reads committed history from the journal for one audience, without waking the conversation. Stateless worker; key: 0.
/// Refuses (<c>NotFound</c>) who may not see the conversation. <c>Unavailable</c> where the database is out of reach.
/// </summary>
[Alias("conversation-history")]
public interface IConversationHistoryGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// What a connection lacks after sequence <paramref name="after"/> of the caller's numbering: recovered with at most
    /// 200 events, or not recovered with the latest 50 (over 200 missing, or <paramref name="after"/> beyond the head).
    /// </summary>
    [Alias("resume")]
    Task<HistoryPage> Resume(Actor by, string conversationId, long after);

    /// <summary>A page of at most <paramref name="limit"/> (1 to 200) events, ascending: above <paramref name="after"/>,
    /// or the last ones below <paramref name="before"/>; exactly one of the two.</summary>
    [Alias("page")]
    Task<HistoryPage> Page(Actor by, string conversationId, long? after, long? before, int limit);

    /// <summary>An agent's inbox: what it holds or is offered, with the inbox's version read before the lines.</summary>
    [Alias("inbox")]
    Task<InboxPage> Inbox(Actor by);
}

/// <summary>Events and the head, in the caller's numbering.</summary>
/// <param name="Refusal">Null where it was read.</param>
/// <param name="Recovered">False where <paramref name="Events"/> are the latest instead of what is lacked.</param>
/// <param name="Events">Ascending.</param>
/// <param name="Head">The last sequence.</param>
/// <param name="ReadUpTo">Of a resume: how far the other side has read, a second old at most; null where it has read
/// nothing.</param>
[GenerateSerializer, Immutable, Alias("history-page")]
public sealed record HistoryPage(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] bool Recovered,
    [property: Id(2)] ImmutableArray<EventView> Events,
    [property: Id(3)] long Head,
    [property: Id(4)] long? ReadUpTo = null);

/// <summary>An agent's inbox.</summary>
[GenerateSerializer, Immutable, Alias("inbox-page")]
public sealed record InboxPage(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] long Version,
    [property: Id(2)] ImmutableArray<ConversationView> Conversations);
