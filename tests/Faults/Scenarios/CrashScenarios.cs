using System.Globalization;
using CustomerService.Checker.History;
using CustomerService.Faults.Stands;
using CustomerService.Support;

namespace CustomerService.Faults;

/// <summary>The process dies, stops or loses its sense of time.</summary>
internal static class CrashScenarios
{
    private const int Kills = 5, OpenConversations = 10_000, ColdStarts = 3, FirstAckMsMax = 4_000, ReadyMsMax = 3_000;
    private static readonly string[] FaketimePlaces =
        ["/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"];

    public static readonly Scenario[] All =
    [
        new("kill", "1", "SIGKILL mid-send and restart, again and again, on PostgreSQL; acks again within 4 s of each start",
            trial => KillLoop(trial, onPostgres: true)),
        new("kill-sqlite", "1", "the same on SQLite", trial => KillLoop(trial, onPostgres: false)),
        new("cold-start", "2", "server and PostgreSQL are killed and started again three times with 10,000 open conversations: ready "
            + "within 3 s and first ack within 4 s of the process being started", trial => ColdStart(trial, onPostgres: true)),
        new("cold-start-sqlite", "2", "the same on SQLite", trial => ColdStart(trial, onPostgres: false)),
        new("drain", "3", "SIGTERM while people talk: exit code 0, no failed send after a retry, clients come back on their own within 10 s",
            Drain),
        new("all-leave", "2", "after a kill in the middle everybody leaves without a word: within 60 s every conversation is closed "
            + "by its idle time and no agent has a place taken", AllLeave),
        new("clock", "12", "the wall clock jumps one hour ahead and two back: nothing is closed, order by sequence (SQLite)", Clock,
            () => FaketimePlaces.Any(File.Exists) ? null : "libfaketime is not installed (apt-get install faketime)"),
    ];

    private static async Task KillLoop(Trial trial, bool onPostgres)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = onPostgres });
        await stand.Talk(8, pauseMs: 5);
        for (var i = 1; i <= Kills; i++)
        {
            await Some(stand, 40);
            var killedAt = stand.History.Now;
            await stand.Server.Kill();
            var startedAt = stand.History.Now;
            stand.Server.Start();
            await stand.NextAck(TimeSpan.FromSeconds(40));
            var recovered = stand.History.FirstAckAfter(startedAt)!.Value;
            trial.OutageMs = Math.Max(trial.OutageMs ?? 0, stand.History.LongestSilence(killedAt, stand.History.Now));
            trial.Say($"kill {i}: first ack {recovered} ms after the start");
            trial.Recovered(recovered, FirstAckMsMax);
        }
        trial.Note($"{Kills} kills");
        await stand.Server.Ready();
        await trial.Finish(stand);
    }

    private static async Task ColdStart(Trial trial, bool onPostgres)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = onPostgres });
        // One who tries again at once: what is measured is the server, not a client's patience.
        var first = await stand.NewVisitor();
        first.BackoffBaseMs = 1;
        await stand.Begin(first, "before");
        trial.Say($"opening {OpenConversations} conversations");
        var opened = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, OpenConversations), new ParallelOptions { MaxDegreeOfParallelism = 48 }, async (_, _) =>
            {
                var visitor = await stand.NewVisitor();
                await visitor.Begin("one of many");
                await visitor.DisposeAsync();
                if (Interlocked.Increment(ref opened) % 2_000 == 0)
                    trial.Say($"{opened} of {OpenConversations}");
            });
        long slowestReady = 0;
        for (var i = 1; i <= ColdStarts; i++)
        {
            var killedAt = stand.History.Now;
            await stand.Server.Kill();
            if (stand.Postgres is { } postgres)
            {
                await postgres.StopImmediately();
                await postgres.StartAgain();
            }
            var said = first.Say($"after {i}");
            var startedAt = stand.History.Now;
            stand.Server.Start();
            await stand.NextAck(TimeSpan.FromSeconds(40));
            var ack = stand.History.FirstAckAfter(startedAt)!.Value;
            await stand.Server.Ready();
            var ready = stand.History.Now - startedAt;
            await said;
            trial.OutageMs = Math.Max(trial.OutageMs ?? 0, stand.History.LongestSilence(killedAt, stand.History.Now));
            trial.RecoveryMs = Math.Max(trial.RecoveryMs ?? 0, ack);
            slowestReady = Math.Max(slowestReady, ready);
            trial.Note($"start {i}: first ack after {ack} ms, ready within {ready} ms");
        }
        trial.Note($"{opened} open conversations");
        trial.Recovered(trial.RecoveryMs!.Value, FirstAckMsMax);
        Trial.Demand(slowestReady <= ReadyMsMax, $"Ready after {slowestReady} ms; the rule allows {ReadyMsMax} ms.");
        await trial.Finish(stand);
    }

    private static async Task AllLeave(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true });
        await stand.SetIdleClose(seconds: 10);
        await stand.Talk(8, pauseMs: 5);
        await Some(stand, 100);
        await stand.Server.Kill();
        var startedAt = stand.History.Now;
        stand.Server.Start();
        await stand.NextAck(TimeSpan.FromSeconds(40));
        trial.OutageMs = stand.History.FirstAckAfter(startedAt);
        await Some(stand, 60);
        await stand.Quiet();
        var leftAt = stand.History.Now;
        await stand.AllVisitorsLeave();
        await Await.Until(
            "every conversation is closed and every place is free", async () => await stand.Open() == 0 && await stand.TotalLoad() == 0,
            TimeSpan.FromSeconds(trial.IsShort ? 120 : 60), () => stand.Server.Output);
        stand.History.Add(new HistoryLine { Kind = LineKinds.Mark, What = "drained" });
        trial.Note($"all closed and all places free {stand.History.Now - leftAt} ms after the last one left, idle time 10 s");
        trial.Recovered(stand.History.Now - leftAt, 60_000);
        await trial.Finish(stand);
    }

    private static async Task Drain(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true });
        await stand.Talk(8, pauseMs: 5);
        for (var i = 1; i <= 2; i++)
        {
            await Some(stand, 100);
            var from = stand.History.Now;
            var code = await stand.Server.Stop();
            Trial.Demand(code == 0, $"SIGTERM ended it with exit code {code}.");
            trial.Note($"drained in {stand.History.Now - from} ms");
            var startedAt = stand.History.Now;
            stand.Server.Start();
            await stand.NextAck(TimeSpan.FromSeconds(40));
            trial.OutageMs = Math.Max(trial.OutageMs ?? 0, stand.History.LongestSilence(from, stand.History.Now));
            trial.Recovered(stand.History.FirstAckAfter(startedAt)!.Value, 30_000);
        }
        await stand.Server.Ready();
        await trial.Finish(stand);
    }

    /// <summary>On SQLite, whose server runs under libfaketime: there the driver of PostgreSQL takes a jump for a timeout.
    /// </summary>
    private static async Task Clock(Trial trial)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "offset");
        await File.WriteAllTextAsync(file, "+0");
        await using var stand = await OpenUnderFaketime(trial, new StandOptions
        {
            Environment = new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = FaketimePlaces.First(File.Exists), ["FAKETIME_TIMESTAMP_FILE"] = file, ["FAKETIME_NO_CACHE"] = "1",
                ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1", ["DONT_FAKE_MONOTONIC"] = "1",
            },
        });
        var quiet = await stand.NewVisitor();
        var conversation = await stand.Begin(quiet, "I only wait");
        await stand.Talk(6, pauseMs: 20);
        foreach (var offset in (int[])[3_600, -3_600, 0])
        {
            var from = stand.History.Now;
            await File.WriteAllTextAsync(file, (offset < 0 ? "" : "+") + offset.ToString(CultureInfo.InvariantCulture));
            await Some(stand, 60);
            // The sweep comes by each second: it has had its chance after three.
            await Await.Until("the sweep has come by", () => stand.History.Now - from > 3_500);
            var recovered = await stand.NextAck(TimeSpan.FromSeconds(10));
            trial.OutageMs = Math.Max(trial.OutageMs ?? 0, stand.History.LongestSilence(from, stand.History.Now));
            trial.Note($"clock {offset:+#;-#;+0} s: next ack after {recovered} ms");
        }
        trial.Recovered(trial.OutageMs!.Value, 5_000);
        await using (var connection = stand.OwnConnection())
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = $"select state from conversations where id = '{conversation}'";
            var state = (string?)await command.ExecuteScalarAsync();
            Trial.Demand(state != "closed", "A jump of the clock closed a conversation.");
        }
        await trial.Finish(stand);
    }

    private static async Task<Stand> OpenUnderFaketime(Trial trial, StandOptions options)
    {
        try
        {
            return await Stand.Open(trial.Name, options);
        }
        catch (Exception error) when (error is InvalidOperationException or TimeoutException)
        {
            throw new CannotShowException("the server does not start under libfaketime here: " + error.Message.Split('\n')[0]);
        }
    }

    /// <summary>Lets so many more sends be acknowledged.</summary>
    public static async Task Some(Stand stand, int acks)
    {
        var target = stand.History.AckCount + acks;
        await Await.Until(
            $"{acks} more sends are acknowledged", () => stand.History.AckCount >= target, TimeSpan.FromSeconds(60), () => stand.Server.Output);
    }
}
