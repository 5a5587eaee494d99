using System.Globalization;
using CustomerService.Load.Commands;
using CustomerService.Load.Drive;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load.Suite.Parts;

/// <summary>The product against what does less with a message: for each the highest rate that holds the limit, and what a
/// message costs and takes at half of that.</summary>
public static class MessagesPart
{
    // Where to look in the first round, messages a second: wide, because machines differ.
    private static readonly Dictionary<string, (double Low, double High)> s_brackets = new()
    {
        ["echo"] = (8_000, 90_000), ["ef"] = (500, 6_000), ["product"] = (2_000, 16_000),
        ["sqlite"] = (2_000, 20_000), ["product-sqlite"] = (1_000, 12_000),
    };

    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        for (var round = 0; round < suite.Size.Rounds; round++)
        {
            foreach (var name in (string[])["echo", "ef", "product"])
            {
                suite.Say($"messages, round {round + 1} of {suite.Size.Rounds}: {name}");
                var database = await suite.NewDatabase(cancellationToken);
                await using (var contender = await suite.OnPostgres(name, cancellationToken, database))
                    await Turn(suite, "messages", name, contender, cancellationToken);
                // Else the next one pays for the vacuum of what this one left.
                await suite.DropDatabase(database, cancellationToken);
            }
        }
    }

    public static async Task RunOnSqlite(SuiteContext suite, CancellationToken cancellationToken)
    {
        for (var round = 0; round < suite.Size.Rounds; round++)
        {
            foreach (var name in (string[])["sqlite", "product"])
            {
                suite.Say($"sqlite, round {round + 1} of {suite.Size.Rounds}: {name}");
                await using var contender = await suite.OnSqlite(name, cancellationToken);
                await Turn(suite, "sqlite", name == "product" ? "product-sqlite" : name, contender, cancellationToken);
            }
        }
    }

    private static async Task Turn(
        SuiteContext suite, string part, string name, Contender contender, CancellationToken cancellationToken)
    {
        var size = suite.Size;
        var scenario = ScenarioCatalogue.Find("steady-chat")! with
        {
            Visitors = size.Visitors, Agents = size.Agents, WarmupSeconds = size.WarmupSeconds,
            Seconds = size.StepSeconds,
        };
        using var deployment = contender.Deployment();
        await using var runner = suite.Runner(contender, deployment, scenario, name);
        await runner.Gather(cancellationToken);
        var known = suite.Before($"{name}.knee");
        var (low, high) = double.IsFinite(known) && known > 0 ? (known * 0.7, known * 1.4) : s_brackets[name];
        await Warming.Play(suite, runner, At(scenario with { Seconds = size.WarmLoadSeconds }, low), cancellationToken);
        var steps = double.IsFinite(known) && known > 0 ? size.LaterSteps : size.FirstSteps;
        var (knee, best) = await RunCommands.Find(runner, scenario, low, high, size.LimitMs, steps,
            line => suite.Say("  " + line), cancellationToken);
        if (best is null)
        {
            // The bracket was too high: the low end itself may hold.
            var lowest = await runner.Load(At(scenario, low), cancellationToken);
            knee = lowest.Passed && lowest.AckP99Ms < size.LimitMs ? low : 0;
        }
        suite.Sample(part, $"{name}.knee", knee, knee > 0 ? null : "No rate tried held the limit.");
        var half = await runner.Load(
            At(scenario with { Seconds = size.HalfSeconds }, Math.Max(10, knee > 0 ? knee / 2 : low / 2)), cancellationToken);
        Sample(suite, part, name, half);
        if (name == "echo" && suite.Before("product.rate") is var rate && double.IsFinite(rate))
        {
            // Few messages cost more each, whoever carries them: what is the product's own shows at its rate.
            var same = await runner.Load(At(scenario with { Seconds = size.HalfSeconds }, rate), cancellationToken);
            suite.Sample(part, "echo.cpuAtProductRate", same.ServerCpuPer1000 ?? double.NaN, SuiteContext.WhyVoid(same));
        }
    }

    private static void Sample(SuiteContext suite, string part, string name, RunResult half)
    {
        suite.Keep(half);
        var isVoid = SuiteContext.WhyVoid(half);
        void Of(string figure, double value) => suite.Sample(part, $"{name}.{figure}", value, isVoid);
        var ack = half.Latencies.GetValueOrDefault(RunRecord.Ack);
        Of("rate", half.AckedPerSecond);
        Of("cpu", (half.ServerCpuPer1000 ?? 0) + (half.DatabaseCpuPer1000 ?? 0));
        Of("serverCpu", half.ServerCpuPer1000 ?? 0);
        Of("databaseCpu", half.DatabaseCpuPer1000 ?? 0);
        Of("ackP50", ack?.P50Ms ?? double.NaN);
        Of("ackP99", ack?.P99Ms ?? double.NaN);
        Of("deliveryP50", half.Latencies.GetValueOrDefault(RunRecord.Delivery)?.P50Ms ?? double.NaN);
        suite.Say(string.Create(CultureInfo.InvariantCulture,
            $"  at {half.Scenario.Schedule.Rate:N0}/s: repeats {half.Correctness.Repeats}, gaps {half.Correctness.GapsHealed}"));
    }

    private static Scenario At(Scenario scenario, double rate) =>
        scenario with { Schedule = scenario.Schedule with { Rate = rate } };
}
