using System.Collections.Immutable;
using CustomerService.Storage.Conversations;

namespace CustomerService.Support.MemoryStorage;

/// <summary>The conversations table in memory.</summary>
internal sealed class MemoryConversationIndex(MemoryDatabase database) : IConversationIndex
{
    private const int WaitingMax = 10_000;
    private const int HeldMax = 1_000;
    private const string StreamPrefix = "conversation/";

    private readonly SortedDictionary<string, ConversationRow> _rows = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<string, long>> _marks = new(StringComparer.Ordinal);

    public Task<ConversationRow?> Find(string id, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Find), id, () => _rows.GetValueOrDefault(id));

    public Task<IReadOnlyList<ConversationRow>> Waiting(
        string queueId, ConversationRow? after, int limit, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<ConversationRow>>(nameof(Waiting), queueId, () =>
            [.. _rows.Values.Where(row => row.State == "waiting" && row.QueueId == queueId)
                .Where(row => after is null || CompareWaiting(row, after) > 0)
                .Order(Comparer<ConversationRow>.Create(CompareWaiting)).Take(Math.Min(limit, WaitingMax))]);

    public Task<IReadOnlyList<ConversationRow>> HeldBy(string agentId, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<ConversationRow>>(nameof(HeldBy), agentId, () =>
            [.. _rows.Values.Where(row => row.State is "offered" or "assigned")
                .Where(row => row.AgentId == agentId)
                .OrderBy(row => row.StartedAt).ThenBy(row => row.Id, StringComparer.Ordinal).Take(HeldMax)]);

    public Task<ConversationRow?> NewestOf(
        string siteId, string visitorId, CancellationToken cancellationToken = default) =>
        database.Call(nameof(NewestOf), visitorId, () =>
            _rows.Values.Where(row => row.SiteId == siteId && row.VisitorId == visitorId)
                .OrderByDescending(row => row.StartedAt).ThenByDescending(row => row.Id, StringComparer.Ordinal)
                .FirstOrDefault());

    public Task<ConversationPage> List(ConversationQuery query, CancellationToken cancellationToken = default) =>
        database.Call(nameof(List), "", () =>
        {
            var rows = _rows.Values.Where(row => Matches(row, query)).Order(InOrder(query.Order)).ToList();
            // The cursor is the last line's id: good enough where lines do not go.
            var rest = query.Cursor is { } cursor ? rows.SkipWhile(row => row.Id != cursor).Skip(1) : rows;
            var page = rest.Take(query.Limit + 1).ToList();
            var more = page.Count > query.Limit;
            if (more)
                page.RemoveAt(query.Limit);
            return new ConversationPage(page, more ? page[^1].Id : null);
        });

    public Task<IReadOnlyList<QueueCounts>> Counts(CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<QueueCounts>>(nameof(Counts), "", () =>
            [.. _rows.Values.Where(row => row.ClosedAt is null).GroupBy(row => row.QueueId).Select(queue => new QueueCounts(
                queue.Key, queue.Count(row => row.State == "waiting"), queue.Count(row => row.State == "offered"),
                queue.Count(row => row.State == "assigned"), queue.Count(row => row.State == "snoozed"),
                queue.Sum(row => row.StartedAt.UtcTicks % 1_000_003 * (row.Version + row.Activity.Version))))]);

    public void Touch(string id, ConversationActivity activity)
    {
        lock (database.Gate)
        {
            if (_rows.TryGetValue(id, out var row) && row.Activity.Version < activity.Version)
                _rows[id] = row with { Activity = activity };
        }
    }

    public Task<IReadOnlyList<string>> StaleActivity(
        string? afterId, int limit, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<string>>(nameof(StaleActivity), "", () =>
            [.. _rows.Values.Where(row => row.ClosedAt is null)
                .Where(row => afterId is null || string.CompareOrdinal(row.Id, afterId) > 0)
                .Where(row => row.Activity.Version < database.MemoryJournal.Head(StreamPrefix + row.Id).Version)
                .Select(row => row.Id).Take(limit)]);

    public void MarkRead(string conversationId, string reader, long upTo)
    {
        lock (database.Gate)
        {
            if (!_marks.TryGetValue(conversationId, out var marks))
                _marks[conversationId] = marks = new SortedDictionary<string, long>(StringComparer.Ordinal);
            marks[reader] = Math.Max(upTo, marks.GetValueOrDefault(reader));
        }
    }

    public Task<ImmutableArray<ReadMark>> ReadMarks(
        string conversationId, CancellationToken cancellationToken = default) =>
        database.Call<ImmutableArray<ReadMark>>(nameof(ReadMarks), conversationId, () =>
            _marks.TryGetValue(conversationId, out var marks)
                ? [.. marks.Select(pair => new ReadMark(pair.Key, pair.Value))]
                : []);

    public Task<IReadOnlyDictionary<string, long>> ReadUpTo(
        IReadOnlyList<string> conversationIds, string reader, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyDictionary<string, long>>(nameof(ReadUpTo), reader, () =>
            new SortedDictionary<string, long>(
                conversationIds.Distinct(StringComparer.Ordinal)
                    .Where(id => _marks.TryGetValue(id, out var marks) && marks.ContainsKey(reader))
                    .ToDictionary(id => id, id => _marks[id][reader], StringComparer.Ordinal),
                StringComparer.Ordinal));

    /// <summary>Part of an append; a lower version never overwrites, and activity only moves forward.</summary>
    internal void Upsert(ConversationRow row)
    {
        if (!_rows.TryGetValue(row.Id, out var before))
            _rows[row.Id] = row;
        else if (before.Version < row.Version)
            _rows[row.Id] = before.Activity.Version > row.Activity.Version ? row with { Activity = before.Activity } : row;
    }

    private static bool Matches(ConversationRow row, ConversationQuery query) =>
        (query.Queues is not { } queues || queues.Contains(row.QueueId)
            || (query.OrHeldBy is { } holder && row.AgentId == holder))
        && (query.States.IsDefaultOrEmpty || query.States.Contains(row.State))
        && (query.AgentId is null || row.AgentId == query.AgentId)
        && (query.Tag is null || row.Tags.Contains(query.Tag))
        && (query.VisitorId is null || row.VisitorId == query.VisitorId)
        && (query.SiteId is null || row.SiteId == query.SiteId);

    private static Comparer<ConversationRow> InOrder(ConversationOrder order) => Comparer<ConversationRow>.Create(
        order switch
        {
            ConversationOrder.Activity => static (left, right) => Newest(left) != Newest(right)
                ? Newest(right).CompareTo(Newest(left))
                : string.CompareOrdinal(right.Id, left.Id),
            ConversationOrder.Waiting => static (left, right) => left.EnqueuedAt != right.EnqueuedAt
                ? left.EnqueuedAt.CompareTo(right.EnqueuedAt)
                : string.CompareOrdinal(left.Id, right.Id),
            _ => CompareWaiting,
        });

    private static int CompareWaiting(ConversationRow left, ConversationRow right) =>
        left.Priority != right.Priority ? right.Priority.CompareTo(left.Priority)
        : left.EnqueuedAt != right.EnqueuedAt ? left.EnqueuedAt.CompareTo(right.EnqueuedAt)
        : string.CompareOrdinal(left.Id, right.Id);

    private static DateTimeOffset Newest(ConversationRow row) => row.Activity.LastMessageAt ?? row.StartedAt;
}
