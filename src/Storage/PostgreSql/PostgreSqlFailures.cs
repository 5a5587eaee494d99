using Npgsql;

namespace CustomerService.Storage.PostgreSql;

/// <summary>What an error of PostgreSQL means.</summary>
internal static class PostgreSqlFailures
{
    /// <summary>Raised by our function where an expected version is missing.</summary>
    public const string Gap = "CS001";

    /// <summary>The server answered with an ordinary error: the transaction is rolled back for certain. A fatal one
    /// ends the session and may have met the commit.</summary>
    public static bool IsRolledBack(PostgresException failure) => failure.InvariantSeverity == "ERROR";

    /// <summary>The same transaction may succeed when tried again.</summary>
    public static bool IsWorthRepeating(PostgresException failure) => failure.SqlState is
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
        or PostgresErrorCodes.LockNotAvailable;

    /// <summary>Concerns the values of one append: its keys, a constraint, a value that can't be stored.</summary>
    public static bool IsOfOneAppend(PostgresException failure) =>
        failure.SqlState == Gap || failure.SqlState.StartsWith("23", StringComparison.Ordinal)
        || failure.SqlState.StartsWith("22", StringComparison.Ordinal);

    /// <summary>The server can't do its work now and may heal: disk full, out of memory, too many connections, being
    /// shut down, read-only.</summary>
    public static bool IsAvailability(PostgresException failure) =>
        failure.SqlState.StartsWith("53", StringComparison.Ordinal)
        || failure.SqlState.StartsWith("57", StringComparison.Ordinal)
        || failure.SqlState.StartsWith("58", StringComparison.Ordinal)
        || failure.SqlState.StartsWith("08", StringComparison.Ordinal)
        || failure.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction;

    /// <summary>The connection is lost, or the server stopped answering.</summary>
    public static bool IsLost(Exception failure) => failure switch
    {
        PostgresException answered => !IsRolledBack(answered),
        NpgsqlException or IOException or TimeoutException or ObjectDisposedException
            or System.Net.Sockets.SocketException => true,
        _ => false,
    };
}
