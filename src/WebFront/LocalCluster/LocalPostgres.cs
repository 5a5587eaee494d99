using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using CustomerService.Hosting;

namespace CustomerService.WebFront.LocalCluster;

/// <summary>
/// A PostgreSQL of the local cluster's own, in a folder of the data directory: made at the first start, kept for the
/// next. It listens on the loopback address only and trusts it, as fits one person's machine.
/// </summary>
internal sealed class LocalPostgres
{
    private const string Database = "customer_service";
    private const string Account = "postgres";

    // Every process holds a writer, readers and Orleans' own connections.
    private const int ConnectionsMax = 300;

    private readonly string _bin;
    private readonly string _folder;

    private LocalPostgres(string bin, string folder, int port) => (_bin, _folder, Port) = (bin, folder, port);

    public int Port { get; }

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username={Account};Database={Database};Maximum Pool Size=20";

    /// <summary>Its log.</summary>
    public string Log => Path.Combine(_folder, "log");

    /// <summary>What stops it, as a shell's words.</summary>
    public string[] StopCommand => [.. AsAccount, Path.Combine(_bin, "pg_ctl"), "-D", Data, "-w", "-m", "fast", "stop"];

    private string Data => Path.Combine(_folder, "data");

    // The server refuses to run as root.
    private static string[] AsAccount => Environment.UserName == "root"
        ? ["setpriv", $"--reuid={Account}", $"--regid={Account}", "--clear-groups"]
        : [];

    /// <summary>Makes it where there is none, and starts it.</summary>
    /// <exception cref="StartupException">PostgreSQL is not installed, the folder can't be used, or it does not start.
    /// </exception>
    public static async Task<LocalPostgres> Start(string folder, int port)
    {
        var server = new LocalPostgres(Binaries(), folder, port);
        Directory.CreateDirectory(folder);
        if (Environment.UserName == "root")
        {
            await Run(["chown", Account, folder], $"The folder {folder} can't be given to the account {Account}.");
            await Run([.. AsAccount, "test", "-w", folder],
                $"The account {Account}, which PostgreSQL runs as, can't reach {folder}: choose another folder with --data.");
        }
        if (!File.Exists(Path.Combine(server.Data, "PG_VERSION")))
        {
            await Run(
                [.. AsAccount, Path.Combine(server._bin, "initdb"), "-D", server.Data, "-U", Account, "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8"], $"PostgreSQL's files can't be made in {folder}.");
        }
        await Run(
            [.. AsAccount, Path.Combine(server._bin, "pg_ctl"), "-D", server.Data, "-l", server.Log, "-w", "-t", "60", "-o",
             $"-p {port.ToString(CultureInfo.InvariantCulture)} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
             + $"-c max_connections={ConnectionsMax}", "start"],
            $"PostgreSQL does not start; {server.Log} says why. Another process may be using {folder}.");
        await using var connection = new Npgsql.NpgsqlConnection(
            $"Host=127.0.0.1;Port={port};Username={Account};Database={Account};Pooling=false");
        await connection.OpenAsync();
        await using var find = new Npgsql.NpgsqlCommand("select 1 from pg_database where datname = @name", connection);
        find.Parameters.AddWithValue("name", Database);
        if (await find.ExecuteScalarAsync() is null)
        {
            await using var create = new Npgsql.NpgsqlCommand($"create database {Database}", connection);
            await create.ExecuteNonQueryAsync();
        }
        return server;
    }

    /// <summary>Stops it orderly.</summary>
    public Task Stop() => Run(StopCommand, "PostgreSQL did not stop.");

    private static async Task Run(string[] words, string otherwise)
    {
        // Output goes nowhere: a server started by pg_ctl would hold our terminal for its whole life.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        foreach (var word in (string[])["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. words])
            start.ArgumentList.Add(word);
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync();
            if (process.ExitCode == 0)
                return;
        }
        catch (Win32Exception)
        {
            // Said below.
        }
        throw new StartupException(otherwise);
    }

    private static string Binaries()
    {
        // Debian's place, then the PATH.
        var places = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .Where(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out _))
                .OrderByDescending(d => int.Parse(Path.GetFileName(d), CultureInfo.InvariantCulture))
                .Select(d => Path.Combine(d, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return places.Concat(path).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "pg_ctl")))
            ?? throw new StartupException(
                "A cluster needs PostgreSQL 15 or later: give one with --postgres CONNECTION, or install its server programs "
                + "(apt-get install postgresql) for one of its own.");
    }
}
