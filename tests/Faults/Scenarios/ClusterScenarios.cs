using System.Diagnostics;
using System.Globalization;
using CustomerService.Faults.Faults;
using CustomerService.Faults.Stands;
using CustomerService.Support;

namespace CustomerService.Faults;

/// <summary>Three silos and two fronts on one PostgreSQL: silos die, freeze and starve.</summary>
internal static class ClusterScenarios
{
    private const int Kills = 6, Talkers = 30, PauseMs = 200, AnswerMsMax = 5_000;
    // Three probes that fail take some five seconds; then a front hears of it within one, and asks again.
    private const int CutOffMsMax = 8_000;

    private const int Crowd = 200, CrowdBackMsMax = 10_000, AllBackMsMax = 30_000;

    // What a conversation that was not touched never takes here, even on a busy machine.
    private const int TouchedMs = 600;

    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(4);

    public static readonly Scenario[] All =
    [
        new("silo-kill", "1", "SIGKILL of one silo of three, again and again: conversations it had answer again within 5 s at p99", Kill),
        new("silo-freeze", "4", "one silo of three is frozen for 12 s, then thaws: it writes nothing, ends by itself, others go on", Freeze),
        new("silo-partition", "1, 16", "one silo of three is cut off from the others and the fronts both ways for 15 s, but not from the "
            + "database: others go on within 8 s, it ends by itself", Partition, IsolatedNetworks.Missing),
        new("silo-load", "1", "20 busy loops beside three silos for 40 s: no silo is taken for dead", Load),
        new("cluster-killed", "2", "SIGKILL of all silos and fronts and of PostgreSQL at once; all are started again: first ack within 30 s "
            + "of the start", AllKilled),
        new("front-kill", "15", "SIGKILL of one front of two, with 200 connected: all are back at the other one and have everything within "
            + "10 s", FrontKill),
    ];

    private static StandOptions Three => new() { OnPostgres = true, Silos = 3, Fronts = 2 };

    private static async Task Kill(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, Three);
        await stand.Talk(Talkers, PauseMs);
        var touched = new List<long>();
        for (var i = 0; i < Kills; i++)
        {
            await Pass(stand, Calm);
            var silo = stand.Silos[i % stand.Silos.Count];
            var killedAt = stand.History.Now;
            await silo.Kill();
            await Pass(stand, TimeSpan.FromMilliseconds(AnswerMsMax + 3_000));
            var slow = SlowestOfEach(stand, killedAt - 200, stand.History.Now).Where(took => took > TouchedMs).ToList();
            touched.AddRange(slow);
            trial.Say(string.Create(CultureInfo.InvariantCulture,
                $"kill {i + 1}: {slow.Count} of {Talkers} waited, at most {slow.DefaultIfEmpty().Max()} ms"));
            await silo.Start().Said("The silo is ready");
        }
        touched.Sort();
        Trial.Demand(touched.Count > 0, "No conversation was on any silo that was killed.");
        var p99 = touched[(int)Math.Ceiling(touched.Count * 0.99) - 1];
        trial.Note(string.Create(CultureInfo.InvariantCulture,
            $"{Kills} kills, {touched.Count} sends waited: median {touched[touched.Count / 2]} ms, p99 {p99} ms, longest {touched[^1]} ms"));
        trial.OutageMs = touched[^1];
        trial.Recovered(p99, AnswerMsMax);
        await trial.Finish(stand);
    }

    private static async Task Freeze(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, Three);
        await stand.Talk(Talkers, PauseMs);
        await Pass(stand, Calm);
        var frozen = stand.Silos[1];
        var from = stand.History.Now;
        frozen.Signal("STOP");
        await Pass(stand, TimeSpan.FromSeconds(12));
        var slow = SlowestOfEach(stand, from - 200, stand.History.Now).Where(took => took > TouchedMs).Order().ToList();
        Trial.Demand(slow.Count > 0, "No conversation was on the silo that was frozen.");
        var thawedAt = stand.History.Now;
        frozen.Signal("CONT");
        var code = await frozen.Exited(TimeSpan.FromSeconds(30));
        trial.Note($"{slow.Count} conversations waited, median {slow[slow.Count / 2]} ms, longest {slow[^1]} ms; thawed, it ended by itself after "
            + $"{stand.History.Now - thawedAt} ms with code {code}");
        Trial.Demand(code != 0, "A silo that was declared dead ended with exit code 0.");
        trial.OutageMs = slow[^1];
        await frozen.Start().Said("The silo is ready");
        trial.Recovered(await stand.NextAck(TimeSpan.FromSeconds(10)), AnswerMsMax);
        await trial.Finish(stand);
    }

    private static async Task Partition(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, Three with { ApartFromEachOther = true });
        await stand.Talk(Talkers, PauseMs);
        await Pass(stand, Calm);
        var from = stand.History.Now;
        stand.Networks!.CutOff(1);
        await Pass(stand, TimeSpan.FromSeconds(15));
        var slow = SlowestOfEach(stand, from - 200, stand.History.Now).Where(took => took > TouchedMs).Order().ToList();
        Trial.Demand(slow.Count > 0, "No conversation was on the silo that was cut off.");
        var code = await stand.Silos[1].Exited(TimeSpan.FromSeconds(30));
        Trial.Demand(stand.Silos[0].IsRunning && stand.Silos[2].IsRunning, "The silo that was cut off took others down.");
        trial.Note($"{slow.Count} conversations waited, median {slow[slow.Count / 2]} ms, longest {slow[^1]} ms; the silo that was cut off ended by itself with code {code}");
        stand.Networks.Heal(1);
        trial.OutageMs = slow[^1];
        trial.Recovered(slow[^1], CutOffMsMax);
        await stand.Silos[1].Start().Said("The silo is ready", TimeSpan.FromMinutes(2));
        trial.Recovered(await stand.NextAck(TimeSpan.FromSeconds(10)), AnswerMsMax);
        await trial.Finish(stand);
    }

    private static async Task AllKilled(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, Three);
        await stand.Talk(10, PauseMs);
        await Pass(stand, Calm);
        var killedAt = stand.History.Now;
        var all = stand.Silos.Concat(stand.Fronts).ToArray();
        await Task.WhenAll(all.Select(process => process.Kill()));
        await stand.Postgres!.StopImmediately();
        await stand.Postgres.StartAgain();
        var startedAt = stand.History.Now;
        foreach (var process in all)
            process.Start();
        await stand.NextAck(TimeSpan.FromMinutes(2));
        trial.OutageMs = stand.History.LongestSilence(killedAt, stand.History.Now);
        trial.Recovered(stand.History.FirstAckAfter(startedAt)!.Value, AllBackMsMax);
        foreach (var front in stand.Fronts)
            await front.Ready(TimeSpan.FromMinutes(2));
        await trial.Finish(stand);
    }

    private static async Task FrontKill(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, Three);
        var crowd = new List<Clients.Visitor>();
        for (var i = 0; i < Crowd; i++)
        {
            var visitor = await stand.NewVisitor();
            await stand.Begin(visitor, "here");
            crowd.Add(visitor);
        }
        await stand.Talk(10, PauseMs);
        await Pass(stand, Calm);
        var connects = crowd.Select(visitor => visitor.Connects).ToArray();
        var killedAt = stand.History.Now;
        await stand.Fronts[1].Kill();
        await Await.Until("those of the dead front have noticed", () => crowd.Exists(visitor => !visitor.IsConnected), TimeSpan.FromSeconds(30));
        await Await.Until(
            "everybody is connected and has everything",
            () => crowd.Where((visitor, i) => visitor.Connects == connects[i]).All(visitor => visitor.IsConnected)
                && crowd.Where((visitor, i) => visitor.Connects > connects[i]).All(visitor => visitor.IsConnected && visitor.ResumedAt > killedAt),
            TimeSpan.FromSeconds(60));
        var back = crowd.Where((visitor, i) => visitor.Connects > connects[i]).Select(visitor => visitor.ResumedAt - killedAt).Order().ToList();
        Trial.Demand(back.Count > 0, "Nobody was on the front that was killed.");
        var p99 = back[(int)Math.Ceiling(back.Count * 0.99) - 1];
        trial.Note($"{back.Count} of {Crowd} came back: median {back[back.Count / 2]} ms, p99 {p99} ms, first {back[0]} ms");
        trial.OutageMs = SlowestOfEach(stand, killedAt, stand.History.Now).DefaultIfEmpty().Max();
        trial.Recovered(p99, CrowdBackMsMax);
        await stand.Fronts[1].Start().Ready(TimeSpan.FromMinutes(2));
        await trial.Finish(stand);
    }

    private static async Task Load(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, Three);
        await stand.Talk(10, PauseMs);
        await Pass(stand, Calm);
        var from = stand.History.Now;
        var loops = Enumerable.Range(0, 20).Select(_ => Process.Start("sh", ["-c", "while :; do :; done"])).ToArray();
        try
        {
            await Pass(stand, TimeSpan.FromSeconds(40));
        }
        finally
        {
            foreach (var loop in loops)
            {
                loop.Kill();
                loop.Dispose();
            }
        }
        var slow = SlowestOfEach(stand, from, stand.History.Now).Order().ToList();
        trial.Note($"slowest ack of each of 10 talkers meanwhile: median {slow[slow.Count / 2]} ms, longest {slow[^1]} ms");
        trial.OutageMs = slow[^1];
        foreach (var silo in stand.Silos)
            Trial.Demand(silo.IsRunning, "A silo was taken for dead under load:\n" + silo.Output);
        var suspected = stand.Silos.Count(silo => silo.Output.Contains("has been suspected", StringComparison.OrdinalIgnoreCase)
            || silo.Output.Contains("votes for death", StringComparison.OrdinalIgnoreCase));
        trial.Note($"{suspected} silos saw votes");
        trial.Recovered(await stand.NextAck(TimeSpan.FromSeconds(10)), AnswerMsMax);
        await trial.Finish(stand);
    }

    /// <summary>Each talker's slowest send among those that were under way in that time.</summary>
    public static IEnumerable<long> SlowestOfEach(Stand stand, long from, long to) => stand.Answers
        .Where(answer => answer.To >= from && answer.From <= to)
        .GroupBy(answer => answer.Client).Select(client => client.Max(answer => answer.Took));

    public static Task Pass(Stand stand, TimeSpan time)
    {
        var until = stand.History.Now + time.TotalMilliseconds;
        return Await.Until("the time has passed", () => stand.History.Now >= until, time + TimeSpan.FromSeconds(5));
    }
}
