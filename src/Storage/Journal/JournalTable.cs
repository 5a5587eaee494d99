using System.Data.Common;
using CustomerService.Storage.Database;
using CustomerService.Storage.Writer;

namespace CustomerService.Storage.Journal;

/// <summary>The journal: appends go to the writer, reads to the database.</summary>
internal sealed class JournalTable(IDatabase database, JournalWriter writer) : IJournal
{
    private const int ReadMax = 1_000;
    private const int HeadsMax = 10_000;

    private const string Select =
        "select stream, version, position, type, at, data, visitor_sequence, author, client_id, content_hash "
        + "from journal where stream = @stream";

    public Task Append(Append append, CancellationToken cancellationToken = default)
    {
        AppendLimits.Check(append);
        return writer.Append(append, cancellationToken);
    }

    public Task<IReadOnlyList<StoredEvent>> Read(
        string stream, long after, int limit, CancellationToken cancellationToken = default) =>
        Read("and version > @from order by version", stream, after, limit, cancellationToken);

    public async Task<IReadOnlyList<StoredEvent>> ReadBefore(
        string stream, long before, int limit, CancellationToken cancellationToken = default) =>
        Ascending(await Read("and version < @from order by version desc", stream, before, limit, cancellationToken)
            .ConfigureAwait(false));

    public Task<IReadOnlyList<StoredEvent>> ReadVisible(
        string stream, long afterVisitorSequence, int limit, CancellationToken cancellationToken = default) =>
        Read("and visitor_sequence > @from order by visitor_sequence", stream, afterVisitorSequence, limit,
            cancellationToken);

    public async Task<IReadOnlyList<StoredEvent>> ReadVisibleBefore(
        string stream, long beforeVisitorSequence, int limit, CancellationToken cancellationToken = default) =>
        Ascending(await Read("and visitor_sequence < @from order by visitor_sequence desc", stream,
            beforeVisitorSequence, limit, cancellationToken).ConfigureAwait(false));

    public async Task<IReadOnlyList<StreamHead>> Heads(
        IReadOnlyList<string> streams, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(streams.Count, HeadsMax);
        if (streams.Count == 0)
            return [];
        // Two steps down an index for each stream: the length of the stream does not matter.
        return await database.Query(
            new Statement(
                $"""
                select listed.value,
                    coalesce((select max(version) from journal where stream = listed.value), 0),
                    coalesce((select max(visitor_sequence) from journal
                        where stream = listed.value and visitor_sequence is not null), 0)
                from {database.Listed("@streams")} order by listed.n
                """,
                ("@streams", database.List(streams))),
            static row => new StreamHead(row.GetString(0), row.GetInt64(1), row.GetInt64(2)),
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<StoredEvent?> FindByClientId(
        string stream, string author, string clientId, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement(
                $"{Select} and author = @author and client_id = @client",
                ("@stream", stream), ("@author", author), ("@client", clientId)),
            From, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    private async Task<IReadOnlyList<StoredEvent>> Read(
        string where, string stream, long from, int limit, CancellationToken cancellationToken) =>
        await database.Query(
            new Statement(
                $"{Select} {where} limit @limit",
                ("@stream", stream), ("@from", from), ("@limit", (long)Math.Clamp(limit, 1, ReadMax))),
            From, cancellationToken).ConfigureAwait(false);

    private static StoredEvent[] Ascending(IReadOnlyList<StoredEvent> events) => [.. events.Reverse()];

    private static StoredEvent From(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), row.Time(4), row.Bytes(5))
    {
        VisitorSequence = row.NumberOrNull(6),
        Author = row.TextOrNull(7),
        ClientId = row.TextOrNull(8),
        ContentHash = row.Bytes(9),
    };
}
