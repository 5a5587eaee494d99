using CustomerService.Storage.Database;
using CustomerService.Storage.Writer;
using Npgsql;
using NpgsqlTypes;

namespace CustomerService.Storage.PostgreSql;

/// <summary>The rows of events as the parameters of their statement. Used again for each batch of a session: at a few rows
/// a batch, making parameters anew cost more than what is in them.</summary>
internal sealed class PostgreSqlEvents
{
    /// <summary>Stores the rows.</summary>
    public const string Insert =
        """
        insert into journal (stream, version, append_id, type, at, data, visitor_sequence, author, client_id,
            content_hash)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    private readonly List<string> _streams = [], _types = [];
    private readonly List<long> _versions = [], _times = [];
    private readonly List<Guid> _ids = [];
    private readonly List<byte[]> _data = [];
    private readonly List<long?> _visible = [];
    private readonly List<string?> _authors = [], _clients = [];
    private readonly List<byte[]?> _hashes = [];

    public PostgreSqlEvents() => Parameters =
    [
        Of(NpgsqlDbType.Text, _streams), Of(NpgsqlDbType.Bigint, _versions), Of(NpgsqlDbType.Uuid, _ids),
        Of(NpgsqlDbType.Text, _types), Of(NpgsqlDbType.Bigint, _times), Of(NpgsqlDbType.Bytea, _data),
        Of(NpgsqlDbType.Bigint, _visible), Of(NpgsqlDbType.Text, _authors), Of(NpgsqlDbType.Text, _clients),
        Of(NpgsqlDbType.Bytea, _hashes),
    ];

    /// <summary>In the order of the statement.</summary>
    public NpgsqlParameter[] Parameters { get; }

    /// <summary>Takes the events of these appends instead of what was there.</summary>
    public void Take(List<PendingAppend> appends)
    {
        Clear();
        foreach (var pending in appends)
        {
            var version = pending.Append.ExpectedVersion;
            foreach (var fact in pending.Append.Events)
            {
                _streams.Add(pending.Append.Stream);
                _versions.Add(++version);
                _ids.Add(pending.Id);
                _types.Add(fact.Type);
                _times.Add(Times.ToMicros(fact.At));
                _data.Add(PostgreSqlRows.Bytes(fact.Data));
                _visible.Add(fact.VisitorSequence);
                _authors.Add(fact.Author);
                _clients.Add(fact.ClientId);
                _hashes.Add(fact.ContentHash.IsEmpty ? null : PostgreSqlRows.Bytes(fact.ContentHash));
            }
        }
    }

    /// <summary>Keeps nothing alive.</summary>
    public void Clear()
    {
        _streams.Clear();
        _versions.Clear();
        _ids.Clear();
        _types.Clear();
        _times.Clear();
        _data.Clear();
        _visible.Clear();
        _authors.Clear();
        _clients.Clear();
        _hashes.Clear();
    }

    private static NpgsqlParameter<List<T>> Of<T>(NpgsqlDbType type, List<T> values) =>
        new() { NpgsqlDbType = NpgsqlDbType.Array | type, TypedValue = values };
}
