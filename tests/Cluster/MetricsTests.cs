using CustomerService.Support;
using CustomerService.Support.Servers;

namespace CustomerService.Cluster.Tests;

/// <summary>A silo has no web front, and shows its metrics all the same.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task A_silo_and_a_front_each_show_their_own_side()
    {
        await using var postgres = await PostgresServer.Start();
        var database = await postgres.NewDatabase();
        var (ofSilo, ofFront) = (Url(), Url());
        await using var silo = ServerProcess.Silo(["--postgres", database, "--set", $"Telemetry:MetricsUrl={ofSilo}"]);
        await using var front = ServerProcess.Front(
            ["--join", "--postgres", database, "--set", $"Telemetry:MetricsUrl={ofFront}", "--set", "Feed:ProbeSeconds=0.5"]);
        silo.Start();
        await front.Start().Ready();
        await IndependentClient.PlayStory(front, front);

        await Shows(ofSilo, "customer_service_journal_append_duration_seconds_count", "customer_service_queue_waiting",
            "customer_service_sweep_round_duration_seconds_count", "customer_service_feed_sent_total",
            "orleans_catalog_activations", "orleans_app_requests_latency_milliseconds",
            "db_client_operation_duration_seconds", "db_client_connection_count", "dotnet_process_cpu_time_seconds_total");
        await Shows(ofFront, "customer_service_front_calls_total", "customer_service_front_feed_lag_seconds_count",
            "customer_service_front_feed_probe_duration_seconds_count", "http_server_request_duration_seconds_count");
    }

    private static string Url() => $"http://127.0.0.1:{FreePort.Next()}";

    private static async Task Shows(string url, params string[] names)
    {
        using var http = new HttpClient();
        var text = "";
        await Await.Until(
            $"{url} shows all of it",
            async () => names.All((text = await http.GetStringAsync(new Uri($"{url}/metrics"))).Contains),
            TimeSpan.FromSeconds(30),
            () => string.Join(' ', names.Where(name => !text.Contains(name, StringComparison.Ordinal))));
    }
}
