using CustomerService.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace CustomerService.Storage;

/// <summary>What Orleans' ADO.NET providers need to find their tables, which our migrations make.</summary>
/// <param name="Invariant">Name by which Orleans picks its driver.</param>
/// <param name="ConnectionString">Where its tables are: a file of their own with SQLite, because a second writer on the
/// journal's file was seen to stall it for seconds.</param>
public sealed record OrleansStorage(string Invariant, string ConnectionString)
{
    /// <summary>For grain storage; with PostgreSQL for clustering too. Call after
    /// <see cref="StorageStartup.Prepare"/> or while the host runs.</summary>
    public static OrleansStorage For(StorageOptions options) => options.Provider == StorageProvider.PostgreSql
        ? new OrleansStorage("Npgsql", options.ConnectionString)
        // Orleans knows SQLite by this name and finds Microsoft.Data.Sqlite behind it.
        : new OrleansStorage(
            "System.Data.SQLite",
            new SqliteConnectionStringBuilder
            {
                DataSource = SqliteStartup.SnapshotFile(options),
                DefaultTimeout = 10,
            }.ToString());
}
