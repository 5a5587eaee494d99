using System.Diagnostics;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load.Suite.Parts;

/// <summary>What more silos cost at the same total load on one machine, whose cores don't grow with them: CPU a message,
/// messages between silos, how evenly grains lie, and what a cluster that nobody uses takes for itself.</summary>
public static class ClusterPart
{
    private const int CapacityEach = 50;
    private const string SentMetric = "orleans_messaging_sent_messages_size_bytes_count";

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(12), s_window = TimeSpan.FromSeconds(10);
    private static readonly string[] s_grains = ["conversation", "visitor", "agent", "queue"];

    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        for (var round = 0; round < suite.Size.Rounds; round++)
        {
            // There and back, so that what changes with time does not look like what changes with silos.
            foreach (var silos in round % 2 == 0 ? suite.Size.ClusterSilos : suite.Size.ClusterSilos.Reverse())
            {
                suite.Say($"cluster, round {round + 1} of {suite.Size.Rounds}: silos {silos}, fronts 2");
                await Shape(suite, silos, cancellationToken);
            }
        }
    }

    private static async Task Shape(SuiteContext suite, int silos, CancellationToken cancellationToken)
    {
        var size = suite.Size;
        await using var cluster = await suite.Cluster(silos, cancellationToken);
        var scenario = ScenarioCatalogue.Find("steady-chat")! with
        {
            Visitors = size.ClusterVisitors, Agents = size.ClusterAgents, AgentShare = 0.3, WarmupSeconds = size.ClusterWarmupSeconds,
            Capacity = Math.Max(CapacityEach, (size.ClusterVisitors + size.ClusterAgents - 1) / size.ClusterAgents),
            Seconds = size.ClusterSeconds,
        };
        scenario = scenario with { Schedule = scenario.Schedule with { Rate = size.ClusterRate } };
        using var deployment = cluster.Deployment();
        var meter = new Meter(cluster, suite.DatabasePid!.Value);
        await using var runner = suite.Runner(cluster, deployment, scenario, meter.Look);
        await runner.Gather(cancellationToken);
        await Placement(suite, cluster);
        await Warming.Play(suite, runner, scenario, cancellationToken);
        var result = await runner.Load(scenario, cancellationToken);
        suite.Keep(result);
        Counted(suite, result, meter);
        await Idle(suite, cluster, cancellationToken);
    }

    private static async Task Idle(SuiteContext suite, ContenderCluster cluster, CancellationToken cancellationToken)
    {
        await Task.Delay(s_settle, cancellationToken);
        var (silos, fronts, sent) = (Cpu(cluster.Silos), Cpu(cluster.Fronts), await BetweenSilos(cluster));
        var clock = Stopwatch.StartNew();
        await Task.Delay(s_window, cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        Of("idleSilosPercent", (Cpu(cluster.Silos) - silos) / seconds * 100);
        Of("idleFrontsPercent", (Cpu(cluster.Fronts) - fronts) / seconds * 100);
        Of("idleBetweenPerSecond", (await BetweenSilos(cluster) - sent) / seconds);

        void Of(string name, double value) => suite.Sample("cluster", $"silos{cluster.Silos.Count}.{name}", value);
    }

    private static async Task Placement(SuiteContext suite, ContenderCluster cluster)
    {
        foreach (var grain in s_grains)
        {
            var each = await cluster.Each("orleans_grains", $"grain_type=\"{grain}\"");
            suite.Say($"  {grain}: {string.Join(", ", each)}");
            if (grain == "conversation")
            {
                suite.Sample("cluster", $"silos{cluster.Silos.Count}.conversationsUneven",
                    each.Max() / Math.Max(1, each.Sum() / cluster.Silos.Count));
            }
        }
    }

    private static void Counted(SuiteContext suite, RunResult result, Meter meter)
    {
        var isVoid = SuiteContext.WhyVoid(result);
        // As many as the CPU is told for: those between the meter's looks.
        var acked = Math.Max(1, result.Cpu!.ServerSeconds!.Value / Math.Max(1e-9, result.ServerCpuPer1000!.Value) * 1_000);
        var thousands = acked / 1_000;
        var used = meter.Used;
        Of("cpu", result.ServerCpuPer1000.Value + result.DatabaseCpuPer1000!.Value);
        Of("silosCpu", used.Silos / thousands);
        Of("frontsCpu", used.Fronts / thousands);
        Of("databaseCpu", result.DatabaseCpuPer1000.Value);
        Of("betweenSilosPerMessage", used.Between / acked);
        Of("ackP50", result.Latencies.GetValueOrDefault(RunRecord.Ack)?.P50Ms ?? double.NaN);
        Of("ackP99", result.Latencies.GetValueOrDefault(RunRecord.Ack)?.P99Ms ?? double.NaN);

        void Of(string name, double value) => suite.Sample("cluster", $"silos{meter.Silos}.{name}", value, isVoid);
    }

    private static double Cpu(IEnumerable<ContenderCluster.Member> members) => members.Sum(member => member.CpuSeconds);

    /// <summary>Messages that silos have sent to other silos: requests, answers and one-way ones.</summary>
    private static Task<double> BetweenSilos(ContenderCluster cluster) =>
        cluster.Sum(SentMetric, "ConnectionDirection=\"SiloToSilo\"");

    /// <summary>What a cluster has used, where what counts of a load begins and at its end.</summary>
    private sealed class Meter(ContenderCluster cluster, int database)
    {
        private (double Silos, double Fronts, double Between) _begin, _end;
        private bool _begun;

        public int Silos => cluster.Silos.Count;

        /// <summary>Of the last load.</summary>
        public (double Silos, double Fronts, double Between) Used =>
            (_end.Silos - _begin.Silos, _end.Fronts - _begin.Fronts, _end.Between - _begin.Between);

        public async Task<CpuUse> Look()
        {
            _begun = !_begun;
            // Answering this costs CPU too: asked outside of what is counted.
            var between = _begun ? await BetweenSilos(cluster) : 0;
            var (silos, fronts) = (Cpu(cluster.Silos), Cpu(cluster.Fronts));
            var cpu = CpuUse.Now(null, database) with { ServerSeconds = silos + fronts };
            if (_begun)
                _begin = (silos, fronts, between);
            else
                _end = (silos, fronts, await BetweenSilos(cluster));
            return cpu;
        }
    }
}
