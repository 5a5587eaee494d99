using System.Text;
using CustomerService.Faults.Clients;
using CustomerService.Faults.Stands;
using CustomerService.Support;

namespace CustomerService.Faults;

/// <summary>Bad lines and bad clients.</summary>
internal static class LineScenarios
{
    private const int SlowReaders = 8;

    public static readonly Scenario[] All =
    [
        new("cut", "13", "a visitor's socket is cut after each byte k of a send, on the way there and on the way back: resent, one "
            + "copy", Cut),
        new("half-open", "14", "lines on which nothing comes back, and lines that go silent: the client leaves and resumes", HalfOpen),
        new("slow-reader", "14", "connections that never read in a busy conversation: they alone are dropped, memory bounded", SlowReader),
        new("bad-frames", "19", "oversized, deeply nested and malformed frames: that connection closes, the process lives", BadFrames),
    ];

    private static async Task Cut(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { BadLine = true, OnPostgres = true });
        var watcher = await stand.NewVisitor(stand.Server.Address);
        await stand.Begin(watcher, "an undisturbed one");
        var visitor = await stand.NewVisitor();
        await stand.Begin(visitor, "over a bad line");
        visitor.BackoffBaseMs = 20;
        var line = stand.Line!;
        // How many bytes a whole connect, resume and send take, each way.
        visitor.CutLine();
        await visitor.Say("measure");
        var (up, down) = ((int)line.LastUp, (int)line.LastDown);
        var cuts = 0;
        foreach (var (isUp, length) in ((bool, int)[])[(true, up), (false, down)])
        {
            // All of the handshake matters little, all of the frames much: a coarse step, then a fine one.
            for (var k = 1; k < length; k += k < length - 300 ? 41 : 5)
            {
                line.CutAfterUp = isUp ? k : null;
                line.CutAfterDown = isUp ? null : k;
                visitor.CutLine();
                var said = visitor.Say($"cut {(isUp ? "up" : "down")} {k}");
                // The first connection is cut by its budget; then the line is whole.
                await Task.WhenAny(said, Task.Run(() => Await.Until("it is cut", () => line.Cuts > cuts, TimeSpan.FromSeconds(5))));
                line.Heal();
                cuts = (int)line.Cuts;
                await said.WaitAsync(TimeSpan.FromSeconds(20));
            }
        }
        trial.Note($"{cuts} cuts over {up} bytes there and {down} back");
        Trial.Demand(cuts > 50, $"Only {cuts} cuts came about.");
        await trial.Finish(stand);
    }

    private static async Task HalfOpen(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { BadLine = true, OnPostgres = true });
        await stand.Talk(6, pauseMs: 20);
        await CrashScenarios.Some(stand, 60);
        stand.Line!.SilentDown = true;
        var from = stand.History.Now;
        var straight = await stand.NewVisitor(stand.Server.Address);
        await stand.Begin(straight, "someone on a good line");
        trial.Note($"others served after {stand.History.Now - from} ms");
        Trial.Demand(stand.History.Now - from < 5_000, "A visitor on a good line waited for those on a bad one.");
        await Await.Until("8 s have passed", () => stand.History.Now - from > 8_000, TimeSpan.FromSeconds(12));
        stand.Line.Heal();
        var healedAt = stand.History.Now;
        await stand.NextAck(TimeSpan.FromSeconds(60));
        trial.OutageMs = stand.History.LongestSilence(from, stand.History.Now);
        // A client waits 25 s for an answer that was swallowed before it gives its line up.
        trial.Recovered(stand.History.FirstAckAfter(healedAt)!.Value, 30_000);
        await trial.Finish(stand);
    }

    private static async Task SlowReader(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true, Agents = 0 });
        var talker = await stand.NewVisitor();
        var conversation = await stand.Begin(talker, "who reads this?");
        var before = stand.MemoryMiB();
        var deaf = new List<HubSocket>();
        for (var i = 0; i < SlowReaders; i++)
        {
            // A second tab of the same visitor, whose socket is read by nobody.
            var socket = await HubSocket.Open(stand.Server.Address, "visitor", talker.Token, (_, _) => { }, default);
            await socket.SendRaw([.. Encoding.UTF8.GetBytes(
                "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Resume\",\"arguments\":[{\"conversationId\":\"" + conversation + "\",\"after\":0}]}"), 0x1e]);
            deaf.Add(socket);
        }
        var text = new string('长', 3_900);
        long slowest = 0;
        for (var i = 0; i < 700; i++)
        {
            var from = stand.History.Now;
            await talker.Say($"{i} {text}");
            slowest = Math.Max(slowest, stand.History.Now - from);
        }
        var after = stand.MemoryMiB();
        trial.Note($"700 long messages, slowest ack {slowest} ms, memory {before} to {after} MiB with {SlowReaders} deaf connections");
        Trial.Demand(after - before < 400, $"Memory rose from {before} to {after} MiB.");
        Trial.Demand(slowest < 5_000, $"An ack took {slowest} ms beside deaf connections.");
        foreach (var socket in deaf)
            await socket.DisposeAsync();
        trial.RecoveryMs = await Quick(stand, talker);
        await trial.Finish(stand);
    }

    private static async Task<long> Quick(Stand stand, Visitor visitor)
    {
        var from = stand.History.Now;
        await visitor.Say("and now");
        return stand.History.Now - from;
    }

    private static async Task BadFrames(Trial trial)
    {
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true });
        await stand.Talk(4, pauseMs: 20);
        var victim = await stand.NewVisitor();
        await stand.Begin(victim, "I am the one who misbehaves");
        var deep = new string('[', 5_000);
        (string Name, byte[] Frame)[] frames =
        [
            ("oversized", [.. Encoding.UTF8.GetBytes("{\"type\":1,\"target\":\"Typing\",\"arguments\":[\"" + new string('x', 200_000) + "\"]}"), 0x1e]),
            ("endless", Encoding.UTF8.GetBytes(new string('x', 2_000_000))),
            ("nested", [.. Encoding.UTF8.GetBytes("{\"type\":1,\"target\":\"Typing\",\"arguments\":[" + deep + "]}"), 0x1e]),
            ("no JSON", [.. "hello"u8, 0x1e]),
            ("no type", [.. "{}"u8, 0x1e]),
            ("bytes", [0xff, 0xfe, 0x00, 0x1e]),
            ("wrong type", [.. "{\"type\":\"one\"}"u8, 0x1e]),
        ];
        foreach (var (name, frame) in frames)
        {
            await using var socket = (await HubSocket.Open(
                stand.Server.Address, "visitor", victim.Token, (_, _) => { }, default)).Listen();
            try
            {
                await socket.SendRaw(frame);
            }
            catch (Exception error) when (error is System.Net.WebSockets.WebSocketException or OperationCanceledException or IOException)
            {
                // Closed before all of it was taken, as it should be.
            }
            await Await.Until($"the connection that sent '{name}' is closed", () => socket.Closed.IsCompleted);
        }
        var recovered = await stand.NextAck(TimeSpan.FromSeconds(5));
        trial.Note($"{frames.Length} kinds of bad frames, each closed its own connection");
        trial.Recovered(recovered, 2_000);
        Trial.Demand(await stand.IsReady(), "The server is not ready after bad frames.");
        await trial.Finish(stand);
    }
}
