using System.Diagnostics;
using CustomerService.Storage.Database;
using DbUp;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CustomerService.Storage.PostgreSql;

/// <summary>Waits for the server, then migrates; concurrent starters take turns.</summary>
internal static class PostgreSqlStartup
{
    private const string Folder = "PostgreSql.Migrations";
    private const int VersionMin = 15;

    // Any fixed number does; every version of the program must use the same.
    private const long MigrationLock = 0x43_53_4A_31;

    public static IDisposable? Prepare(StorageOptions options, ILogger log)
    {
        var settings = Settings(options);
        var database = $"The database {settings.Database} on {settings.Host}";
        using var connection = Connect(settings, database, options.StartWaitMax, log);
        PostgreSqlClaim? claim = null;
        try
        {
            if (connection.PostgreSqlVersion.Major < VersionMin)
            {
                throw new StorageStartupException(
                    $"{database} runs PostgreSQL {connection.PostgreSqlVersion}; {VersionMin} or later is needed.");
            }
            if (options.Sharing != StorageSharing.Unclaimed)
            {
                claim = PostgreSqlClaim.Take(settings, database, options.Sharing == StorageSharing.Alone, options.StartWaitMax,
                    () => options.TakenOver?.Invoke(), log);
            }
            Execute(connection, "set lock_timeout = '60s'");
            Execute(connection, $"select pg_advisory_lock({MigrationLock})");
            if (Exists(connection, Migrations.Table))
                Migrations.RefuseNewer(connection, Folder, database, Exists(connection, Migrations.Expansions));
            Migrations.Apply(
                DeployChanges.To.PostgresqlDatabase(settings.ToString())
                    .JournalToPostgresqlTable(null, Migrations.Table),
                Folder, database, log);
            RefuseOther(connection, options.ServiceId, database);
            return claim;
        }
        catch (NpgsqlException failure)
        {
            claim?.Dispose();
            throw new StorageStartupException($"{database} could not be prepared: {failure.Message}", failure);
        }
        catch
        {
            claim?.Dispose();
            throw;
        }
    }

    private static void RefuseOther(NpgsqlConnection connection, string serviceId, string database)
    {
        if (serviceId.Length == 0)
            return;
        using var command = new NpgsqlCommand(
            """
            insert into installation (name, value) values ('service-id', @id)
            on conflict (name) do update set value = installation.value returning value
            """, connection);
        command.Parameters.AddWithValue("id", serviceId);
        if ((string)command.ExecuteScalar()! is var owner && owner != serviceId)
        {
            throw new StorageStartupException(
                $"{database} belongs to the installation '{owner}', and this process is told to be of '{serviceId}': "
                + "set Cluster:ServiceId alike, or give another database.");
        }
    }

    private static NpgsqlConnectionStringBuilder Settings(StorageOptions options)
    {
        try
        {
            // The lock belongs to a session, so the session must end with its connection.
            return new NpgsqlConnectionStringBuilder(options.ConnectionString)
            {
                Pooling = false,
                Timeout = 5,
                CommandTimeout = 0,
                PersistSecurityInfo = true,
            };
        }
        catch (ArgumentException failure)
        {
            throw new StorageStartupException(
                $"The PostgreSQL connection string can't be read: {failure.Message}", failure);
        }
    }

    private static NpgsqlConnection Connect(
        NpgsqlConnectionStringBuilder settings, string database, TimeSpan waitMax, ILogger log)
    {
        var started = Stopwatch.GetTimestamp();
        long said = 0;
        while (true)
        {
            var connection = new NpgsqlConnection(settings.ToString());
            try
            {
                connection.Open();
                return connection;
            }
            catch (Exception failure) when (failure is NpgsqlException or System.Net.Sockets.SocketException
                or TimeoutException or IOException or ArgumentException)
            {
                connection.Dispose();
                if (!IsWorthWaiting(failure) || Stopwatch.GetElapsedTime(started) >= waitMax)
                {
                    throw new StorageStartupException(
                        $"{database} can't be reached: {failure.Message}", failure);
                }
                // Half a minute of it is a few lines, not sixty.
                if (said == 0 || Stopwatch.GetElapsedTime(said) >= TimeSpan.FromSeconds(10))
                {
                    log.LogInformation("Waiting for PostgreSQL: {Reason}", failure.Message);
                    said = Stopwatch.GetTimestamp();
                }
            }
            Thread.Sleep(500);
        }
    }

    // A wrong password or database name does not heal by waiting; a server that starts up or is full does.
    private static bool IsWorthWaiting(Exception failure) => failure switch
    {
        PostgresException answered => PostgreSqlFailures.IsAvailability(answered),
        ArgumentException => false,
        _ => true,
    };

    private static bool Exists(NpgsqlConnection connection, string table)
    {
        using var command = new NpgsqlCommand("select to_regclass(@table) is not null", connection);
        command.Parameters.AddWithValue("table", table);
        return command.ExecuteScalar() is true;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Built from constants.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
