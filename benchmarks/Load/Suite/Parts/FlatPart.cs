using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load.Suite.Parts;

/// <summary>
/// Whether a message costs more in a conversation of 100,000 messages than in a short one, and among 100,000 open
/// conversations than among 1,000. Loads of the two alternate, so that what else the machine does meets both.
/// </summary>
public static class FlatPart
{
    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        await Length(suite, cancellationToken);
        await Open(suite, cancellationToken);
    }

    private static async Task Length(SuiteContext suite, CancellationToken cancellationToken)
    {
        var database = await suite.NewDatabase(cancellationToken);
        await using var contender = await suite.OnPostgres("product", cancellationToken, database);
        var scenario = Steady(suite, visitors: 5, agents: 2, rate: 300);
        using var shortDeployment = contender.Deployment();
        await using var shortOnes = suite.Runner(contender, shortDeployment, scenario);
        await shortOnes.Gather(cancellationToken);
        using var longDeployment = contender.Deployment();
        await using var longOnes = suite.Runner(contender, longDeployment, scenario);
        await longOnes.Gather(cancellationToken);
        suite.Say($"flat: 5 conversations get {suite.Size.LongConversation:N0} messages each");
        var seed = new Seed(database);
        await seed.Lengthen(longOnes.Conversations, suite.Size.LongConversation, cancellationToken);
        await seed.Indexed(TimeSpan.FromMinutes(10), cancellationToken);
        // Their grains find out by their next append that others wrote, and read anew: once, and not counted.
        await longOnes.Load(scenario, cancellationToken);
        await shortOnes.Load(scenario, cancellationToken);
        for (var round = 0; round < suite.Size.Rounds; round++)
        {
            Sample(suite, "length.short", await shortOnes.Load(scenario, cancellationToken));
            Sample(suite, "length.long", await longOnes.Load(scenario, cancellationToken));
        }
    }

    private static async Task Open(SuiteContext suite, CancellationToken cancellationToken)
    {
        var visitors = Math.Min(1_000, suite.Size.Visitors);
        var scenario = Steady(suite, visitors, agents: Math.Max(1, visitors / 20), rate: 500) with { Capacity = 20 };
        var database = await suite.NewDatabase(cancellationToken);
        await using var few = await suite.OnPostgres("product", cancellationToken);
        await using var many = await suite.Beside(database, cancellationToken);
        using var fewDeployment = few.Deployment();
        await using var fewOpen = suite.Runner(few, fewDeployment, scenario);
        await fewOpen.Gather(cancellationToken);
        using var manyDeployment = many.Deployment();
        await using var manyOpen = suite.Runner(many, manyDeployment, scenario);
        await manyOpen.Gather(cancellationToken);
        suite.Say($"flat: {suite.Size.OpenConversations:N0} further conversations are open in one of two databases");
        var seed = new Seed(database);
        await seed.OpenConversations(suite.Size.OpenConversations - visitors, cancellationToken);
        await seed.Indexed(TimeSpan.FromMinutes(10), cancellationToken);
        await fewOpen.Load(scenario, cancellationToken);
        await manyOpen.Load(scenario, cancellationToken);
        for (var round = 0; round < suite.Size.Rounds; round++)
        {
            Sample(suite, "open.few", await fewOpen.Load(scenario, cancellationToken));
            Sample(suite, "open.many", await manyOpen.Load(scenario, cancellationToken));
        }
    }

    private static void Sample(SuiteContext suite, string name, RunResult result)
    {
        var isVoid = SuiteContext.WhyVoid(result);
        suite.Sample("flat", name, (result.ServerCpuPer1000 ?? 0) + (result.DatabaseCpuPer1000 ?? 0), isVoid);
        suite.Sample("flat", $"{name}.ackP50", result.Latencies.GetValueOrDefault(Drive.RunRecord.Ack)?.P50Ms ?? double.NaN, isVoid);
    }

    private static Scenario Steady(SuiteContext suite, int visitors, int agents, double rate) =>
        ScenarioCatalogue.Find("steady-chat")! with
        {
            Visitors = visitors, Agents = agents, WarmupSeconds = suite.Size.WarmupSeconds,
            Seconds = suite.Size.HalfSeconds, AgentShare = 0.3,
            Schedule = ScenarioCatalogue.Find("steady-chat")!.Schedule with { Rate = Math.Min(rate, visitors * 60) },
        };
}
