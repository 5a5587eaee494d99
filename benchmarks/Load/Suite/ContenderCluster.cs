using System.Globalization;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Support;
using CustomerService.Support.Servers;

namespace CustomerService.Load.Suite;

/// <summary>Silos and fronts of the product as processes, each with an address for its figures.</summary>
public sealed class ContenderCluster : IAsyncDisposable
{
    private static readonly TimeSpan s_startMax = TimeSpan.FromMinutes(3);
    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private ContenderCluster(IReadOnlyList<Member> silos, IReadOnlyList<Member> fronts) => (Silos, Fronts) = (silos, fronts);

    public IReadOnlyList<Member> Silos { get; }

    public IReadOnlyList<Member> Fronts { get; }

    /// <summary>Starts them and waits until all are ready.</summary>
    public static async Task<ContenderCluster> Start(int silos, int fronts, string database)
    {
        string[] shared = ["--postgres", database + ";Maximum Pool Size=20",
            .. ProductDeployment.RaisedLimits.SelectMany(pair => (string[])["--set", $"{pair.Key}={pair.Value}"])];
        var cluster = new ContenderCluster(
            [.. Enumerable.Range(0, silos).Select(_ => Member.Make(metrics => ServerProcess.Silo([.. shared, .. metrics])))],
            [.. Enumerable.Range(0, fronts).Select(_ => Member.Make(metrics => ServerProcess.Front(["--join", .. shared, .. metrics])))]);
        try
        {
            await Task.WhenAll(cluster.Silos.Select(silo => silo.Process.Start().Said("The silo is ready", s_startMax)));
            await Task.WhenAll(cluster.Fronts.Select(front => front.Process.Start().Ready(s_startMax)));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The client's side of it. Dispose it before the cluster.</summary>
    public Deployment Deployment() => new ProductDeployment(
        Fronts[0].Process.Address, ServerProcess.AdminEmail, ServerProcess.AdminPassword,
        [.. Fronts.Skip(1).Select(front => front.Process.Address)]);

    /// <summary>What all silos together show of a metric, over the lines that hold all these words.</summary>
    public async Task<double> Sum(string metric, params string[] words) => (await Each(metric, words)).Sum();

    /// <summary>The same, silo by silo.</summary>
    public async Task<IReadOnlyList<double>> Each(string metric, params string[] words) =>
        await Task.WhenAll(Silos.Select(async silo => Figure(await s_http.GetStringAsync(new Uri(silo.Metrics, "/metrics")), metric, words)));

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Fronts.Concat(Silos))
            await member.Process.DisposeAsync();
    }

    /// <summary>Adds up the lines of a page in Prometheus' format.</summary>
    public static double Figure(string page, string metric, IReadOnlyList<string> words) => page.Split('\n')
        .Where(line => line.StartsWith(metric, StringComparison.Ordinal) && line.Length > metric.Length && line[metric.Length] is '{' or ' '
            && words.All(word => line.Contains(word, StringComparison.Ordinal)))
        // A label may hold a blank; a time may follow the figure, which this product's pages don't have.
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>A process and where it shows its figures.</summary>
    public sealed record Member(ServerProcess Process, Uri Metrics)
    {
        public double CpuSeconds => ProcStat.CpuSeconds(Process.Id);

        public static Member Make(Func<string[], ServerProcess> process)
        {
            var url = $"http://127.0.0.1:{FreePort.Next()}";
            return new Member(process(["--set", $"Telemetry:MetricsUrl={url}"]), new Uri(url));
        }
    }
}
