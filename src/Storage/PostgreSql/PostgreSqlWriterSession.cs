using System.Data;
using System.Diagnostics;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Writer;
using Npgsql;

namespace CustomerService.Storage.PostgreSql;

/// <summary>A connection of the writer. Used by one caller at a time.</summary>
internal sealed class PostgreSqlWriterSession(string connectionString) : IAsyncDisposable
{
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromMilliseconds(100);

    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _insert;
    private PostgreSqlEvents _events = new();
    private int _backendId;
    private DateTime _backendStart;

    /// <summary>Connects if need be, trying again until the time is over; then throws the last failure.</summary>
    /// <returns>Whether it is a new session.</returns>
    public async Task<bool> Connect(TimeSpan timeMax)
    {
        if (_connection is { State: ConnectionState.Open })
            return false;
        await Drop().ConfigureAwait(false);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var connection = new NpgsqlConnection(connectionString);
            try
            {
                await connection.OpenAsync().ConfigureAwait(false);
                await using var command = new NpgsqlCommand(
                    "select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()", connection);
                await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
                await reader.ReadAsync().ConfigureAwait(false);
                (_backendId, _backendStart) = (reader.GetInt32(0), reader.GetDateTime(1));
                _connection = connection;
                return true;
            }
            catch (Exception failure) when (failure is NpgsqlException || PostgreSqlFailures.IsLost(failure))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                if (Stopwatch.GetElapsedTime(started) + ConnectAgainAfter > timeMax)
                    throw;
            }
            await Task.Delay(ConnectAgainAfter).ConfigureAwait(false);
        }
    }

    /// <summary>How many of the appends are in the journal, asked over a new connection after the old session is gone
    /// on the server too: then nothing of it can still land. Tries again until the time is over; then throws the last
    /// failure.</summary>
    public async Task<long> CountStoredAnew(List<PendingAppend> appends, TimeSpan timeMax)
    {
        var (oldId, oldStart) = (_backendId, _backendStart);
        await Drop().ConfigureAwait(false);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await Connect(timeMax).ConfigureAwait(false);
                if (await IsGone(oldId, oldStart).ConfigureAwait(false))
                    return appends.Count == 0 ? 0 : await CountStored(appends).ConfigureAwait(false);
                if (Stopwatch.GetElapsedTime(started) > timeMax)
                    throw new TimeoutException("The writer's former session could not be ended.");
            }
            catch (Exception failure) when (PostgreSqlFailures.IsLost(failure)
                && Stopwatch.GetElapsedTime(started) < timeMax)
            {
                await Drop().ConfigureAwait(false);
            }
            await Task.Delay(ConnectAgainAfter).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a batch as one transaction in one round trip.</summary>
    public async Task Send(Action<NpgsqlBatch> fill)
    {
        await using var batch = new NpgsqlBatch(_connection);
        fill(batch);
        // Without a transaction of its own a batch is one: it commits as it ends.
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>Runs appends that are nothing but events, as one transaction in one round trip.</summary>
    public async Task Insert(List<PendingAppend> appends)
    {
        if (_insert is null)
        {
            _insert = new NpgsqlCommand(PostgreSqlEvents.Insert, _connection);
            _insert.Parameters.AddRange(_events.Parameters);
            await _insert.PrepareAsync().ConfigureAwait(false);
        }
        _events.Take(appends);
        try
        {
            await _insert.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        finally
        {
            _events.Clear();
        }
    }

    public async Task Run(SmallWrite write)
    {
#pragma warning disable CA2100 // Statements are constants of this assembly; every value is a parameter.
        await using var command = new NpgsqlCommand(write.Statement.Sql, _connection);
#pragma warning restore CA2100
        foreach (var (name, value) in write.Statement.Parameters)
            command.Parameters.AddWithValue(name[1..], value ?? DBNull.Value);
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
            write.Row(reader);
    }

    private async Task<bool> IsGone(int backendId, DateTime backendStart)
    {
        // The start time tells our session from a later one with the same number.
        await using var command = new NpgsqlCommand(
            "select pg_terminate_backend(pid, 1000) from pg_stat_activity where pid = $1 and backend_start = $2",
            _connection)
        {
            Parameters = { new() { Value = backendId }, new() { Value = backendStart } },
        };
        return await command.ExecuteScalarAsync().ConfigureAwait(false) is not false;
    }

    private async Task<long> CountStored(List<PendingAppend> appends)
    {
        await using var command = new NpgsqlCommand(
            """
            select count(*) from unnest($1, $2, $3) as a(stream, version, id)
            join journal j on j.stream = a.stream and j.version = a.version and j.append_id = a.id
            """,
            _connection);
        command.Parameters.Add(PostgreSqlRows.Texts(appends.Select(a => a.Append.Stream)));
        command.Parameters.Add(PostgreSqlRows.Longs(appends.Select(a => a.Append.ExpectedVersion + 1)));
        command.Parameters.Add(PostgreSqlRows.Uuids(appends.Select(a => a.Id)));
        return (long)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;
    }

    /// <summary>Sets the outcome of every append whose version or client id is taken, or whose expected version is
    /// missing. A stale owner is told of the conflict even where its id is stored too: its state is what is
    /// wrong.</summary>
    public async Task MarkRefused(List<PendingAppend> appends)
    {
        foreach (var n in await Numbers(
            """
            select a.n from unnest($1, $2) with ordinality as a(stream, expected, n)
            where (a.expected > 0
                    and not exists (select 1 from journal j where j.stream = a.stream and j.version = a.expected))
                or exists (select 1 from journal j where j.stream = a.stream and j.version = a.expected + 1)
            """,
            PostgreSqlRows.Texts(appends.Select(a => a.Append.Stream)),
            PostgreSqlRows.Longs(appends.Select(a => a.Append.ExpectedVersion))).ConfigureAwait(false))
        {
            var append = appends[(int)n - 1];
            append.Outcome = new StreamConflictException(append.Append.Stream, append.Append.ExpectedVersion);
        }
        var named = appends.Where(a => a.Outcome is null)
            .SelectMany(a => a.Append.Events, static (a, fact) => (Append: a, Fact: fact))
            .Where(static f => f.Fact.ClientId is not null).ToList();
        foreach (var n in await Numbers(
            """
            select a.n from unnest($1, $2, $3) with ordinality as a(stream, author, client_id, n)
            where exists (
                select 1 from journal j
                where j.stream = a.stream and j.author = a.author and j.client_id = a.client_id)
            """,
            PostgreSqlRows.Texts(named.Select(f => f.Append.Append.Stream)),
            PostgreSqlRows.Texts(named.Select(f => f.Fact.Author)),
            PostgreSqlRows.Texts(named.Select(f => f.Fact.ClientId))).ConfigureAwait(false))
        {
            var append = named[(int)n - 1].Append;
            append.Outcome ??= new DuplicateClientIdException(append.Append.Stream);
        }
    }

    public async Task Drop()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            if (_insert is { } insert)
            {
                (_insert, _events) = (null, new PostgreSqlEvents()); // Parameters belong to one command.
                await insert.DisposeAsync().ConfigureAwait(false);
            }
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync() => await Drop().ConfigureAwait(false);

    private async Task<List<long>> Numbers(string sql, params NpgsqlParameter[] parameters)
    {
#pragma warning disable CA2100 // Constants of this class.
        await using var command = new NpgsqlCommand(sql, _connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        var numbers = new List<long>();
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
            numbers.Add(reader.GetInt64(0));
        return numbers;
    }
}
