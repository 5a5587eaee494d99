using System.Globalization;
using CustomerService.Load.Drive;
using CustomerService.Load.Results;

namespace CustomerService.Load.Suite;

/// <summary>Medians of several rounds and their ratios to the bare echo hub.</summary>
public static class SuiteReport
{
    public static IReadOnlyList<string> Heads { get; } =
    [
        "contender", "runs", "void", "knee/s", "of echo", "load/s", "ack p50", "ack p99", "delivery p50", "CPU s/1,000", "of echo's",
    ];

    /// <summary>Void runs are counted and left out of every median; where all are void there is no figure.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(
        IReadOnlyList<RunResult> results, IReadOnlyList<(string Contender, double Rate)> knees)
    {
        double Knee(string contender) => Comparison.Median(knees.Where(k => k.Contender == contender).Select(k => k.Rate));
        double Of(string contender, Func<RunResult, double> value) =>
            Comparison.Median(results.Where(r => r.Contender == contender && r.Passed).Select(value));
        double Cpu(string contender) => Of(contender, r => (r.ServerCpuPer1000 ?? 0) + (contender == "echo" ? 0 : r.DatabaseCpuPer1000 ?? 0));
        return [.. results.Select(r => r.Contender).Distinct().Select(name => (IReadOnlyList<string>)
        [
            name,
            results.Count(r => r.Contender == name).ToString(CultureInfo.InvariantCulture),
            results.Count(r => r.Contender == name && !r.Passed).ToString(CultureInfo.InvariantCulture),
            Show(Knee(name)), Show(Knee(name) / Knee("echo")),
            Show(Of(name, r => r.AckedPerSecond)),
            Show(Of(name, r => Latency(r, RunRecord.Ack).P50Ms)), Show(Of(name, r => Latency(r, RunRecord.Ack).P99Ms)),
            Show(Of(name, r => Latency(r, RunRecord.Delivery).P50Ms)),
            Show(Cpu(name)), Show(Cpu(name) / Cpu("echo")),
        ])];
    }

    private static Measure.LatencySummary Latency(RunResult result, string kind) =>
        result.Latencies.TryGetValue(kind, out var summary) ? summary : new(0, 0, 0, 0, 0, 0);

    private static string Show(double value) => double.IsFinite(value) ? Comparison.Show(value) : "-";
}
