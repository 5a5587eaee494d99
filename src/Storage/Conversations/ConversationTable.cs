using System.Collections.Immutable;
using System.Globalization;
using System.Text;
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
        return new ConversationPage([.. rows.Take(limit).Select(r => r.Row)], Cursor(activeAt, last.Id));
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
        if (query.Cursor is { } cursor)
        {
            var (activeAt, id) = Parse(cursor);
            sql += " and (active_at, id) < (@cursor_at, @cursor_id)";
            values.AddRange([("@cursor_at", activeAt), ("@cursor_id", id)]);
        }
        // One more than asked tells whether there is a next page.
        values.Add(("@limit", limit + 1L));
        return new Statement(
            $"select {ConversationColumns.Read} from conversations where 1 = 1{sql} "
            + "order by active_at desc, id desc limit @limit",
            [.. values]);
    }

    private static string Cursor(long activeAt, string id) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{activeAt} {id}")));

    private static (long ActiveAt, string Id) Parse(string cursor)
    {
        var bytes = new byte[cursor.Length];
        if (Convert.TryFromBase64String(cursor, bytes, out var written)
            && Encoding.UTF8.GetString(bytes, 0, written).Split(' ', 2) is [var at, var id]
            && long.TryParse(at, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var activeAt))
        {
            return (activeAt, id);
        }
        throw new InvalidCursorException();
    }
}
