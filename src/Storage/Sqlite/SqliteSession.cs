using System.Data.Common;
using CustomerService.Storage.Database;
using Microsoft.Data.Sqlite;

namespace CustomerService.Storage.Sqlite;

/// <summary>A connection and its prepared statements. Used by one thread.</summary>
internal sealed class SqliteSession : IDisposable
{
    // Statements are constants and a few combinations of filters; the bound only guards against a mistake.
    private const int CachedMax = 256;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    public SqliteSession(string file, bool readOnly)
    {
        // No pool: a session lives as long as its thread, and a closed file must be closed.
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = 5 }.ToString());
        _connection.Open();
        Execute("pragma busy_timeout = 5000");
        if (readOnly)
        {
            Execute("pragma query_only = on");
            Execute("pragma cache_size = -16384");
            return;
        }
        // FULL in WAL mode: every commit is synced to disk before it is acknowledged.
        Execute("pragma synchronous = full");
        Execute("pragma cache_size = -65536");
        Execute("pragma wal_autocheckpoint = 4000");
        Execute("pragma journal_size_limit = 67108864");
    }

    /// <summary>False once SQLite rolled the transaction back by itself, as on a full disk.</summary>
    public bool InTransaction => SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    public SqliteCommand Command(string sql, params ReadOnlySpan<string> parameters)
    {
        if (_commands.TryGetValue(sql, out var command))
            return command;
        if (_commands.Count >= CachedMax)
        {
            foreach (var old in _commands.Values)
                old.Dispose();
            _commands.Clear();
        }
        command = _connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this assembly; every value is a parameter.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter(name, DBNull.Value));
        _commands.Add(sql, command);
        return command;
    }

    public void Execute(string sql) => Command(sql).ExecuteNonQuery();

    public void Run(Statement statement, Action<DbDataReader> row)
    {
        if (!_commands.TryGetValue(statement.Sql, out var command))
            command = Command(statement.Sql, [.. statement.Parameters.Select(p => p.Name)]);
        for (var i = 0; i < statement.Parameters.Length; i++)
            command.Parameters[i].Value = statement.Parameters[i].Value ?? DBNull.Value;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            row(reader);
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        _connection.Dispose();
    }
}
