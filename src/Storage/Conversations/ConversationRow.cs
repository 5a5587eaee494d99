using System.Collections.Immutable;

namespace CustomerService.Storage.Conversations;

/// <summary>
/// A conversation's line in lists and in the waiting order: a read model. Its lifecycle columns are written in the
/// transaction of the events they come from, so they are as true as the journal.
/// </summary>
public sealed record ConversationRow
{
    /// <summary>The conversation's id.</summary>
    public required string Id { get; init; }

    /// <summary>Version of the stream that these columns reflect; a row is never overwritten by a lower one.</summary>
    public required long Version { get; init; }

    /// <summary>The site it was started on.</summary>
    public required string SiteId { get; init; }

    /// <summary>Its visitor.</summary>
    public required string VisitorId { get; init; }

    /// <summary>The visitor's name as given, or empty.</summary>
    public string VisitorName { get; init; } = "";

    /// <summary>The queue it belongs to.</summary>
    public required string QueueId { get; init; }

    /// <summary><c>waiting</c>, <c>offered</c>, <c>assigned</c>, <c>snoozed</c> or <c>closed</c>.</summary>
    public required string State { get; init; }

    /// <summary>The agent that holds it, to whom it is offered, or who gets it back from a snooze; null otherwise.
    /// </summary>
    public string? AgentId { get; init; }

    /// <summary>The reservation by which that agent holds it.</summary>
    public string? ReservationId { get; init; }

    /// <summary>Higher is served first; 0 is normal.</summary>
    public int Priority { get; init; }

    /// <summary>Start of the wait, kept across requeues: the waiting order is priority, then this, then id.</summary>
    public DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>An agent to be passed over once, because it declined or let an offer lapse.</summary>
    public string? SkippedAgentId { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it closed; null while open.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The visitor's rating, 1 to 5.</summary>
    public int? Rating { get; init; }

    /// <summary>Locale the visitor uses, such as <c>zh-CN</c>.</summary>
    public string Locale { get; init; } = "";

    /// <summary>Its tags, in ordinal order; none holds a line break.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>While snoozed: until when.</summary>
    public DateTimeOffset? SnoozedUntil { get; init; }

    /// <summary>The last message, its preview and its counts. May lag by a second.</summary>
    public ConversationActivity Activity { get; init; } = ConversationActivity.None;
}

/// <summary>What a list shows of the newest message; coalesced, at most a second late, repaired from the journal.</summary>
/// <param name="Version">Version of the stream it reflects.</param>
/// <param name="VisitorHead">Last visitor sequence at that version.</param>
/// <param name="LastMessageAt">When the last message was posted; null without one.</param>
/// <param name="Preview">First 120 characters of the last message.</param>
/// <param name="LastAuthor">Author key of the last message, such as <c>visitor:3k…</c>.</param>
/// <param name="Messages">Count of messages.</param>
public sealed record ConversationActivity(
    long Version, long VisitorHead, DateTimeOffset? LastMessageAt, string Preview, string LastAuthor, int Messages)
{
    /// <summary>Nothing yet.</summary>
    public static ConversationActivity None { get; } = new(0, 0, null, "", "", 0);
}
