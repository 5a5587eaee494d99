using CustomerService.Faults.Clients;
using CustomerService.Faults.Stands;
using CustomerService.Support;

namespace CustomerService.Faults;

/// <summary>Too many at once.</summary>
internal static class CrowdScenarios
{
    private const int Crowd = 2_000, SmallCrowd = 500, Watchers = 100, FastPeople = 64, MessagesPerSecond = 2, OutboxMax = 3;

    public static readonly Scenario[] All =
    [
        new("reconnect", "15", "2,000 clients reconnect at once after a kill -9; 99 % have resumed within 10 s of the server being "
            + "ready", trial => Reconnect(trial, Crowd)),
        new("reconnect-small", "15", "the same with 500 clients", trial => Reconnect(trial, SmallCrowd)),
        new("hot-conversation", "20", "one conversation with 100 watchers gets 500 messages a second: others' p99 unharmed", Hot),
        new("overload", "23", "150 % of what the server can take, for five minutes: typed refusals or slow acks, memory bounded, "
            + "recovered within 30 s", Overload),
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

    /// <summary>First what the server takes from people who write as fast as they are answered; then people who write at a
    /// pace of their own, half as much again together. One of them has one message under way and keeps up to
    /// <see cref="OutboxMax"/>; whoever is not answered by then stops writing.</summary>
    private static async Task Overload(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true, Agents = 0 });
        var other = await stand.NewVisitor();
        await stand.Begin(other, "one of the crowd");
        var calm = await P99(stand, other, 40);
        var fast = await People(stand, FastPeople);
        using var measured = new CancellationTokenSource();
        var (from, acks) = (stand.History.Now, stand.History.AckCount);
        var writing = fast.Select(visitor => Task.Run(async () =>
        {
            for (var i = 0; !measured.IsCancellationRequested; i++)
                await visitor.Say($"fast {i}");
        })).ToArray();
        await Await.Until("the knee is measured", () => stand.History.Now - from > 10_000, TimeSpan.FromSeconds(15));
        var knee = (stand.History.AckCount - acks) * 1000.0 / (stand.History.Now - from);
        await measured.CancelAsync();
        await Task.WhenAll(writing);
        var before = stand.MemoryMiB();

        var crowd = await People(stand, (int)(knee * 1.5 / MessagesPerSecond));
        trial.Note($"knee {knee:F0} messages a second; {crowd.Length} people who write {MessagesPerSecond} a second each");
        using var enough = new CancellationTokenSource();
        long offered = 0, givenUp = 0;
        (from, acks) = (stand.History.Now, stand.History.AckCount);
        var lastsMs = trial.IsShort ? 20_000 : 300_000;
        var flood = crowd.Select(visitor => Task.Run(() => Write(visitor))).ToArray();
        for (var minute = 1; stand.History.Now - from < lastsMs; minute++)
        {
            await Await.Until("a minute has passed", () => stand.History.Now - from > Math.Min(minute * 60_000, lastsMs), TimeSpan.FromSeconds(70));
            trial.Say($"{(stand.History.Now - from) / 1000} s: {stand.History.AckCount - acks} acks, memory {stand.MemoryMiB()} MiB");
        }
        var rate = (stand.History.AckCount - acks) * 1000.0 / (stand.History.Now - from);
        trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
        var after = stand.MemoryMiB();
        await enough.CancelAsync();
        var endedAt = stand.History.Now;
        await Task.WhenAll(flood);
        var recovered = await P99(stand, other, 40);
        trial.Note($"{offered * 1000.0 / lastsMs:F0} a second wanted to be said for {lastsMs / 1000} s, {rate:F0} acked, {givenUp} not even tried; "
            + $"refused: {stand.History.Refusals}; memory {before} to {after} MiB, p99 {calm} ms before and {recovered} ms after");
        Trial.Demand(recovered < Math.Max(200, 5 * calm), $"p99 is {recovered} ms after the overload, {calm} ms before.");
        trial.Recovered(stand.History.Now - endedAt, 30_000);
        Trial.Demand(rate > knee / 2, $"Only {rate:F0} acks a second under overload, of {knee:F0} at the knee.");
        Trial.Demand(after - before < 800, $"Memory rose from {before} to {after} MiB.");
        await trial.Finish(stand);

        async Task Write(Visitor visitor)
        {
            var waiting = 0;
            var last = Task.CompletedTask;
            using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / MessagesPerSecond));
            await Task.Delay(Random.Shared.Next(1000 / MessagesPerSecond));
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                Interlocked.Increment(ref offered);
                if (Volatile.Read(ref waiting) < OutboxMax)
                {
                    Interlocked.Increment(ref waiting);
                    last = Say(last, $"message {i}");
                }
                else
                {
                    Interlocked.Increment(ref givenUp);
                }
                await pace.WaitForNextTickAsync();
            }
            await last;

            async Task Say(Task earlier, string text)
            {
                await earlier;
                await visitor.Say(text);
                Interlocked.Decrement(ref waiting);
            }
        }
    }

    private static async Task<Visitor[]> People(Stand stand, int count)
    {
        var people = new Visitor[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            people[i] = await stand.NewVisitor();
            await stand.Begin(people[i], "one of many");
        });
        return people;
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
