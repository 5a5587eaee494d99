using System.Globalization;
using CustomerService.Dialogues;
using Npgsql;
using NpgsqlTypes;

namespace CustomerService.Load.Suite;

/// <summary>Fills a PostgreSQL of the product with a history nobody had, set by set, as the product would have stored it.
/// For measuring what much history costs; reads the tables' names, so it belongs to this version.</summary>
public sealed class Seed(string connectionString)
{
    private const string MessageType = "conversation.message-posted.v1";

    /// <summary>Texts of the dialogues, the same for every seed.</summary>
    public static IReadOnlyList<string> Texts { get; } =
        [.. DialogueLibrary.Load().SelectMany(d => d.Turns).Select(t => t.Text).Distinct()];

    /// <summary>Adds closed and held conversations with messages of two sentences and a number of their own
    /// (<c>N17</c>), spread over them by turns, newest last.</summary>
    public async Task Conversations(long count, long messages, Action<string> say, CancellationToken cancellationToken)
    {
        await using var connection = await Open(cancellationToken);
        await WithTexts(connection, cancellationToken);
        var turns = messages / count;
        var start = Micros(DateTimeOffset.UtcNow.AddDays(-30));
        var step = 30L * 24 * 3600 * 1_000_000 / Math.Max(1, messages);
        await Run(connection,
            """
            insert into conversations (id, stream, version, site_id, visitor_id, visitor_name, queue_id, state, agent_id,
                reservation_id, priority, enqueued_at, started_at, closed_at, locale, activity_version, visitor_head,
                last_message_at, preview, last_author, messages, active_at)
            select 'seed-' || c, 'conversation/seed-' || c, 2 + $2, 'demo', 'v-' || c, '',
                case when c % 2 = 0 then 'default' else 'q' || (c % 9) end,
                case when c % 5 = 0 then 'assigned' else 'closed' end,
                case when c % 5 = 0 then 'a-' || (c % 500) end, case when c % 5 = 0 then 'r-' || c end, 0,
                $3 + c * $4, $3 + c * $4, case when c % 5 <> 0 then $3 + (($2 - 1) * $1 + c) * $4 end, 'zh-CN', 2 + $2, 1 + $2,
                $3 + (($2 - 1) * $1 + c) * $4, 'N' || (($2 - 1) * $1 + c), 'visitor:v-' || c, $2,
                $3 + (($2 - 1) * $1 + c) * $4
            from generate_series(1, $1) c
            """, cancellationToken, count, turns, start, step);
        for (var turn = 0L; turn < turns; turn++)
        {
            await Run(connection,
                $"""
                insert into journal (stream, version, append_id, type, at, data, visitor_sequence)
                select 'conversation/seed-' || c, 3 + $2, gen_random_uuid(), '{MessageType}', $3 + ($2 * $1 + c) * $4,
                    {Data("'m-' || c || '-' || $2", "'visitor'", "'v-' || c", "a.text || b.text || ' N' || ($2 * $1 + c)")},
                    2 + $2
                from generate_series(1, $1) c
                join seed_texts a on a.n = (c * 7919 + $2 * 104729) % (select count(*) from seed_texts)
                join seed_texts b on b.n = (c * 15485863 + $2 * 31) % (select count(*) from seed_texts)
                order by c
                """, cancellationToken, count, turn, start, step);
            if ((turn + 1) % 10 == 0)
                say(string.Create(CultureInfo.InvariantCulture, $"  {(turn + 1) * count:N0} messages"));
        }
        await Settle(connection, cancellationToken);
    }

    /// <summary>Makes conversations long: messages after their last version, as if written by others meanwhile.</summary>
    public async Task Lengthen(IReadOnlyList<string> conversations, int to, CancellationToken cancellationToken)
    {
        await using var connection = await Open(cancellationToken);
        await WithTexts(connection, cancellationToken);
        foreach (var id in conversations)
        {
            await Run(connection,
                $"""
                insert into journal (stream, version, append_id, type, at, data, visitor_sequence)
                select h.stream, h.version + i, gen_random_uuid(), '{MessageType}', $3,
                    {Data("'m-' || i", "'visitor'", "'v'", "t.text")}, h.visible + i
                from (select stream, max(version) as version, max(visitor_sequence) as visible from journal
                    where stream = 'conversation/' || $1 group by stream) h
                cross join generate_series(1, $2) i
                join seed_texts t on t.n = i % (select count(*) from seed_texts)
                order by i
                """, cancellationToken, id, (long)to, Micros(DateTimeOffset.UtcNow));
        }
        await Settle(connection, cancellationToken);
    }

    /// <summary>Adds conversations that are open and held, with one message each.</summary>
    public async Task OpenConversations(long count, CancellationToken cancellationToken)
    {
        await using var connection = await Open(cancellationToken);
        await WithTexts(connection, cancellationToken);
        var now = Micros(DateTimeOffset.UtcNow);
        await Run(connection,
            """
            insert into conversations (id, stream, version, site_id, visitor_id, visitor_name, queue_id, state, agent_id,
                reservation_id, priority, enqueued_at, started_at, locale, activity_version, visitor_head,
                last_message_at, preview, last_author, messages, active_at)
            select 'open-' || c, 'conversation/open-' || c, 1, 'demo', 'v-' || c, '', 'default', 'assigned',
                'a-' || (c % 20000), 'r-' || c, 0, $2, $2, 'zh-CN', 1, 1, $2, 'N' || c, 'visitor:v-' || c, 1, $2
            from generate_series(1, $1) c
            """, cancellationToken, count, now);
        await Run(connection,
            $"""
            insert into journal (stream, version, append_id, type, at, data, visitor_sequence)
            select 'conversation/open-' || c, 1, gen_random_uuid(), '{MessageType}', $2,
                {Data("'m-' || c", "'visitor'", "'v-' || c", "t.text")}, 1
            from generate_series(1, $1) c join seed_texts t on t.n = c % (select count(*) from seed_texts) order by c
            """, cancellationToken, count, now);
        await Run(connection,
            "insert into deadlines (stream, due_at) select 'conversation/open-' || c, $2 from generate_series(1, $1) c",
            cancellationToken, count, now + (86_400L * 1_000_000));
        await Settle(connection, cancellationToken);
    }

    /// <summary>Completes when the product's search index has everything: what it costs belongs to no other figure.
    /// </summary>
    /// <returns>Messages indexed a second meanwhile.</returns>
    public async Task<double> Indexed(TimeSpan within, CancellationToken cancellationToken)
    {
        await using var connection = await Open(cancellationToken);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        double first = -1;
        while (true)
        {
            await using var command = new NpgsqlCommand(
                "select (select coalesce(max(upto_position), 0) from search_blocks), (select coalesce(max(position), 0) from journal)",
                connection);
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                await reader.ReadAsync(cancellationToken);
                var (done, all) = (reader.GetInt64(0), reader.GetInt64(1));
                if (first < 0)
                    first = done;
                if (done >= all)
                    return (done - first) / clock.Elapsed.TotalSeconds;
            }
            if (clock.Elapsed > within)
                throw new TimeoutException("The search index did not catch up.");
            await Task.Delay(200, cancellationToken);
        }
    }

    private async Task<NpgsqlConnection> Open(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Command Timeout=0");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task WithTexts(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await Run(connection, "create temp table seed_texts (n bigint primary key, text text not null)", cancellationToken);
        await using (var copy = await connection.BeginBinaryImportAsync(
            "copy seed_texts (n, text) from stdin (format binary)", cancellationToken))
        {
            for (var n = 0; n < Texts.Count; n++)
            {
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync((long)n, NpgsqlDbType.Bigint, cancellationToken);
                await copy.WriteAsync(Texts[n], NpgsqlDbType.Text, cancellationToken);
            }
            await copy.CompleteAsync(cancellationToken);
        }
        await Run(connection, "analyze seed_texts", cancellationToken);
    }

    private static string Data(string id, string kind, string author, string text) =>
        $"""
        convert_to(json_build_object('messageId', {id}, 'clientMessageId', {id}, 'author', json_build_object(
            'kind', {kind}, 'id', {author}, 'name', ''), 'text', {text})::text, 'UTF8')
        """;

    private static async Task Settle(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await Run(connection, "analyze journal", cancellationToken);
        await Run(connection, "analyze conversations", cancellationToken);
        await Run(connection, "checkpoint", cancellationToken);
    }

    private static async Task Run(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
#pragma warning disable CA2100 // Built of constants; every value is a parameter.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static long Micros(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
