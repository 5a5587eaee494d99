using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using CustomerService.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CustomerService.FrontTests;

/// <summary>Threats and bad input against the whole product over real sockets.</summary>
public sealed class ThreatTests : IAsyncLifetime, IDisposable
{
    private const string Email = "admin@example.test", Password = "a long enough password";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly List<IAsyncDisposable> _opened = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened))
            await one.DisposeAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task No_log_holds_a_token_whatever_the_level()
    {
        var app = await Start(("Logging:LogLevel:Default", "Trace"), ("Logging:LogLevel:Microsoft", "Trace"));
        using var lines = new Lines();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);
        var visitor = await Token("visitor-sessions", new { siteKey = "demo" });
        var agent = await Token("agent-sessions", new { email = Email, password = Password });
        foreach (var (hub, token, opens) in new[]
        {
            ("visitor", visitor, true), ("agent", agent, true), ("agent", visitor, false), ("visitor", agent, false),
        })
        {
            using var socket = new ClientWebSocket();
            var connecting = socket.ConnectAsync(
                new Uri($"{_http.BaseAddress!.ToString().Replace("http", "ws", StringComparison.Ordinal)}hubs/{hub}"
                    + $"?access_token={token}"),
                CancellationToken.None);
            if (opens)
                await connecting;
            else
                await Assert.ThrowsAsync<WebSocketException>(() => connecting);
        }
        Assert.NotEmpty(lines.All);
        Assert.DoesNotContain(lines.All, line => line.Contains(visitor, StringComparison.Ordinal)
            || line.Contains(agent, StringComparison.Ordinal) || line.Contains(Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forged_token_opens_no_hub()
    {
        await Start();
        var token = await Token("visitor-sessions", new { siteKey = "demo" });
        var flipped = token[..^6] + (token[^6] == 'A' ? 'B' : 'A') + token[^5..];
        foreach (var forged in new[] { flipped, token[..^1], "nonsense", "" })
        {
            var client = new TestClient($"{_http.BaseAddress}hubs/visitor", forged);
            _opened.Add(client);
            Assert.Contains("401", (await Record.ExceptionAsync(() => client.Hub.StartAsync()))?.ToString() ?? "opened",
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_revoked_agents_socket_is_dead_within_five_seconds()
    {
        await Start();
        var admin = await Token("agent-sessions", new { email = Email, password = Password });
        var hired = await Send(HttpMethod.Post, "agents", admin, new
        {
            email = "a@example.test", name = "A", password = "the agent's password", roles = new[] { "agent" },
        });
        var agent = await Connect("agent", await Token(
            "agent-sessions", new { email = "a@example.test", password = "the agent's password" }));
        var visitor = await Visitor();
        var id = (await visitor.Call("StartConversation", new { clientId = "k" })).GetProperty("conversationId").GetString()!;
        Assert.Null(await agent.Error("Subscribe", new { conversationId = id, after = 0 }));

        await Send(
            HttpMethod.Patch, $"agents/{hired.GetProperty("agentId").GetString()}", admin, new { disabled = true });
        await agent.Closed.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Null(await visitor.Error(
            "SendMessage", new { conversationId = id, clientMessageId = "m", text = "after the end" }));
        await visitor.Until("Events", e => e.GetRawText().Contains("after the end", StringComparison.Ordinal));
        Assert.DoesNotContain("after the end", agent.AllTold, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_targets_and_reused_ids_have_their_codes_and_change_nothing()
    {
        await Start();
        var agent = await Connect("agent", await Token("agent-sessions", new { email = Email, password = Password }));
        var visitor = await Visitor();
        var id = (await visitor.Call("StartConversation", new { clientId = "k" })).GetProperty("conversationId").GetString()!;
        var head = (await agent.Call("Subscribe", new { conversationId = id, after = 0 })).GetProperty("head").GetInt64();
        Assert.Equal("Invalid", await agent.Error("Transfer", new { conversationId = id, toQueue = "nowhere" }));
        Assert.Equal("Conflict", await agent.Error("Transfer", new { conversationId = id, toAgent = "nobody" }));
        Assert.Equal("NotFound", await agent.Error("Close", new { conversationId = "nothing" }));
        Assert.Null(await visitor.Error(
            "SendMessage", new { conversationId = id, clientMessageId = "m", text = "one" }));
        Assert.Equal("Conflict", await visitor.Error(
            "SendMessage", new { conversationId = id, clientMessageId = "m", text = "two" }));
        Assert.Equal(head + 1,
            (await agent.Call("Subscribe", new { conversationId = id, after = head })).GetProperty("head").GetInt64());
    }

    [Fact]
    [Trait("Category", "Postgres")]
    public async Task An_absent_database_is_unavailable_on_the_hub_and_nothing_is_lost_or_doubled()
    {
        await using var server = await PostgresServer.Start();
        await Start(
            ("Storage:Provider", "PostgreSql"), ("Storage:ConnectionString", await server.NewDatabase()),
            ("Storage:WaitMax", "00:00:01"), ("Storage:ResolveMax", "00:00:01"),
            ("Storage:CommandTimeout", "00:00:01"));
        var visitor = await Visitor();
        var id = (await visitor.Call("StartConversation", new { clientId = "k" })).GetProperty("conversationId").GetString()!;
        Assert.Null(await Say("m1"));
        await server.Stop();
        Assert.Equal("Unavailable", await Say("m2"));
        Assert.Equal("Unavailable", await Say("m2"));
        await server.StartAgain();
        await Await.Until("the same id is answered", async () => await Say("m2") is null, TimeSpan.FromSeconds(30));
        Assert.Null(await Say("m3"));
        Assert.Null(await Say("m1"));
        JsonElement page = default;
        await Await.Until("the history is read", async () =>
        {
            page = await visitor.Call("Resume", new { conversationId = id, after = 0 });
            return page.GetProperty("error").ValueKind == JsonValueKind.Null;
        });
        Assert.Equal(["m1", "m2", "m3"], page.GetProperty("events").EnumerateArray()
            .Where(e => e.GetProperty("type").GetString() == "messagePosted")
            .Select(e => e.GetProperty("text").GetString()!));

        Task<string?> Say(string text) => visitor.Error(
            "SendMessage", new { conversationId = id, clientMessageId = text, text });
    }

    private async Task<WebApplication> Start(params (string Key, string Value)[] settings)
    {
        var configuration = new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Storage:DataDirectory"] = _folder.Path,
            ["ADMIN_EMAIL"] = Email,
            ["ADMIN_PASSWORD"] = Password,
            ["Logging:LogLevel:Default"] = "Error",
        };
        foreach (var (key, value) in settings)
            configuration[key] = value;
        var app = CustomerService.WebFront.Program.Build(configuration);
        _opened.Add(app);
        await app.StartAsync();
        _http.BaseAddress = new Uri(app.Urls.First());
        return app;
    }

    private async Task<TestClient> Visitor() =>
        await Connect("visitor", await Token("visitor-sessions", new { siteKey = "demo" }));

    private async Task<string> Token(string path, object body) =>
        (await Send(HttpMethod.Post, path, null, body)).GetProperty("token").GetString()!;

    private async Task<JsonElement> Send(HttpMethod method, string path, string? token, object body)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/" + path) { Content = JsonContent.Create(body) };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await _http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<TestClient> Connect(string hub, string token)
    {
        var client = new TestClient($"{_http.BaseAddress}hubs/{hub}", token);
        _opened.Add(client);
        await client.Hub.StartAsync();
        return client;
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> All => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            _lines.Enqueue(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() => _lines.Clear();
    }
}
