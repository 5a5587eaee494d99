using System.Data.Common;
using CustomerService.Storage.Database;
using CustomerService.Storage.Journal;
using Npgsql;

namespace CustomerService.Storage.PostgreSql;

/// <summary>PostgreSQL as the tables see it: a pool of connections with prepared statements.</summary>
internal sealed class PostgreSqlDatabase(StorageOptions options) : IDatabase
{
    private const int TriesMax = 4;

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(PostgreSqlConnections.ForPool(options));

    public string SkipLocked => " for update skip locked";

    public string In(string column, string parameter) => $"{column} = any({parameter})";

    public string Listed(string parameter) => $"unnest({parameter}) with ordinality as listed(value, n)";

    public string Unhex(string text) => $"decode({text}, 'hex')";

    public string Frontier =>
        "pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint, "
        + "(select case when is_called then last_value else 0 end from journal_position_seq)";

    public object List(IReadOnlyList<string> values) => values as string[] ?? [.. values];

    public Task<List<T>> Query<T>(
        Statement statement, Func<DbDataReader, T> row, CancellationToken cancellationToken) =>
        Run(statement, row, reading: true, cancellationToken);

    public Task<List<T>> Write<T>(
        Statement statement, Func<DbDataReader, T> row, CancellationToken cancellationToken) =>
        Run(statement, row, reading: false, cancellationToken);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<List<T>> Run<T>(
        Statement statement, Func<DbDataReader, T> row, bool reading, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            await using var connection = await Open(cancellationToken).ConfigureAwait(false);
            try
            {
                await using var command = Command(connection, statement);
                return await Rows(command, row, reading ? cancellationToken : CancellationToken.None)
                    .ConfigureAwait(false);
            }
            catch (PostgresException failure)
                when (PostgreSqlFailures.IsRolledBack(failure) && PostgreSqlFailures.IsWorthRepeating(failure)
                    && tries < TriesMax)
            {
                // Two that met; the next try meets nobody.
            }
            catch (PostgresException failure)
                when (PostgreSqlFailures.IsRolledBack(failure) && PostgreSqlFailures.IsAvailability(failure))
            {
                throw new JournalUnavailableException(failure);
            }
            catch (Exception failure) when (PostgreSqlFailures.IsLost(failure))
            {
                // A pooled connection is found dead only by its use: a read simply takes another.
                if (!reading)
                    throw new AppendOutcomeUnknownException(failure);
                if (tries == TriesMax || failure.InnerException is TimeoutException)
                    throw new JournalUnavailableException(failure);
                NpgsqlConnection.ClearPool(connection);
            }
        }
    }

    private async Task<NpgsqlConnection> Open(CancellationToken cancellationToken)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException || PostgreSqlFailures.IsLost(failure))
        {
            throw new JournalUnavailableException(failure);
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, Statement statement)
    {
#pragma warning disable CA2100 // Statements are constants of this assembly; every value is a parameter.
        var command = new NpgsqlCommand(statement.Sql, connection);
#pragma warning restore CA2100
        foreach (var (name, value) in statement.Parameters)
            command.Parameters.AddWithValue(name[1..], value ?? DBNull.Value);
        return command;
    }

    private static async Task<List<T>> Rows<T>(
        NpgsqlCommand command, Func<DbDataReader, T> row, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(row(reader));
        return rows;
    }
}
