using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace CustomerService.Storage.Sqlite;

/// <summary>What an error of SQLite means.</summary>
internal static class SqliteFailures
{
    /// <summary>The database can't be used now and may heal: disk full or failing, file locked by a tool.</summary>
    public static bool IsAvailability(SqliteException failure) => failure.SqliteErrorCode is
        SQLITE_FULL or SQLITE_IOERR or SQLITE_BUSY or SQLITE_LOCKED or SQLITE_CANTOPEN or SQLITE_READONLY
        or SQLITE_NOMEM or SQLITE_PERM;

    /// <summary>One of the journal's keys refused a row.</summary>
    public static bool IsJournalKey(SqliteException failure) =>
        IsConstraint(failure) && failure.Message.Contains("journal.", StringComparison.Ordinal);

    /// <summary>The key of client ids refused a row.</summary>
    public static bool IsClientId(SqliteException failure) =>
        IsJournalKey(failure) && failure.Message.Contains("journal.client_id", StringComparison.Ordinal);

    /// <summary>A constraint concerns one append, not the batch.</summary>
    public static bool IsConstraint(SqliteException failure) => failure.SqliteErrorCode == SQLITE_CONSTRAINT;
}
