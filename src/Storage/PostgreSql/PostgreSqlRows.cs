using System.Runtime.InteropServices;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Database;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Writer;
using Npgsql;
using NpgsqlTypes;

namespace CustomerService.Storage.PostgreSql;

/// <summary>Turns a batch into statements over arrays, one for each table however many rows there are. Rows go in the
/// order of their keys, so that two processes lock what they share in one order.</summary>
internal static class PostgreSqlRows
{
    private const NpgsqlDbType Text = NpgsqlDbType.Array | NpgsqlDbType.Text;
    private const NpgsqlDbType Long = NpgsqlDbType.Array | NpgsqlDbType.Bigint;
    private const NpgsqlDbType Bytea = NpgsqlDbType.Array | NpgsqlDbType.Bytea;
    private const NpgsqlDbType Uuid = NpgsqlDbType.Array | NpgsqlDbType.Uuid;

    private const string UpsertRows =
        "insert into conversations (id, stream, version, site_id, visitor_id, visitor_name, queue_id, state, agent_id, "
        + "reservation_id, priority, enqueued_at, skipped_agent_id, started_at, closed_at, rating, locale, active_at, "
        + "tags, snoozed_until) "
        + "select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, "
        + "$20) ";

    /// <param name="batch">Takes the statements.</param>
    /// <param name="appends">At least one.</param>
    /// <param name="written">Last versions that are known to be stored.</param>
    public static void Fill(NpgsqlBatch batch, List<PendingAppend> appends, IReadOnlyDictionary<string, long> written)
    {
        Expected(batch, appends, written);
        Events(batch, appends);
        Erasures(batch, appends);
        Discards(batch, appends);
        // Most batches are messages alone, which have nothing but events.
        if (appends.Exists(static a => !a.Append.Owed.IsDefaultOrEmpty))
            Effects(batch, appends);
        if (appends.Exists(static a => a.Append.Row is not null))
        {
            Rows(batch, appends);
            Activities(batch, [.. appends.Where(a => a.Append.Row is { Activity.Version: > 0 })
                .Select(a => (a.Append.Row!.Id, a.Append.Row.Activity))]);
        }
        if (appends.Exists(static a => a.Append.Deadline.Kind != DeadlineChangeKind.Keep))
            Deadlines(batch, appends);
    }

    /// <summary>Whether <see cref="Fill(NpgsqlBatch, List{PendingAppend}, IReadOnlyDictionary{string, long})"/> would come
    /// to the one statement for events.</summary>
    public static bool AreEventsAlone(List<PendingAppend> appends, IReadOnlyDictionary<string, long> written)
    {
        foreach (var pending in appends)
        {
            if (pending.Append is not
                {
                    Row: null, Owed.IsDefaultOrEmpty: true, Erased.IsDefaultOrEmpty: true,
                    Discarded.IsDefaultOrEmpty: true, Deadline.Kind: DeadlineChangeKind.Keep,
                }
                || !Follows(pending.Append, written))
            {
                return false;
            }
        }
        return true;
    }

    public static void Fill(NpgsqlBatch batch, CoalescedWrites coalesced)
    {
        Activities(batch, [.. coalesced.Activities().Select(a => (a.Key, a.Value))]);
        MarksAndCompletions(batch, coalesced);
    }

    public static NpgsqlParameter Texts(IEnumerable<string?> values) => Array(Text, values.ToArray());

    public static NpgsqlParameter Longs(IEnumerable<long> values) => Array(Long, values.ToArray());

    public static NpgsqlParameter Uuids(IEnumerable<Guid> values) => Array(Uuid, values.ToArray());

    public static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
#pragma warning disable CA2100 // Statements are constants of this assembly; every value is a parameter.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    private static bool Follows(Append append, IReadOnlyDictionary<string, long> written) =>
        append.ExpectedVersion == 0
        || (written.TryGetValue(append.Stream, out var last) && last == append.ExpectedVersion);

    private static void Expected(
        NpgsqlBatch batch, List<PendingAppend> appends, IReadOnlyDictionary<string, long> written)
    {
        var following = appends.FindAll(a => !Follows(a.Append, written));
        if (following.Count == 0)
            return;
        Add(batch,
            """
            select journal_refuse(a.stream) from unnest($1, $2) as a(stream, expected)
            where not exists (select 1 from journal j where j.stream = a.stream and j.version = a.expected)
            """,
            Texts(following.Select(a => a.Append.Stream)), Longs(following.Select(a => a.Append.ExpectedVersion)));
    }

    private static void Events(NpgsqlBatch batch, List<PendingAppend> appends)
    {
        var rows = new PostgreSqlEvents();
        rows.Take(appends);
        Add(batch, PostgreSqlEvents.Insert, rows.Parameters);
    }

    private static void Erasures(NpgsqlBatch batch, List<PendingAppend> appends)
    {
        var erased = appends.SelectMany(a => a.Append.Erased, (a, one) => (a.Append.Stream, Erasure: one)).ToList();
        if (erased.Count == 0)
            return;
        Add(batch,
            """
            update journal j set data = e.data, content_hash = null
            from unnest($1, $2, $3) as e(stream, version, data)
            where j.stream = e.stream and j.version = e.version
            """,
            Texts(erased.Select(e => e.Stream)), Longs(erased.Select(e => e.Erasure.Version)),
            Array(Bytea, erased.Select(e => Bytes(e.Erasure.Data)).ToArray()));
    }

    private static void Discards(NpgsqlBatch batch, List<PendingAppend> appends)
    {
        var uploads = appends.SelectMany(a => a.Append.Discarded).ToList();
        if (uploads.Count > 0)
            Add(batch, "update uploads set state = 'removed' where id = any($1) and state = 'used'", Texts(uploads));
    }

    private static void Effects(NpgsqlBatch batch, List<PendingAppend> appends)
    {
        var owed = appends.SelectMany(a => a.Append.Owed, (a, effect) => (a.Append, Effect: effect)).ToList();
        if (owed.Count == 0)
            return;
        Add(batch,
            """
            insert into outbox (id, stream, version, kind, target, payload, due_at, owed_at, attempts)
            select id, stream, version, kind, target, payload, due_at, due_at, 0
            from unnest($1, $2, $3, $4, $5, $6, $7) as o(id, stream, version, kind, target, payload, due_at)
            """,
            Texts(owed.Select(o => o.Effect.Id)), Texts(owed.Select(o => o.Append.Stream)),
            Longs(owed.Select(o => o.Append.ExpectedVersion + o.Append.Events.Length)),
            Texts(owed.Select(o => o.Effect.Kind)), Texts(owed.Select(o => o.Effect.Target)),
            Array(Bytea, owed.Select(o => Bytes(o.Effect.Payload)).ToArray()),
            Longs(owed.Select(o => Times.ToMicros(o.Effect.DueAt))));
    }

    private static void Rows(NpgsqlBatch batch, List<PendingAppend> appends)
    {
        // One row of an id at most: two rows of one statement can't update the same line.
        var rows = appends.Where(a => a.Append.Row is not null).GroupBy(a => a.Append.Row!.Id, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.MaxBy(a => a.Append.Row!.Version)!)
            .Select(a => (a.Append.Stream, Row: a.Append.Row!)).ToList();
        if (rows.Count == 0)
            return;
        Add(batch, UpsertRows + ConversationColumns.OnConflict,
            Texts(rows.Select(r => r.Row.Id)), Texts(rows.Select(r => r.Stream)),
            Longs(rows.Select(r => r.Row.Version)), Texts(rows.Select(r => r.Row.SiteId)),
            Texts(rows.Select(r => r.Row.VisitorId)), Texts(rows.Select(r => r.Row.VisitorName)),
            Texts(rows.Select(r => r.Row.QueueId)), Texts(rows.Select(r => r.Row.State)),
            Texts(rows.Select(r => r.Row.AgentId)), Texts(rows.Select(r => r.Row.ReservationId)),
            Longs(rows.Select(r => (long)r.Row.Priority)),
            Longs(rows.Select(r => Times.ToMicros(r.Row.EnqueuedAt))),
            Texts(rows.Select(r => r.Row.SkippedAgentId)), Longs(rows.Select(r => Times.ToMicros(r.Row.StartedAt))),
            Array(Long, rows.Select(r => Times.ToMicros(r.Row.ClosedAt)).ToArray()),
            Array(Long, rows.Select(r => (long?)r.Row.Rating).ToArray()), Texts(rows.Select(r => r.Row.Locale)),
            Longs(rows.Select(r => Times.ToMicros(r.Row.StartedAt))),
            Texts(rows.Select(r => ConversationColumns.TagText(r.Row.Tags))),
            Array(Long, rows.Select(r => Times.ToMicros(r.Row.SnoozedUntil)).ToArray()));
    }

    private static void Deadlines(NpgsqlBatch batch, List<PendingAppend> appends)
    {
        var set = appends.Where(a => a.Append.Deadline.Kind == DeadlineChangeKind.Set).ToList();
        if (set.Count > 0)
        {
            Add(batch,
                """
                insert into deadlines (stream, due_at) select * from unnest($1, $2)
                on conflict (stream) do update set due_at = excluded.due_at
                """,
                Texts(set.Select(a => a.Append.Stream)),
                Longs(set.Select(a => Times.ToMicros(a.Append.Deadline.DueAt))));
        }
        var clear = appends.Where(a => a.Append.Deadline.Kind == DeadlineChangeKind.Clear).ToList();
        if (clear.Count > 0)
        {
            Add(batch, "delete from deadlines where stream = any($1)",
                Texts(clear.Select(a => a.Append.Stream)));
        }
    }

    private static void Activities(NpgsqlBatch batch, List<(string Id, ConversationActivity Activity)> given)
    {
        if (given.Count == 0)
            return;
        var rows = given.GroupBy(a => a.Id, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => g.MaxBy(a => a.Activity.Version)).ToList();
        Add(batch,
            """
            update conversations c set activity_version = a.version, visitor_head = a.head, last_message_at = a.at,
                preview = a.preview, last_author = a.author, messages = a.messages,
                active_at = coalesce(a.at, c.started_at)
            from unnest($1, $2, $3, $4, $5, $6, $7) as a(id, version, head, at, preview, author, messages)
            where c.id = a.id and c.activity_version < a.version
            """,
            Texts(rows.Select(r => r.Id)), Longs(rows.Select(r => r.Activity.Version)),
            Longs(rows.Select(r => r.Activity.VisitorHead)),
            Array(Long, rows.Select(r => Times.ToMicros(r.Activity.LastMessageAt)).ToArray()),
            Texts(rows.Select(r => r.Activity.Preview)), Texts(rows.Select(r => r.Activity.LastAuthor)),
            Longs(rows.Select(r => (long)r.Activity.Messages)));
    }

    private static void MarksAndCompletions(NpgsqlBatch batch, CoalescedWrites coalesced)
    {
        var marks = coalesced.Marks();
        if (marks.Count > 0)
        {
            Add(batch,
                """
                insert into read_marks (conversation_id, reader, up_to) select * from unnest($1, $2, $3)
                on conflict (conversation_id, reader) do update set up_to = excluded.up_to
                where read_marks.up_to < excluded.up_to
                """,
                Texts(marks.Select(m => m.Key.Conversation)), Texts(marks.Select(m => m.Key.Reader)),
                Longs(marks.Select(m => m.Value)));
        }
        var completed = coalesced.Completed();
        if (completed.Count > 0)
            Add(batch, "delete from outbox where id = any($1)", Texts(completed));
    }

    private static NpgsqlParameter<T[]> Array<T>(NpgsqlDbType type, T[] values) =>
        new() { NpgsqlDbType = type, TypedValue = values };

    internal static byte[] Bytes(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0
            && segment.Count == segment.Array!.Length
            ? segment.Array
            : memory.ToArray();
}
