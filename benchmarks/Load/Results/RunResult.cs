using System.Globalization;
using System.Text.Json;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load.Results;

/// <summary>One run: what was asked, what happened, and whether it counts. The format of the files in results/.</summary>
public sealed record RunResult
{
    public int Format { get; init; } = 1;
    public string Contender { get; init; } = "product";
    public DateTimeOffset At { get; init; }
    public required Scenario Scenario { get; init; }
    public required Machine Machine { get; init; }
    public string Command { get; init; } = "";
    public string? Commit { get; init; }
    public string? Settings { get; init; }
    public double Seconds { get; init; }
    public long Scheduled { get; init; }
    public long Begun { get; init; }
    public long Sent { get; init; }
    public long Acked { get; init; }
    public long Delivered { get; init; }
    public long Failed { get; init; }

    /// <summary>Acks measured a second, after the warm-up.</summary>
    public double AckedPerSecond { get; init; }
    public IReadOnlyDictionary<string, LatencySummary> Latencies { get; init; } = new Dictionary<string, LatencySummary>();
    public IReadOnlyDictionary<string, long> Refusals { get; init; } = new Dictionary<string, long>();
    public CpuUse? Cpu { get; init; }
    public double? ServerCpuPer1000 { get; init; }
    public double? DatabaseCpuPer1000 { get; init; }
    public int Connections { get; init; }
    public long? ServerBytesBefore { get; init; }
    public long? ServerBytesAfter { get; init; }
    public required Correctness Correctness { get; init; }

    /// <summary>Why the run says nothing; empty: it counts.</summary>
    public IReadOnlyList<string> Void { get; init; } = [];

    /// <summary>It counts, and the promise held.</summary>
    public bool Passed => Void.Count == 0 && Correctness.Holds && Failed == 0;

    public double AckP99Ms => Latencies.TryGetValue(RunRecord.Ack, out var ack) ? ack.P99Ms : 0;

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json));

    /// <exception cref="JsonException">It is no result.</exception>
    public static RunResult Read(string path) => JsonSerializer.Deserialize<RunResult>(File.ReadAllText(path), Json)
        ?? throw new JsonException($"{path} is empty.");

    private static JsonSerializerOptions Json { get; } = new(ScenarioFile.Json)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip,
    };
}

/// <summary>Where it ran. Without a name: results are committed.</summary>
public sealed record Machine(int Cores, string Cpu, string Kernel, string Runtime, string LoadAverageBefore)
{
    public static Machine Here() => new(
        Environment.ProcessorCount,
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "" : "",
        System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3)) : "");
}

/// <summary>Two results side by side.</summary>
public static class Comparison
{
    public sealed record Line(string What, double A, double B)
    {
        /// <summary>B over A; nothing where A is 0.</summary>
        public double? Ratio => A == 0 ? null : B / A;
    }

    public static IReadOnlyList<Line> Of(RunResult a, RunResult b)
    {
        var lines = new List<Line> { new("acked/s", a.AckedPerSecond, b.AckedPerSecond) };
        foreach (var kind in a.Latencies.Keys.Where(b.Latencies.ContainsKey).Order(StringComparer.Ordinal))
        {
            var (x, y) = (a.Latencies[kind], b.Latencies[kind]);
            lines.Add(new($"{kind} p50 ms", x.P50Ms, y.P50Ms));
            lines.Add(new($"{kind} p99 ms", x.P99Ms, y.P99Ms));
            lines.Add(new($"{kind} p99.9 ms", x.P999Ms, y.P999Ms));
        }
        if (a.ServerCpuPer1000 is { } sa && b.ServerCpuPer1000 is { } sb)
            lines.Add(new("server CPU s per 1,000", sa, sb));
        if (a.DatabaseCpuPer1000 is { } da && b.DatabaseCpuPer1000 is { } db)
            lines.Add(new("database CPU s per 1,000", da, db));
        return lines;
    }

    /// <summary>What keeps the two from being compared; none: nothing does.</summary>
    public static IReadOnlyList<string> Doubts(RunResult a, RunResult b)
    {
        var doubts = new List<string>();
        if (a.Void.Count > 0 || b.Void.Count > 0)
            doubts.Add("At least one of the runs is void.");
        if (!a.Correctness.Holds || !b.Correctness.Holds)
            doubts.Add("At least one of the runs lost, doubled or reordered something.");
        if (a.Machine.Cores != b.Machine.Cores || a.Machine.Cpu != b.Machine.Cpu)
            doubts.Add("They ran on different machines.");
        if (a.Scenario with { Name = "", Base = null, Schedule = b.Scenario.Schedule } != b.Scenario with { Name = "", Base = null }
            || a.Scenario.Schedule.Rate != b.Scenario.Schedule.Rate)
        {
            doubts.Add("They ran different scenarios or rates.");
        }
        return doubts;
    }

    /// <summary>The middle one; of an even count the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Show(double value) => value.ToString(Math.Abs(value) < 10 ? "0.###" : "N0", CultureInfo.InvariantCulture);
}
