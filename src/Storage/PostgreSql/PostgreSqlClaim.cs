using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CustomerService.Storage.PostgreSql;

/// <summary>
/// A process's claim on a PostgreSQL database, as a lock that its session holds: a process that is alone claims all of
/// it, those of a cluster share it. The server frees it with the session, however that ends; a session whose machine
/// vanished is found dead within seconds. A session that was cut claims again by itself; where meanwhile somebody else
/// has come who can't be beside this process, the process is told to end.
/// </summary>
internal sealed class PostgreSqlClaim : IDisposable
{
    // Any fixed number does; every version of the program must use the same.
    private const long Lock = 0x43_53_4A_32;

    // A vanished machine's session is over after 4 + 3 x 2 s.
    private const string Keepalive =
        "set tcp_keepalives_idle = 4; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3";

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2), s_pause = TimeSpan.FromMilliseconds(500);

    // Longer than an own dead session may still hold the lock.
    private static readonly TimeSpan s_reclaimMax = TimeSpan.FromSeconds(30);

    private readonly string _connectionString;
    private readonly bool _isAlone;
    private readonly Action? _lost;
    private readonly ILogger _log;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _watch;
    private NpgsqlConnection _connection;

    private PostgreSqlClaim(string connectionString, bool isAlone, NpgsqlConnection connection, Action? lost, ILogger log)
    {
        (_connectionString, _isAlone, _connection, _lost, _log) = (connectionString, isAlone, connection, lost, log);
        _watch = new Thread(Watch) { IsBackground = true, Name = "database-claim" };
        _watch.Start();
    }

    /// <summary>Claims, waiting for one who may just be ending.</summary>
    /// <exception cref="StorageStartupException">Somebody else has it.</exception>
    public static PostgreSqlClaim Take(
        NpgsqlConnectionStringBuilder settings, string database, bool isAlone, TimeSpan waitMax, Action? lost, ILogger log)
    {
        var text = new NpgsqlConnectionStringBuilder(settings.ToString())
        {
            CommandTimeout = 5, KeepAlive = 0, ApplicationName = isAlone ? "customer-service alone" : "customer-service member",
        }.ToString();
        var connection = new NpgsqlConnection(text);
        try
        {
            connection.Open();
            Execute(connection, Keepalive);
            var began = Stopwatch.GetTimestamp();
            var said = false;
            while (!TryLock(connection, isAlone))
            {
                if (Stopwatch.GetElapsedTime(began) >= waitMax)
                {
                    throw new StorageStartupException(isAlone
                        ? $"{database} is in use by another process: stop that one, or run a cluster "
                          + "(CustomerService.Silo.dll, and fronts with --join)."
                        : $"{database} is in use by a process that is alone on it, without --join: stop that one first.");
                }
                if (!said)
                    log.LogInformation("{Database} is in use; waiting whether its user is just ending", database);
                said = true;
                Thread.Sleep(s_pause);
            }
            return new PostgreSqlClaim(text, isAlone, connection, lost, log);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _end.Set();
        _watch.Join();
        _connection.Dispose();
        _end.Dispose();
    }

    private void Watch()
    {
        long refusedSince = 0;
        while (!_end.Wait(s_look))
        {
            try
            {
                if (_connection.State == System.Data.ConnectionState.Open)
                {
                    Execute(_connection, "select 1");
                    continue;
                }
                _connection.Dispose();
                _connection = new NpgsqlConnection(_connectionString);
                _connection.Open();
                Execute(_connection, Keepalive);
                if (TryLock(_connection, _isAlone))
                {
                    refusedSince = 0;
                    continue;
                }
                _connection.Close();
                if (refusedSince == 0)
                    refusedSince = Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(refusedSince) < s_reclaimMax)
                    continue;
                _log.LogCritical("Another process has taken the database over; this one ends");
                _lost?.Invoke();
                return;
            }
            catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException
                or IOException or InvalidOperationException)
            {
                // Out of reach: the journal's writer says so loudly, and the next look claims again.
                _connection.Close();
            }
        }
    }

    private static bool TryLock(NpgsqlConnection connection, bool isAlone)
    {
        using var command = connection.CreateCommand();
        command.CommandText = isAlone ? "select pg_try_advisory_lock(@lock)" : "select pg_try_advisory_lock_shared(@lock)";
        command.Parameters.AddWithValue("lock", Lock);
        return command.ExecuteScalar() is true;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Constants.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
