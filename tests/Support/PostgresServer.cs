using System.Diagnostics;
using Npgsql;

namespace CustomerService.Support;

/// <summary>
/// A PostgreSQL server of a test's own: a fresh cluster in a temporary folder, on a free loopback port, syncing to disk
/// as in production. It can be stopped in every way a server stops.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string InstallHint =
        "PostgreSQL 15 or later is needed for these tests: apt-get install postgresql (its programs are looked for in "
        + "/usr/lib/postgresql/*/bin).";

    private readonly string _bin;
    private readonly string _folder;
    private readonly string? _user;
    private int _databases;

    private PostgresServer(string bin, string folder, string? user, int port)
    {
        (_bin, _folder, _user, Port) = (bin, folder, user, port);
    }

    /// <summary>The loopback port.</summary>
    public int Port { get; }

    /// <summary>The folder of its unix socket.</summary>
    public string SocketFolder => _folder;

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Makes a cluster and starts it.</summary>
    public static async Task<PostgresServer> Start(CancellationToken cancellationToken = default)
    {
        var bin = Binaries();
        // Short, because a unix socket's path has 107 characters at most.
        var folder = Directory.CreateTempSubdirectory("pg-").FullName;
        // The server refuses to run as root.
        var user = Environment.UserName == "root" ? UnprivilegedUser() : null;
        if (user is not null)
            await Run("chown", [user, folder], null, cancellationToken);
        var server = new PostgresServer(bin, folder, user, FreePort.Next());
        await server.Program("initdb",
            ["-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"], cancellationToken);
        await server.StartAgain(cancellationToken);
        server.GuardAgainstOurEnd();
        return server;
    }

    /// <summary>Makes an empty database and gives the connection string for it.</summary>
    public async Task<string> NewDatabase(CancellationToken cancellationToken = default)
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await Execute($"create database {name}", cancellationToken);
        return ConnectionString(name);
    }

    /// <summary>Runs a statement as the superuser, in the server's own database.</summary>
    public async Task Execute(string sql, CancellationToken cancellationToken = default)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
#pragma warning disable CA2100 // A test's own text.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Starts the server after a stop; returns once it accepts connections.</summary>
    public Task StartAgain(CancellationToken cancellationToken = default) =>
        Program("pg_ctl",
        [
            "-D", Data, "-l", Path.Combine(_folder, "log"), "-w", "-t", "60", "-o",
            $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c fsync=on "
            + "-c synchronous_commit=on -c full_page_writes=on -c max_connections=200 -c shared_buffers=128MB",
            "start",
        ], cancellationToken);

    /// <summary>Ends it orderly: sessions are cut, everything committed is in the data files.</summary>
    public Task Stop(CancellationToken cancellationToken = default) =>
        Program("pg_ctl", ["-D", Data, "-w", "-m", "fast", "stop"], cancellationToken);

    /// <summary>Ends it as a crash does: no checkpoint, the next start recovers from the log.</summary>
    public Task StopImmediately(CancellationToken cancellationToken = default) =>
        Program("pg_ctl", ["-D", Data, "-w", "-m", "immediate", "stop"], cancellationToken);

    /// <summary>Ends every session but our own, as an administrator may at any time.</summary>
    public Task TerminateSessions(CancellationToken cancellationToken = default) =>
        Execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            + "where backend_type = 'client backend' and pid <> pg_backend_pid()", cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Kill();
        return ValueTask.CompletedTask;
    }

    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Maximum Pool Size=20";

    private void Kill()
    {
        try
        {
            StopImmediately().GetAwaiter().GetResult();
        }
        catch (InvalidOperationException)
        {
            // It was stopped already.
        }
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A temporary folder; the system cleans it.
        }
    }

    /// <summary>A small process that outlives this one, however it ends, and then takes the server away: a test run that
    /// is killed must not leave servers behind.</summary>
    private void GuardAgainstOurEnd()
    {
        const string script = "exec >/dev/null 2>&1 </dev/null; owner=$1; folder=$2; shift 2; "
            + "while kill -0 $owner && [ -d $folder ]; do sleep 1; done; "
            + "[ -d $folder ] && \"$@\"; rm -rf $folder";
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = "/" };
        string owner = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var argument in (string[])["sh", "-c", script, "sh", owner, _folder, .. AsUser(_user),
            Path.Combine(_bin, "pg_ctl"), "-D", Data, "-m", "immediate", "stop"])
        {
            start.ArgumentList.Add(argument);
        }
        Process.Start(start)!.Dispose();
    }

    private static string[] AsUser(string? user) =>
        user is null ? [] : ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups"];

    private Task Program(string name, string[] arguments, CancellationToken cancellationToken) =>
        Run(Path.Combine(_bin, name), arguments, _user, cancellationToken);

    private static async Task Run(
        string program, string[] arguments, string? user, CancellationToken cancellationToken)
    {
        // Output goes nowhere: a server started by pg_ctl would hold our pipe open for its whole life.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >/dev/null 2>&1 </dev/null");
        start.ArgumentList.Add("sh");
        foreach (var argument in (string[])[.. AsUser(user), program, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }

    private static string Binaries() =>
        (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [])
        .Where(d => File.Exists(Path.Combine(d, "bin", "initdb")) && int.TryParse(Path.GetFileName(d), out _))
        .OrderByDescending(d => int.Parse(Path.GetFileName(d), System.Globalization.CultureInfo.InvariantCulture))
        .Select(d => Path.Combine(d, "bin"))
        .FirstOrDefault() ?? throw new InvalidOperationException(InstallHint);

    private static string UnprivilegedUser() =>
        File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal))
            ? "postgres"
            : throw new InvalidOperationException(InstallHint);
}
