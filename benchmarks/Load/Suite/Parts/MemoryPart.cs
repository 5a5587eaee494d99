using System.Net.Http.Json;
using System.Text.Json;
using CustomerService.Load.Measure;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load.Suite.Parts;

/// <summary>The managed heap, collected before each look: per idle visitor connection whose conversation has been put away,
/// beside the echo hub; and per active conversation of 20 messages.</summary>
public static class MemoryPart
{
    // Everybody's first connection loads and compiles: what these take is no visitor's.
    private const int FirstVisitors = 50;
    private const int MessagesEach = 20;

    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        foreach (var name in (string[])["echo", "product"])
            await Connections(suite, name, cancellationToken);
        await Conversations(suite, cancellationToken);
    }

    private static async Task Connections(SuiteContext suite, string name, CancellationToken cancellationToken)
    {
        suite.Say($"memory: {suite.Size.IdleVisitors:N0} idle visitors of {name}");
        var idle = ScenarioCatalogue.Find("idle-crowd")! with { Conversations = true };
        await using var contender = await suite.OnPostgres(name, cancellationToken);
        using var firstDeployment = contender.Deployment();
        await using var first = suite.Runner(contender, firstDeployment, idle with { Visitors = FirstVisitors });
        await first.Gather(cancellationToken);
        using var deployment = contender.Deployment();
        await using var crowd = suite.Runner(contender, deployment, idle with { Visitors = suite.Size.IdleVisitors });
        var before = await Look(contender, collect: true, cancellationToken);
        var residentBefore = ProcStat.ResidentBytes(contender.Pid);
        await crowd.Gather(cancellationToken);
        for (var look = 0; look < 5; look++)
        {
            var after = await Look(contender, collect: true, cancellationToken);
            var open = crowd.Connections;
            var isVoid = open < suite.Size.IdleVisitors ? $"Only {open} are connected."
                : after.Conversations > open / 100 ? $"{after.Conversations} conversations are still active." : null;
            suite.Sample("memory", $"{name}.heapPerConnection", (after.HeapBytes - before.HeapBytes) / (double)open, isVoid);
            suite.Sample("memory", $"{name}.idleConnections", open);
        }
        suite.Sample("memory", $"{name}.residentPerConnection",
            (ProcStat.ResidentBytes(contender.Pid) - residentBefore) / (double)crowd.Connections);
    }

    private static async Task Conversations(SuiteContext suite, CancellationToken cancellationToken)
    {
        suite.Say($"memory: {suite.Size.Visitors:N0} active conversations of {MessagesEach} messages");
        var idle = ScenarioCatalogue.Find("idle-crowd")! with { Conversations = true };
        await using var contender = await suite.OnPostgres("product", cancellationToken);
        using var firstDeployment = contender.Deployment();
        await using var first = suite.Runner(contender, firstDeployment, idle with { Visitors = FirstVisitors, Prefill = MessagesEach });
        await first.Gather(cancellationToken);
        await Look(contender, collect: true, cancellationToken);
        using var deployment = contender.Deployment();
        await using var crowd = suite.Runner(
            contender, deployment, idle with { Visitors = suite.Size.Visitors, Prefill = MessagesEach });
        await crowd.Gather(cancellationToken);
        // Once before, so that nothing is left of what the writing itself needed.
        await Look(contender, collect: false, cancellationToken);
        var looks = new List<Heap>();
        for (var look = 0; look < 5; look++)
            looks.Add(await Look(contender, collect: false, cancellationToken));
        await Look(contender, collect: true, cancellationToken);
        var resting = await Look(contender, collect: true, cancellationToken);
        foreach (var active in looks)
        {
            var count = active.Conversations - resting.Conversations;
            // The visitors' grains, one each, are put away with them: their share is inside the figure.
            suite.Sample("memory", "grain.kB", (active.HeapBytes - resting.HeapBytes) / 1024.0 / Math.Max(1, count),
                count < suite.Size.Visitors * 0.9 ? $"Only {count} conversations were active." : null);
        }
    }

    private static async Task<Heap> Look(Contender contender, bool collect, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = contender.Address, Timeout = TimeSpan.FromMinutes(2) };
        using var answer = await http.PostAsync(
            new Uri($"diagnostics/memory?collect={(collect ? "true" : "false")}", UriKind.Relative), null, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<Heap>(JsonSerializerOptions.Web, cancellationToken)
            ?? throw new InvalidOperationException("The server told nothing of its memory.");
    }

    private sealed record Heap(long HeapBytes, int Conversations, int Visitors, int Activations);
}
