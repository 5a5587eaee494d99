using CustomerService.Faults.Clients;
using CustomerService.Faults.Stands;
using CustomerService.Support;

namespace CustomerService.Faults;

/// <summary>Too many at once.</summary>
internal static class CrowdScenarios
{
    private const int Crowd = 2_000, SmallCrowd = 500, Watchers = 100;

    public static readonly Scenario[] All =
    [
        new("reconnect", "15", "2,000 clients reconnect at once after a kill -9; 99 % have resumed within 10 s of the server being "
            + "ready", trial => Reconnect(trial, Crowd)),
        new("reconnect-small", "15", "the same with 500 clients", trial => Reconnect(trial, SmallCrowd)),
        new("hot-conversation", "20", "one conversation with 100 watchers gets 500 messages a second: others' p99 unharmed", Hot),
        new("overload", "23", "150 % of what the server can take, for 20 s: typed refusals or slow acks, recovered within 30 s", Overload),
    ];

    private static async Task Reconnect(Trial trial, int count)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true });
        var visitors = new Visitor[count];
        var ready = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            visitors[i] = await stand.NewVisitor();
            await stand.Begin(visitors[i], "here");
            if (Interlocked.Increment(ref ready) % 500 == 0)
                trial.Say($"{ready} of {count} are there");
        });
        var killedAt = stand.History.Now;
        await stand.Server.Kill();
        await stand.Server.Start().Ready();
        var readyAt = stand.History.Now;
        trial.Say($"ready {readyAt - killedAt} ms after the kill");
        await Await.Until(
            "99 % have resumed", () => visitors.Count(visitor => visitor.ResumedAt > killedAt) >= count * 99 / 100, TimeSpan.FromSeconds(60),
            () => stand.Server.Output);
        var resumed = stand.History.Now - readyAt;
        trial.OutageMs = readyAt - killedAt;
        trial.Note($"99 % of {count} resumed {resumed} ms after the server was ready, {stand.History.Now - killedAt} ms after the kill");
        trial.Recovered(Math.Max(0, resumed), 10_000);
        await Task.WhenAll(visitors.Take(50).Select(visitor => visitor.Say("back")));
        await trial.Finish(stand);
    }

    private static async Task Hot(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true, Agents = 0 });
        var hot = await stand.NewVisitor();
        var conversation = await stand.Begin(hot, "hot");
        var watchers = new List<HubSocket>();
        for (var i = 0; i < Watchers; i++)
        {
            var socket = (await HubSocket.Open(stand.Server.Address, "visitor", hot.Token, (_, _) => { }, default)).Listen();
            await socket.Call("Resume", [new { conversationId = conversation, after = 0 }], TimeSpan.FromSeconds(10));
            watchers.Add(socket);
        }
        var other = await stand.NewVisitor();
        await stand.Begin(other, "cool");
        var calm = await P99(stand, other, 60);
        using var enough = new CancellationTokenSource();
        var sent = 0;
        var talking = Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await hot.Say($"lane {i} message {Interlocked.Increment(ref sent)}", lane: $"lane{i}");
                await Task.Delay(80);
            }
        })).ToArray();
        var from = stand.History.Now;
        var busy = await P99(stand, other, 150);
        var rate = sent * 1000.0 / (stand.History.Now - from);
        await enough.CancelAsync();
        await Task.WhenAll(talking);
        trial.Note($"{rate:F0} messages a second to {Watchers} watchers; others' p99 {calm} ms calm, {busy} ms beside it");
        Trial.Demand(busy < 1_000, $"Others' p99 was {busy} ms beside a hot conversation.");
        foreach (var socket in watchers)
            await socket.DisposeAsync();
        trial.RecoveryMs = await P99(stand, other, 20);
        await trial.Finish(stand);
    }

    private static async Task Overload(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true, Agents = 0 });
        var other = await stand.NewVisitor();
        await stand.Begin(other, "one of the crowd");
        var calm = await P99(stand, other, 40);
        var before = stand.MemoryMiB();
        // Closed loops without a pause are as much as the machine gives; half as many again wait behind them.
        await stand.Talk(192, pauseMs: 0);
        var (from, acks) = (stand.History.Now, stand.History.AckCount);
        await Await.Until("20 s have passed", () => stand.History.Now - from > 20_000, TimeSpan.FromSeconds(25));
        var rate = (stand.History.AckCount - acks) * 1000.0 / (stand.History.Now - from);
        trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
        var after = stand.MemoryMiB();
        await stand.Quiet();
        var endedAt = stand.History.Now;
        var recovered = await P99(stand, other, 40);
        trial.Note($"{rate:F0} acks a second, memory {before} to {after} MiB, p99 {calm} ms before and {recovered} ms after");
        Trial.Demand(recovered < Math.Max(200, 5 * calm), $"p99 is {recovered} ms after the overload, {calm} ms before.");
        trial.Recovered(stand.History.Now - endedAt, 30_000);
        Trial.Demand(after - before < 800, $"Memory rose from {before} to {after} MiB.");
        await trial.Finish(stand);
    }

    private static async Task<long> P99(Stand stand, Visitor visitor, int count)
    {
        var times = new List<long>();
        for (var i = 0; i < count; i++)
        {
            var from = stand.History.Now;
            await visitor.Say($"ping {from} {i}");
            times.Add(stand.History.Now - from);
        }
        times.Sort();
        return times[(times.Count * 99 / 100) - 1];
    }
}
