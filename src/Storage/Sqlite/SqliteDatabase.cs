using System.Data.Common;
using System.Text.Json;
using CustomerService.Storage.Database;
using CustomerService.Storage.Writer;

namespace CustomerService.Storage.Sqlite;

/// <summary>SQLite as the tables see it: reads on threads of their own, every write through the journal's writer.</summary>
internal sealed class SqliteDatabase(SqliteThreads readers, Func<JournalWriter> writer) : IDatabase
{
    public string SkipLocked => "";

    public string In(string column, string parameter) => $"{column} in (select value from json_each({parameter}))";

    public string Listed(string parameter) => $"(select value, key as n from json_each({parameter})) as listed";

    public string Unhex(string text) => $"unhex({text})";

    public string Frontier => "1, 0, coalesce((select max(position) from journal), 0)";

    public object List(IReadOnlyList<string> values) => JsonSerializer.Serialize(values);

    public Task<List<T>> Query<T>(
        Statement statement, Func<DbDataReader, T> row, CancellationToken cancellationToken) =>
        readers.Run(session =>
        {
            var rows = new List<T>();
            session.Run(statement, reader => rows.Add(row(reader)));
            return rows;
        }, cancellationToken);

    public Task<List<T>> Write<T>(
        Statement statement, Func<DbDataReader, T> row, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<List<T>>(cancellationToken)
            : writer().Write(statement, row);

    public ValueTask DisposeAsync() => readers.DisposeAsync();
}
