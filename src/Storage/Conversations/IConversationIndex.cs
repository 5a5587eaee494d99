using System.Collections.Immutable;

namespace CustomerService.Storage.Conversations;

/// <summary>The read model of conversations: lists, the waiting order, who holds what. Reads see what is committed.</summary>
public interface IConversationIndex
{
    /// <summary>One line, or null.</summary>
    Task<ConversationRow?> Find(string id, CancellationToken cancellationToken = default);

    /// <summary>Up to 10,000 of a queue's waiting conversations in waiting order (priority descending, enqueue time,
    /// id), those after <paramref name="after"/> where given.</summary>
    Task<IReadOnlyList<ConversationRow>> Waiting(
        string queueId, ConversationRow? after, int limit, CancellationToken cancellationToken = default);

    /// <summary>What an agent holds or is offered: 1,000 at most, oldest first.</summary>
    Task<IReadOnlyList<ConversationRow>> HeldBy(string agentId, CancellationToken cancellationToken = default);

    /// <summary>The visitor's newest conversation on that site, or null.</summary>
    Task<ConversationRow?> NewestOf(
        string siteId, string visitorId, CancellationToken cancellationToken = default);

    /// <summary>A page of a list by keyset; see <see cref="ConversationQuery"/>. A cursor is a place in its order, good
    /// for ever, and for that order only.</summary>
    /// <exception cref="InvalidCursorException">The cursor is not one of an earlier page.</exception>
    Task<ConversationPage> List(ConversationQuery query, CancellationToken cancellationToken = default);

    /// <summary>How many open conversations each queue has, by state, and a figure that is another one after any change
    /// of them. Reads every open line once: for a process that asks now and then on behalf of all its clients.</summary>
    Task<IReadOnlyList<QueueCounts>> Counts(CancellationToken cancellationToken = default);

    /// <summary>
    /// Notes the newest message of a conversation for the lists. Returns at once; written within a second, coalesced.
    /// Lost in a crash it is repaired from the journal by <see cref="StaleActivity"/>.
    /// </summary>
    void Touch(string id, ConversationActivity activity);

    /// <summary>Open conversations whose activity is behind their stream's head, for the repair after a crash: ids in
    /// ascending order after <paramref name="afterId"/>.</summary>
    Task<IReadOnlyList<string>> StaleActivity(
        string? afterId, int limit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Raises a reader's mark to <paramref name="upTo"/>; a lower one is a no-op. Returns at once; written within a
    /// second. Readers are <c>visitor</c> (counted in visitor sequence) or <c>agent:id</c> (counted in versions).
    /// </summary>
    void MarkRead(string conversationId, string reader, long upTo);

    /// <summary>The marks of a conversation.</summary>
    Task<ImmutableArray<ReadMark>> ReadMarks(string conversationId, CancellationToken cancellationToken = default);

    /// <summary>One reader's marks of up to 10,000 conversations, in one query; a conversation without one is left out.
    /// </summary>
    Task<IReadOnlyDictionary<string, long>> ReadUpTo(
        IReadOnlyList<string> conversationIds, string reader, CancellationToken cancellationToken = default);
}

/// <summary>How far a reader has read.</summary>
public readonly record struct ReadMark(string Reader, long UpTo);

/// <summary>A filter and a page. All given conditions hold together.</summary>
public sealed record ConversationQuery
{
    /// <summary>Only these queues, or held by <see cref="OrHeldBy"/>; null for all (supervisors).</summary>
    public ImmutableArray<string>? Queues { get; init; }

    /// <summary>Widens <see cref="Queues"/> by what this agent holds.</summary>
    public string? OrHeldBy { get; init; }

    /// <summary>Only these states; empty for all.</summary>
    public ImmutableArray<string> States { get; init; } = [];

    /// <summary>Only held by this agent.</summary>
    public string? AgentId { get; init; }

    /// <summary>Only with this tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Only of this visitor.</summary>
    public string? VisitorId { get; init; }

    /// <summary>Only of this site.</summary>
    public string? SiteId { get; init; }

    /// <summary>In which order. The last two only over states that are open: the closed ones have no index by them.
    /// </summary>
    public ConversationOrder Order { get; init; }

    /// <summary>Cursor from the page before, or null.</summary>
    public string? Cursor { get; init; }

    /// <summary>1 to 200.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>The orders of a list.</summary>
public enum ConversationOrder
{
    /// <summary>Newest activity first.</summary>
    Activity = 0,

    /// <summary>Who waits, or began to wait, longest first.</summary>
    Waiting = 1,

    /// <summary>As queues serve: highest priority first, among equals as <see cref="Waiting"/>.</summary>
    Priority = 2,
}

/// <summary>The open conversations of one queue.</summary>
/// <param name="Mark">Compared for equality only; a conversation that changed makes it another one.</param>
public sealed record QueueCounts(string QueueId, int Waiting, int Offered, int Assigned, int Snoozed, long Mark);

/// <summary>A page and the cursor of the next one; null at the end.</summary>
public sealed record ConversationPage(IReadOnlyList<ConversationRow> Rows, string? NextCursor);

/// <summary>A cursor that no page gave: the caller's mistake.</summary>
public sealed class InvalidCursorException() : Exception("The cursor is not one of an earlier page.");
