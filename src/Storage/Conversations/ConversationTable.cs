using System.Collections.Immutable;
using CustomerService.Storage.Database;
using CustomerService.Storage.Writer;

namespace CustomerService.Storage.Conversations;

/// <summary>The read model in SQL; both databases take the same text.</summary>
internal sealed class ConversationTable(IDatabase database, JournalWriter writer) : IConversationIndex
{
    private const int WaitingMax = 10_000;
    private const int HeldMax = 1_000;
    private const int PageMax = 200;

    public async Task<ConversationRow?> Find(string id, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement($"select {ConversationColumns.Read} from conversations where id = @id", ("@id", id)),
            ConversationColumns.From, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    public async Task<IReadOnlyList<ConversationRow>> Waiting(
        string queueId, ConversationRow? after, int limit, CancellationToken cancellationToken = default)
    {
        const string order = "order by priority desc, enqueued_at, id limit @limit";
        var select = $"select {ConversationColumns.Read} from conversations "
            + "where queue_id = @queue and state = 'waiting'";
        var max = (long)Math.Clamp(limit, 1, WaitingMax);
        var statement = after is null
            ? new Statement($"{select} {order}", ("@queue", queueId), ("@limit", max))
            : new Statement(
                // Written out rather than as a row comparison: priority falls while the others rise.
                $"""
                {select} and (priority < @priority or (priority = @priority and (enqueued_at, id) > (@enqueued, @id)))
                {order}
                """,
                ("@queue", queueId), ("@priority", (long)after.Priority),
                ("@enqueued", Times.ToMicros(after.EnqueuedAt)), ("@id", after.Id), ("@limit", max));
        return await database.Query(statement, ConversationColumns.From, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<ConversationRow>> HeldBy(
        string agentId, CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement(
                $"""
                select {ConversationColumns.Read} from conversations
                where agent_id = @agent and state in ('offered', 'assigned')
                order by started_at, id limit @limit
                """,
                ("@agent", agentId), ("@limit", (long)HeldMax)),
            ConversationColumns.From, cancellationToken).ConfigureAwait(false);

    public async Task<ConversationRow?> NewestOf(
        string siteId, string visitorId, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement(
                $"""
                select {ConversationColumns.Read} from conversations where visitor_id = @visitor and site_id = @site
                order by started_at desc, id desc limit 1
                """,
                ("@visitor", visitorId), ("@site", siteId)),
            ConversationColumns.From, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    public async Task<ConversationPage> List(ConversationQuery query, CancellationToken cancellationToken = default)
    {
        var limit = Math.Clamp(query.Limit, 1, PageMax);
        var rows = await database.Query(
            Page(query, limit), static row => (Row: ConversationColumns.From(row),
                ActiveAt: row.GetInt64(ConversationColumns.ActiveAt)),
            cancellationToken).ConfigureAwait(false);
        if (rows.Count <= limit)
            return new ConversationPage([.. rows.Select(r => r.Row)], null);
        var (last, activeAt) = rows[limit - 1];
        return new ConversationPage(
            [.. rows.Take(limit).Select(r => r.Row)], ListCursor.After(query.Order, last, activeAt).ToString());
    }

    public async Task<IReadOnlyList<QueueCounts>> Counts(CancellationToken cancellationToken = default)
    {
        // Each line weighs by when it began, so that one line's fall and another's rise do not make up for each other.
        var parts = await database.Query(
            new Statement(
                """
                select queue_id, state, count(*),
                    cast(sum((started_at % 1000003 + 1) * (version + activity_version)) as bigint)
                from conversations where state <> 'closed' group by queue_id, state order by queue_id, state
                """),
            static row => (Queue: row.GetString(0), State: row.GetString(1), Count: (int)row.GetInt64(2), Mark: row.GetInt64(3)),
            cancellationToken).ConfigureAwait(false);
        return [.. parts.GroupBy(part => part.Queue).Select(queue => new QueueCounts(
            queue.Key, Of(queue, "waiting"), Of(queue, "offered"), Of(queue, "assigned"), Of(queue, "snoozed"),
            queue.Aggregate(17L, static (mark, part) => unchecked((mark * 31) + part.Mark))))];

        static int Of(IEnumerable<(string Queue, string State, int Count, long Mark)> parts, string state) =>
            parts.Where(part => part.State == state).Sum(part => part.Count);
    }

    public void Touch(string id, ConversationActivity activity) => writer.Touch(id, activity);

    public async Task<IReadOnlyList<string>> StaleActivity(
        string? afterId, int limit, CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement(
                """
                select id from conversations where state <> 'closed' and id > @after
                    and activity_version < (select max(version) from journal where stream = conversations.stream)
                order by id limit @limit
                """,
                ("@after", afterId ?? ""), ("@limit", (long)Math.Clamp(limit, 1, WaitingMax))),
            static row => row.GetString(0), cancellationToken).ConfigureAwait(false);

    public void MarkRead(string conversationId, string reader, long upTo) =>
        writer.MarkRead(conversationId, reader, upTo);

    public async Task<ImmutableArray<ReadMark>> ReadMarks(
        string conversationId, CancellationToken cancellationToken = default) =>
        [.. await database.Query(
            new Statement(
                "select reader, up_to from read_marks where conversation_id = @id order by reader",
                ("@id", conversationId)),
            static row => new ReadMark(row.GetString(0), row.GetInt64(1)), cancellationToken).ConfigureAwait(false)];

    public async Task<IReadOnlyDictionary<string, long>> ReadUpTo(
        IReadOnlyList<string> conversationIds, string reader, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(conversationIds.Count, WaitingMax);
        return (await database.Query(
            new Statement(
                $"""
                select conversation_id, up_to from {database.Listed("@ids")}
                join read_marks on conversation_id = listed.value and reader = @reader
                """,
                ("@ids", database.List([.. conversationIds.Distinct(StringComparer.Ordinal)])), ("@reader", reader)),
            static row => (Id: row.GetString(0), UpTo: row.GetInt64(1)), cancellationToken).ConfigureAwait(false))
            .ToDictionary(mark => mark.Id, mark => mark.UpTo, StringComparer.Ordinal);
    }

    private Statement Page(ConversationQuery query, int limit)
    {
        var (sql, values) = ConversationConditions.Of(query, database);
        if (query.Cursor is { } text)
        {
            var cursor = ListCursor.Parse(query.Order, text);
            sql += query.Order switch
            {
                ConversationOrder.Activity => " and (active_at, id) < (@cursor_at, @cursor_id)",
                ConversationOrder.Waiting => " and (enqueued_at, id) > (@cursor_at, @cursor_id)",
                // Written out rather than as a row comparison: priority falls while the others rise.
                _ => " and (priority < @cursor_priority"
                    + " or (priority = @cursor_priority and (enqueued_at, id) > (@cursor_at, @cursor_id)))",
            };
            values.AddRange([("@cursor_at", cursor.At), ("@cursor_id", cursor.Id)]);
            if (query.Order == ConversationOrder.Priority)
                values.Add(("@cursor_priority", cursor.Priority));
        }
        // One more than asked tells whether there is a next page.
        values.Add(("@limit", limit + 1L));
        var order = query.Order switch
        {
            ConversationOrder.Activity => "active_at desc, id desc",
            ConversationOrder.Waiting => "enqueued_at, id",
            _ => "priority desc, enqueued_at, id",
        };
        return new Statement(
            $"select {ConversationColumns.Read} from conversations where 1 = 1{sql} order by {order} limit @limit",
            [.. values]);
    }
}
