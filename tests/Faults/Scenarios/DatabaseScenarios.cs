using CustomerService.Faults.Stands;
using CustomerService.Support;
using Npgsql;

namespace CustomerService.Faults;

/// <summary>The database crashes, vanishes, stalls or throws its clients out.</summary>
internal static class DatabaseScenarios
{
    private static readonly StandOptions s_alone = new() { OnPostgres = true };
    private static readonly StandOptions s_cluster = new() { OnPostgres = true, Silos = 3, Fronts = 2 };

    public static readonly Scenario[] All =
    [
        new("database-crash", "6", "PostgreSQL is stopped at once and started again, three times; acks again within 5 s of it "
            + "accepting connections", trial => Crash(trial, s_alone)),
        new("database-black-hole", "5", "the line to the database swallows everything for 15 s: no ack, readiness false, heals "
            + "alone", trial => BlackHole(trial, s_alone)),
        new("database-backends", "7", "the server's sessions are ended again and again while people talk", trial => Backends(trial, s_alone)),
        new("database-lock", "8", "the journal is locked for 20 s: clear refusals, memory bounded, heals alone", trial => Lock(trial, s_alone)),
        new("cluster-database-crash", "6", "the same crash under three silos and two fronts", trial => Crash(trial, s_cluster)),
        new("cluster-database-black-hole", "5", "the same black hole before three silos and two fronts",
            trial => BlackHole(trial, s_cluster)),
        new("cluster-database-backends", "7", "the same end of sessions under three silos and two fronts",
            trial => Backends(trial, s_cluster)),
        new("cluster-database-lock", "8", "the same lock under three silos and two fronts", trial => Lock(trial, s_cluster)),
    ];

    private static async Task Crash(Trial trial, StandOptions options)
    {
        await using var stand = await Stand.Open(trial.Name, options);
        await stand.Talk(8, pauseMs: 5);
        for (var i = 1; i <= 3; i++)
        {
            await CrashScenarios.Some(stand, 60);
            var from = stand.History.Now;
            await stand.Postgres!.StopImmediately();
            // Long enough to be noticed, and for a send to be under way.
            await Await.Until("it is not ready", async () => !await stand.IsReady(), TimeSpan.FromSeconds(20));
            await stand.Postgres.StartAgain();
            var acceptedAt = stand.History.Now;
            await stand.NextAck(TimeSpan.FromSeconds(40));
            var recovered = stand.History.FirstAckAfter(acceptedAt)!.Value;
            trial.OutageMs = Math.Max(trial.OutageMs ?? 0, stand.History.LongestSilence(from, stand.History.Now));
            trial.Note($"crash {i}: first ack {recovered} ms after it accepted connections");
            trial.Recovered(recovered, 5_000);
        }
        await Await.Until("it is ready", stand.IsReady);
        await trial.Finish(stand);
    }

    private static async Task BlackHole(Trial trial, StandOptions options)
    {
        await using var stand = await Stand.Open(trial.Name, options with { BadDatabaseLine = true });
        await stand.Talk(8, pauseMs: 5);
        await CrashScenarios.Some(stand, 60);
        stand.DatabaseLine!.BlackHole();
        var from = stand.History.Now;
        await Await.Until("readiness is false", async () => !await stand.IsReady(), TimeSpan.FromSeconds(15));
        trial.Note($"readiness false after {stand.History.Now - from} ms");
        await Await.Until("15 s have passed", () => stand.History.Now - from > 15_000, TimeSpan.FromSeconds(20));
        // What was in the pipe when the line died may still have been answered; nothing later may be.
        var late = stand.History.FirstAckAfter(from + 500);
        Trial.Demand(late is null, "A send was acknowledged while the database was out of reach.");
        stand.DatabaseLine.CutAll();
        stand.DatabaseLine.Heal();
        var healedAt = stand.History.Now;
        await stand.NextAck(TimeSpan.FromSeconds(60));
        trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
        trial.Recovered(stand.History.FirstAckAfter(healedAt)!.Value, 15_000);
        await Await.Until("it is ready again", stand.IsReady, TimeSpan.FromSeconds(20));
        await trial.Finish(stand);
    }

    private static async Task Backends(Trial trial, StandOptions options)
    {
        await using var stand = await Stand.Open(trial.Name, options);
        await stand.Talk(8, pauseMs: 5);
        for (var i = 0; i < 10; i++)
        {
            await CrashScenarios.Some(stand, 15);
            var from = stand.History.Now;
            await stand.Postgres!.TerminateSessions();
            var recovered = await stand.NextAck(TimeSpan.FromSeconds(30));
            trial.OutageMs = Math.Max(trial.OutageMs ?? 0, stand.History.LongestSilence(from, stand.History.Now));
            trial.Recovered(recovered, 5_000);
        }
        trial.Note("all sessions ended 10 times");
        await trial.Finish(stand);
    }

    private static async Task Lock(Trial trial, StandOptions options)
    {
        await using var stand = await Stand.Open(trial.Name, options);
        await stand.Talk(16, pauseMs: 5);
        await CrashScenarios.Some(stand, 60);
        var before = stand.MemoryMiB();
        long from, healedAt;
        await using (var connection = new NpgsqlConnection(stand.Database + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand("lock table journal in access exclusive mode", connection, transaction);
            await command.ExecuteNonQueryAsync();
            from = stand.History.Now;
            await Await.Until("20 s have passed", () => stand.History.Now - from > 20_000, TimeSpan.FromSeconds(25));
            Trial.Demand(stand.History.FirstAckAfter(from + 200) is null, "A send was acknowledged while the journal was locked.");
            await transaction.RollbackAsync();
            healedAt = stand.History.Now;
        }
        await stand.NextAck(TimeSpan.FromSeconds(60));
        trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
        trial.Recovered(stand.History.FirstAckAfter(healedAt)!.Value, 15_000);
        var after = stand.MemoryMiB();
        trial.Note($"memory {before} to {after} MiB");
        Trial.Demand(after - before < 300, $"Memory rose from {before} to {after} MiB while the database stood still.");
        await trial.Finish(stand);
    }
}
