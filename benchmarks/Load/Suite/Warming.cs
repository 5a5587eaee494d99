using CustomerService.Load.Commands;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load.Suite;

/// <summary>
/// Loads that are not counted, until they cost no less any more. For a minute or two a process compiles what it has run
/// often, the product longer than a hub of a hundred lines: counted, that would look like the cost of a message.
/// </summary>
public static class Warming
{
    // A load this near to the cheapest one before brought nothing; two in a row, because one may have been disturbed.
    private const double Settled = 0.95;
    private const int SettledLoads = 2;

    public static async Task Play(
        SuiteContext suite, Runner runner, Scenario scenario, CancellationToken cancellationToken)
    {
        var costs = new List<double>();
        while (costs.Count < suite.Size.WarmLoads && !IsSettled(costs))
        {
            var result = await runner.Load(scenario, cancellationToken);
            costs.Add(result.ServerCpuPer1000 ?? 0);
            suite.Say($"  warming: {costs[^1]:f3} s of servers' CPU per 1,000 messages");
        }
    }

    /// <summary>True where the last loads, two in a row, were hardly cheaper than the cheapest before each.</summary>
    public static bool IsSettled(IReadOnlyList<double> costs)
    {
        if (costs.Count <= SettledLoads)
            return false;
        for (var last = costs.Count - SettledLoads; last < costs.Count; last++)
        {
            if (costs[last] <= costs.Take(last).Min() * Settled)
                return false;
        }
        return true;
    }
}
