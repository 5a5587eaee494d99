using System.Diagnostics;
using System.Globalization;
using CustomerService.Faults.Faults;
using CustomerService.Faults.Stands;
using CustomerService.Support;

namespace CustomerService.Faults;

/// <summary>The disk is full, slow or broken; and whether what is acknowledged was synced to it.</summary>
internal static class DiskScenarios
{
    private const int TracedSends = 25;

    public static readonly Scenario[] All =
    [
        new("fsync-trace", "11", "system calls of server and PostgreSQL: each ack is sent after a sync of the log that holds its "
            + "message has returned", trial => Trace(trial, onPostgres: true), Strace.Missing),
        new("fsync-trace-sqlite", "11", "the same on SQLite", trial => Trace(trial, onPostgres: false), Strace.Missing),
        new("fsync-slow", "10", "each sync of PostgreSQL takes 300 ms more: latency grows, batches absorb it", Slow, Strace.Missing),
        new("fsync-failing", "10", "SQLite's syncs fail with EIO for some seconds: no ack, heals", Failing, Strace.Missing),
        new("disk-full", "9", "the data folder's disk is full: no ack, reads go on, heals once there is room", Full, NoMount),
    ];

    private static async Task Trace(Trial trial, bool onPostgres)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = onPostgres, Agents = 1 });
        var visitor = await stand.NewVisitor();
        await stand.Begin(visitor, "to be traced");
        await Await.Until("the agent has answered", () => stand.History.AckCount >= 2);
        var file = Path.Combine(stand.Folder, "trace");
        var ids = new List<string>();
        int[] processes = onPostgres ? [stand.Server.Id, .. await PostgresProcesses(stand)] : [stand.Server.Id];
        await using (var strace = await Strace.Attach(
            processes, file, "-s", "100000", "-y", "-e", "trace=fsync,fdatasync,pwrite64,pwritev,write,sendto,sendmsg"))
        {
            for (var i = 0; i < TracedSends; i++)
            {
                var id = $"traced{i:D3}x{Guid.NewGuid():N}";
                ids.Add(id);
                // Twice: a page of the log may end in the middle of one, with the next page's header between its halves.
                await visitor.Say($"token-{id} token-{id}", id);
            }
            await strace.Detach();
        }
        var lines = await File.ReadAllLinesAsync(file);
        var shown = ids.Count(id => SyncedBeforeAck(lines, id, onPostgres ? "pg_wal" : "-wal"));
        trial.Note($"{shown} of {TracedSends} acks followed the sync of their message, {lines.Length} system calls read");
        Trial.Demand(shown == TracedSends, $"{TracedSends - shown} of {TracedSends} acks can't be shown to follow a sync.");
        await trial.Finish(stand);
    }

    /// <summary>The message is written to the log, a sync of the log that began after it returns, then the answer is
    /// sent.</summary>
    internal static bool SyncedBeforeAck(IReadOnlyList<string> lines, string id, string log)
    {
        var (written, synced) = (false, false);
        var syncing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var thread = line.Split(' ', 2)[0];
            if (line.Contains("pwrite", StringComparison.Ordinal) && line.Contains("token-" + id, StringComparison.Ordinal)
                && line.Contains(log, StringComparison.Ordinal))
                written = true;
            else if (line.Contains("sync(", StringComparison.Ordinal) && line.Contains(log, StringComparison.Ordinal) && written)
            {
                if (line.Contains("<unfinished", StringComparison.Ordinal))
                    syncing.Add(thread);
                else
                    synced |= line.TrimEnd().EndsWith("= 0", StringComparison.Ordinal);
            }
            else if (line.Contains("sync resumed>", StringComparison.Ordinal) && syncing.Remove(thread))
                synced |= line.TrimEnd().EndsWith("= 0", StringComparison.Ordinal);
            else if (line.Contains($"\\\"invocationId\\\":\\\"{id}\\\"", StringComparison.Ordinal)
                && line.Contains("\\\"type\\\":3", StringComparison.Ordinal))
                return written && synced;
        }
        return false;
    }

    private static async Task Slow(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true });
        await stand.Talk(24, pauseMs: 1);
        await CrashScenarios.Some(stand, 200);
        var from = stand.History.Now;
        int before, during;
        await using (var strace = await Strace.Attach(
            await PostgresProcesses(stand), "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
            "inject=fdatasync,fsync:delay_enter=300000"))
        {
            before = stand.History.AckCount;
            await Await.Until("6 s have passed", () => stand.History.Now - from > 6_000);
            during = stand.History.AckCount - before;
            await strace.Detach();
        }
        var seconds = (stand.History.Now - from) / 1000.0;
        trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
        trial.Note($"{during / seconds:F0} acks a second with 3 syncs a second at most");
        Trial.Demand(during / seconds > 8, $"Only {during / seconds:F1} acks a second: batches do not absorb the slow disk.");
        trial.Recovered(await stand.NextAck(TimeSpan.FromSeconds(10)), 3_000);
        await trial.Finish(stand);
    }

    private static async Task Failing(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions());
        await stand.Talk(8, pauseMs: 5);
        await CrashScenarios.Some(stand, 60);
        long from;
        await using (var strace = await Strace.Attach(
            [stand.Server.Id], "/dev/null", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO"))
        {
            from = stand.History.Now;
            await Await.Until("4 s have passed", () => stand.History.Now - from > 4_000);
            Trial.Demand(stand.History.FirstAckAfter(from + 300) is null, "A send was acknowledged though no sync succeeded.");
            await strace.Detach();
        }
        var healedAt = stand.History.Now;
        await stand.NextAck(TimeSpan.FromSeconds(40));
        trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
        trial.Recovered(stand.History.FirstAckAfter(healedAt)!.Value, 10_000);
        await trial.Finish(stand);
    }

    private static async Task Full(Trial trial)
    {
        using var folder = new TemporaryFolder();
        // Room for what people say in the forty seconds after it is healed, too.
        await Command("mount", "-t", "tmpfs", "-o", "size=200m", "none", folder.Path);
        try
        {
            await using var stand = await Stand.Open(trial.Name, new StandOptions { DataFolder = folder.Path });
            await stand.Talk(8, pauseMs: 5);
            await CrashScenarios.Some(stand, 60);
            var filler = Path.Combine(folder.Path, "filler");
            Fill(filler);
            var from = stand.History.Now;
            // What fits into the log's last pages may still be stored; then nothing may be.
            await Await.Until(
                "nothing is acknowledged any more",
                () => stand.History.Now - from > 2_000 && stand.History.LongestSilence(stand.History.Now - 1_500, stand.History.Now) >= 1_500,
                TimeSpan.FromSeconds(20));
            var reader = stand.AnyTalker();
            using (var http = new HttpClient())
            {
                http.DefaultRequestHeaders.Authorization = new("Bearer", reader.Token);
                using var read = await http.GetAsync(new Uri(
                    stand.Server.Address, $"/api/v1/conversations/{reader.Conversation}/events?after=0&limit=50"));
                Trial.Demand(read.IsSuccessStatusCode, $"A read was answered {(int)read.StatusCode} while the disk was full.");
            }
            Trial.Demand(!await stand.IsReady(), "It says it is ready while it can't write.");
            File.Delete(filler);
            var healedAt = stand.History.Now;
            await stand.NextAck(TimeSpan.FromSeconds(40));
            trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
            trial.Recovered(stand.History.FirstAckAfter(healedAt)!.Value, 10_000);
            trial.Note("reads went on, readiness was false");
            await trial.Finish(stand);
        }
        finally
        {
            await Command("umount", "-l", folder.Path);
        }
    }

    private static void Fill(string file)
    {
        using var stream = File.Create(file);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                stream.Write(block);
                stream.Flush(true);
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }

    private static string? NoMount() => Environment.UserName == "root" && File.Exists("/bin/mount")
        ? null
        : "a small disk of its own needs root, to mount a tmpfs";

    private static async Task<int[]> PostgresProcesses(Stand stand)
    {
        var pids = new List<int>
        {
            int.Parse(
                File.ReadLines(Path.Combine(stand.Postgres!.SocketFolder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture),
        };
        await using var connection = Dump.Connect(stand.Database, null);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select pid from pg_stat_activity where pid <> pg_backend_pid()";
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            pids.Add(rows.GetInt32(0));
        return [.. pids];
    }

    private static async Task Command(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Trial.Demand(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
