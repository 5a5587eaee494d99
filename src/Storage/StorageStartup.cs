using CustomerService.Storage.PostgreSql;
using CustomerService.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace CustomerService.Storage;

/// <summary>The program can't start on this storage; the message is one sentence for the person who started it.</summary>
public sealed class StorageStartupException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What must hold before anything is served. Usable before a host is built.</summary>
public static class StorageStartup
{
    /// <summary>
    /// Makes the storage ready. SQLite: creates the data directory, locks it for this process and brings both files to
    /// this program's version. PostgreSQL: waits for the server up to <see cref="StorageOptions.StartWaitMax"/>, then
    /// migrates, one starter at a time, and claims the database as <see cref="StorageOptions.Sharing"/> says. Safe to repeat; the storage that later opens with the same options takes the
    /// lock over and frees it when it is disposed.
    /// </summary>
    /// <exception cref="StorageStartupException">Wrong settings, the directory can't be written or belongs to another
    /// process, PostgreSQL is out of reach or in use by a process that can't be beside this one, or the database is newer than this
    /// program or another installation's. Nothing was changed.</exception>
    public static void Prepare(StorageOptions options, ILogger log)
    {
        if (options.Prepared)
            return;
        options.Validate();
        if (options.Provider == StorageProvider.Sqlite)
            options.Claim = SqliteStartup.Prepare(options, log);
        else
            options.Claim = PostgreSqlStartup.Prepare(options, log);
        options.Prepared = true;
    }
}
