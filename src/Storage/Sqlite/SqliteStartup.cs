using CustomerService.Storage.Database;
using DbUp;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace CustomerService.Storage.Sqlite;

/// <summary>The data directory: made, locked, migrated.</summary>
internal static class SqliteStartup
{
    public static string File(StorageOptions options) => Path.Combine(options.DataDirectory, "customer-service.db");

    public static string SnapshotFile(StorageOptions options) => Path.Combine(options.DataDirectory, "snapshots.db");

    public static IDisposable Prepare(StorageOptions options, ILogger log)
    {
        var claim = Lock(options.DataDirectory);
        try
        {
            Migrate(File(options), "Sqlite.Migrations", log);
            Migrate(SnapshotFile(options), "Sqlite.SnapshotMigrations", log);
            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException(
                $"The data directory {directory} can't be made: {failure.Message}", failure);
        }
        try
        {
            // The system frees the lock with the process, however that ends.
            return new FileStream(
                Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new StorageStartupException($"The data directory {directory} can't be written.", failure);
        }
        catch (IOException failure)
        {
            throw new StorageStartupException(
                IsShared(failure)
                    ? $"The data directory {directory} is in use by another process."
                    : $"The data directory {directory} can't be written: {failure.Message}",
                failure);
        }
    }

    // EWOULDBLOCK from flock on Linux and macOS, a sharing violation on Windows.
    private static bool IsShared(IOException failure) => failure.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static void Migrate(string file, string folder, ILogger log)
    {
        var connectionString = new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString();
        try
        {
            using (var connection = new SqliteConnection(connectionString))
            {
                connection.Open();
                using var command = connection.CreateCommand();
                command.CommandText = "pragma journal_mode = wal";
                command.ExecuteScalar();
                if (Exists(connection, Migrations.Table))
                    Migrations.RefuseNewer(connection, folder, $"The database {file}", Exists(connection, Migrations.Expansions));
            }
            Migrations.Apply(
                DeployChanges.To.SqliteDatabase(connectionString).JournalToSqliteTable(Migrations.Table),
                folder, $"The database {file}", log);
        }
        catch (SqliteException failure)
        {
            throw new StorageStartupException(
                $"The database {file} can't be opened: {failure.Message}", failure);
        }
    }

    private static bool Exists(SqliteConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "select 1 from sqlite_master where name = @name";
        command.Parameters.AddWithValue("@name", table);
        return command.ExecuteScalar() is not null;
    }
}
