using System.Collections.Immutable;
using System.Data.Common;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Conversations;

/// <summary>The columns of <c>conversations</c>, in one place for both databases.</summary>
internal static class ConversationColumns
{
    private static readonly string[] Names =
    [
        "id", "stream", "version", "site_id", "visitor_id", "visitor_name", "queue_id", "state", "agent_id",
        "reservation_id", "priority", "enqueued_at", "skipped_agent_id", "started_at", "closed_at", "rating", "locale",
        "active_at", "tags", "snoozed_until",
    ];

    /// <summary>Columns that an append writes. The activity has a statement of its own, because it is newer or older
    /// by a version of its own.</summary>
    public static string Written { get; } = string.Join(", ", Names);

    public static string[] WrittenParameterNames { get; } = [.. Names.Select(n => "@" + n)];

    public static string WrittenParameters { get; } = string.Join(", ", WrittenParameterNames);

    /// <summary>A row is never overwritten by a lower version; a new row is active since its start.</summary>
    public static string OnConflict { get; } =
        "on conflict (id) do update set "
        + string.Join(", ", Names.Where(n => n is not ("id" or "active_at")).Select(n => $"{n} = excluded.{n}"))
        + " where conversations.version <= excluded.version";

    public static string Read { get; } =
        "id, version, site_id, visitor_id, visitor_name, queue_id, state, agent_id, reservation_id, priority, "
        + "enqueued_at, skipped_agent_id, started_at, closed_at, rating, locale, activity_version, visitor_head, "
        + "last_message_at, preview, last_author, messages, active_at, tags, snoozed_until";

    /// <summary><see cref="Read"/> of a table's alias, for joins.</summary>
    public static string ReadOf(string alias) =>
        string.Join(", ", Read.Split(", ").Select(name => $"{alias}.{name}"));

    /// <summary>Count of columns of <see cref="Read"/>.</summary>
    public static int ReadCount { get; } = Read.Split(", ").Length;

    /// <summary>Place of <c>active_at</c> in <see cref="Read"/>.</summary>
    public const int ActiveAt = 22;

    public static object?[] Values(string stream, ConversationRow row) =>
    [
        row.Id, stream, row.Version, row.SiteId, row.VisitorId, row.VisitorName, row.QueueId, row.State, row.AgentId,
        row.ReservationId, (long)row.Priority, Times.ToMicros(row.EnqueuedAt), row.SkippedAgentId,
        Times.ToMicros(row.StartedAt), Times.ToMicros(row.ClosedAt), (long?)row.Rating, row.Locale,
        Times.ToMicros(row.StartedAt), TagText(row.Tags), Times.ToMicros(row.SnoozedUntil),
    ];

    private static ImmutableArray<string> TagsOf(string text) =>
        text.Length == 0 ? [] : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Tags as stored: each between two line breaks, so that one is found by <c>like</c>.</summary>
    public static string TagText(ImmutableArray<string> tags) =>
        tags.IsDefaultOrEmpty ? "" : $"\n{string.Join('\n', tags)}\n";

    public static ConversationRow From(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Version = row.GetInt64(1),
        SiteId = row.GetString(2),
        VisitorId = row.GetString(3),
        VisitorName = row.GetString(4),
        QueueId = row.GetString(5),
        State = row.GetString(6),
        AgentId = row.TextOrNull(7),
        ReservationId = row.TextOrNull(8),
        Priority = (int)row.GetInt64(9),
        EnqueuedAt = row.Time(10),
        SkippedAgentId = row.TextOrNull(11),
        StartedAt = row.Time(12),
        ClosedAt = row.TimeOrNull(13),
        Rating = (int?)row.NumberOrNull(14),
        Locale = row.GetString(15),
        Activity = new ConversationActivity(
            row.GetInt64(16), row.GetInt64(17), row.TimeOrNull(18), row.GetString(19), row.GetString(20),
            (int)row.GetInt64(21)),
        Tags = TagsOf(row.GetString(ActiveAt + 1)),
        SnoozedUntil = row.TimeOrNull(ActiveAt + 2),
    };
}
