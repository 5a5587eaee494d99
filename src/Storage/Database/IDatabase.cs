using System.Data.Common;

namespace CustomerService.Storage.Database;

/// <summary>SQL with named parameters (<c>@name</c>), the same text on both databases unless built with the dialect's
/// fragments. Values are long, int, string, byte[], null or what <see cref="IDatabase.List"/> gives.</summary>
internal readonly record struct Statement(string Sql, params (string Name, object? Value)[] Parameters);

/// <summary>
/// What the tables need of a database: reads that never block the caller's thread, and small durable writes. Appends and
/// coalesced writes go through the journal's writer instead.
/// </summary>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>A condition: <paramref name="column"/> is among the listed strings.</summary>
    string In(string column, string parameter);

    /// <summary>A table expression <c>listed(value, n)</c> of the listed strings and their order.</summary>
    string Listed(string parameter);

    /// <summary>Ends a subquery that picks rows to be updated, so that concurrent pickers pass each other.</summary>
    string SkipLocked { get; }

    /// <summary>An expression: the bytes that a text says in hexadecimal digits.</summary>
    string Unhex(string text);

    /// <summary>Three expressions: the oldest transaction that still runs, the next one to begin, and the highest position
    /// given out in the journal. One writer alone leaves nothing under way: 1 and 0.</summary>
    string Frontier { get; }

    /// <summary>The value of a list parameter.</summary>
    object List(IReadOnlyList<string> values);

    /// <summary>Reads what is committed.</summary>
    Task<List<T>> Query<T>(Statement statement, Func<DbDataReader, T> row, CancellationToken cancellationToken);

    /// <summary>Writes in one transaction and returns what RETURNING gave. Durable when the task completes. Once
    /// started it ignores the token.</summary>
    Task<List<T>> Write<T>(Statement statement, Func<DbDataReader, T> row, CancellationToken cancellationToken);
}

internal static class DatabaseExtensions
{
    /// <summary>A write whose answer is only whether a row came back.</summary>
    public static async Task<bool> WriteOne(
        this IDatabase database, Statement statement, CancellationToken cancellationToken) =>
        (await database.Write(statement, static _ => true, cancellationToken).ConfigureAwait(false)).Count > 0;

    public static string? TextOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    public static long? NumberOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetInt64(column);

    public static DateTimeOffset Time(this DbDataReader row, int column) => Times.FromMicros(row.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.Time(column);

    public static byte[] Bytes(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? [] : row.GetFieldValue<byte[]>(column);
}
