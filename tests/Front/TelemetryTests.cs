using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CustomerService.Support;
using CustomerService.Support.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace CustomerService.FrontTests;

/// <summary>What the product tells of itself: every metric of docs/metrics.md is scraped, and none is missing there.
/// </summary>
[Trait("Category", "Process")]
public sealed partial class TelemetryTests
{
    [GeneratedRegex(@"^\| `(?<name>[a-z_]+)` \| (?<unit>[^|]+) \| (?<where>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row { get; }

    [GeneratedRegex(@"^# TYPE (?<name>\w+) ", RegexOptions.Multiline)]
    private static partial Regex Shown { get; }

    [Fact]
    public async Task Every_documented_metric_is_scraped_and_every_own_one_is_documented()
    {
        await using var product = await Product.Start(("Limits:CallsBurstPerConnection", "12"));
        await product.Talk();
        var documented = Row.Matches(await File.ReadAllTextAsync(
                Path.Combine(ServerProcess.RepositoryRoot, "docs", "metrics.md")))
            .Where(row => row.Groups["where"].Value.Trim() is not ("PostgreSQL" or "cluster"))
            .Select(row => row.Groups["name"].Value).ToHashSet();

        var shown = new HashSet<string>();
        await Await.Until(
            "every documented metric is shown",
            async () => documented.IsSubsetOf(shown = await product.Names()),
            TimeSpan.FromSeconds(30),
            () => "Missing: " + string.Join(' ', documented.Except(shown)));

        Assert.True(documented.Count > 30, $"only {documented.Count} rows were found");
        Assert.Empty(shown.Where(name => name.StartsWith("customer_service_", StringComparison.Ordinal)).Except(documented));
    }

    [Fact]
    public async Task Calls_are_counted_by_hub_method_and_outcome()
    {
        await using var product = await Product.Start(("Limits:CallsBurstPerConnection", "12"));
        await product.Talk();
        var text = await product.Scrape();
        Assert.Equal(2, Value(text, "customer_service_front_calls_total", "visitor", "SendMessage", "ok"));
        Assert.Equal(1, Value(text, "customer_service_front_calls_total", "visitor", "SendMessage", "invalid"));
        Assert.True(Value(text, "customer_service_front_calls_total", "visitor", "Typing", "rateLimited") > 0);
        Assert.True(Value(text, "customer_service_front_limited_total", "scope=\"connection\"") > 0);
        Assert.Equal(1, Value(text, "customer_service_front_connections{", "hub=\"visitor\""));
        Assert.Equal(1, Value(text, "customer_service_front_connections{", "hub=\"agent\""));
        Assert.Equal(1, Value(text, "customer_service_queue_agents_online", "queue=\"default\""));
        Assert.True(Value(text, "customer_service_front_pushes_total") > 0);
        Assert.Equal(1, Value(text, "customer_service_front_handshakes_refused_total", "origin"));
        Assert.Equal(0, Value(text, "customer_service_journal_refused_total") ?? 0);
    }

    [Fact]
    public async Task The_public_address_shows_no_metrics()
    {
        await using var product = await Product.Start();
        using var answer = await product.Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Without_a_setting_nothing_is_measured()
    {
        using var folder = new TemporaryFolder();
        await using var app = CustomerService.WebFront.Program.Build(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Storage:DataDirectory"] = folder.Path,
        });
        Assert.Null(app.Services.GetService<MeterProvider>());
        Assert.Null(app.Services.GetService<TracerProvider>());
    }

    [Fact]
    public async Task Traces_go_out_when_asked_for_and_hold_no_token()
    {
        await using var collector = await Collector.Start();
        await using var product = await Product.Start(
            ("Telemetry:MetricsUrl", ""), ("Telemetry:TracesRatio", "1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"));
        var token = await product.Talk();
        // The socket's own span, which knew the token, ends with the socket.
        await product.HangUp();
        await Await.Until("spans of grain calls and of the socket arrived",
            () => collector.Traces.Contains("IConversationGrain", StringComparison.Ordinal)
                && collector.Traces.Contains("/hubs/visitor", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30));
        await Await.Until("metrics arrived", () => collector.Metrics.Contains(
            "customer_service.front.calls", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(token, collector.Traces, StringComparison.Ordinal);
        Assert.DoesNotContain("access_token", collector.Traces, StringComparison.Ordinal);
    }

    /// <summary>The value of the first line that begins so and holds all of these.</summary>
    private static double? Value(string text, string name, params string[] parts) => text.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal)
            && parts.All(part => line.Contains(part, StringComparison.Ordinal)))
        .Select(line => (double?)double.Parse(
            line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture))
        .FirstOrDefault();

    /// <summary>A process of the product, measured: meters are seen by everyone in a process, so it is one of its own.
    /// </summary>
    private sealed class Product : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly List<TestClient> _clients = [];
        private readonly string _metricsUrl = $"http://127.0.0.1:{FreePort.Next()}";
        private readonly HttpClient _scraper;
        private readonly ServerProcess _server;

        private Product((string Key, string Value)[] settings)
        {
            (string Key, string Value)[] all =
                [("Feed:ProbeSeconds", "0.5"), ("Telemetry:MetricsUrl", _metricsUrl), .. settings];
            _server = ServerProcess.Front(
                ["--data", _folder.Path, .. all.SelectMany(one => new[] { "--set", $"{one.Key}={one.Value}" })]);
            Http = new HttpClient { BaseAddress = _server.Address };
            _scraper = new HttpClient { BaseAddress = new Uri(_metricsUrl) };
        }

        public HttpClient Http { get; }

        public static async Task<Product> Start(params (string Key, string Value)[] settings)
        {
            var product = new Product(settings);
            await product._server.Start().Ready();
            return product;
        }

        /// <summary>A conversation with an agent, a wrong call, too many calls and a refused handshake; answers the
        /// visitor's token.</summary>
        public async Task<string> Talk()
        {
            var agent = await Connect("agent", await _server.AdminToken());
            await Done(agent, "SetStatus", new { status = "online" });
            var token = (await Post("/api/v1/visitor-sessions", new { siteKey = "demo" })).GetProperty("token").GetString()!;
            var visitor = await Connect("visitor", token);
            var id = (await Done(
                    visitor, "StartConversation", new { clientId = "k", message = new { clientMessageId = "v1", text = "你好" } }))
                .GetProperty("conversationId").GetString()!;
            await agent.Until("InboxChanged");
            await Done(visitor, "Resume", new { conversationId = id, after = 0 });
            foreach (var number in (int[])[2, 3])
                await Done(
                    visitor, "SendMessage", new { conversationId = id, clientMessageId = $"v{number}", text = "在吗" });
            Assert.Equal("Invalid", await visitor.Error(
                "SendMessage", new { conversationId = id, clientMessageId = "", text = "x" }));
            for (var i = 0; i < 40; i++)
                await visitor.Error("Typing", new { conversationId = id });
            using var handshake = new HttpRequestMessage(HttpMethod.Post, "/hubs/visitor/negotiate?negotiateVersion=1");
            handshake.Headers.Add("Origin", "https://elsewhere.example");
            handshake.Headers.Authorization = new("Bearer", token);
            using var refused = await Http.SendAsync(handshake);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            return token;
        }

        public async Task HangUp()
        {
            foreach (var client in _clients)
                await client.DisposeAsync();
            _clients.Clear();
        }

        public Task<string> Scrape() => _scraper.GetStringAsync(new Uri("/metrics", UriKind.Relative));

        public async Task<HashSet<string>> Names() =>
            [.. Shown.Matches(await Scrape()).Select(match => match.Groups["name"].Value)];

        public async ValueTask DisposeAsync()
        {
            await HangUp();
            Http.Dispose();
            _scraper.Dispose();
            await _server.DisposeAsync();
            _folder.Dispose();
        }

        /// <summary>Calls until it is done, as clients do: a busy machine may answer that it is unavailable.</summary>
        private static async Task<JsonElement> Done(TestClient client, string method, object argument)
        {
            JsonElement answer = default;
            await Await.Until($"{method} is done", async () =>
            {
                answer = await client.Call(method, argument);
                return answer.GetProperty("error").ValueKind == JsonValueKind.Null;
            }, TimeSpan.FromSeconds(30), () => answer.ToString());
            return answer;
        }

        private async Task<TestClient> Connect(string hub, string token)
        {
            var client = new TestClient(new Uri(_server.Address, $"/hubs/{hub}").ToString(), token);
            _clients.Add(client);
            await client.Hub.StartAsync();
            return client;
        }

        private async Task<JsonElement> Post(string path, object body)
        {
            using var answer = await Http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
            return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        }
    }

    /// <summary>Takes what OTLP sends, as text in which the strings can be found.</summary>
    private sealed class Collector(WebApplication app) : IAsyncDisposable
    {
        private readonly Lock _lock = new();
        private readonly StringBuilder _traces = new(), _metrics = new();

        public string Url => app.Urls.First();

        public string Traces => Read(_traces);

        public string Metrics => Read(_metrics);

        public static async Task<Collector> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var collector = new Collector(app);
            app.MapPost("/v1/{kind}", async (string kind, HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body);
                collector.Keep(kind, Encoding.Latin1.GetString(body.ToArray()));
                return Results.Bytes([], "application/x-protobuf");
            });
            await app.StartAsync();
            return collector;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private void Keep(string kind, string body)
        {
            lock (_lock)
                (kind == "traces" ? _traces : _metrics).Append(body);
        }

        private string Read(StringBuilder text)
        {
            lock (_lock)
                return text.ToString();
        }
    }
}
