using System.Net.Http.Json;
using System.Text.Json;
using CustomerService.Grains.Catalogue;
using CustomerService.Storage.Catalogue;
using CustomerService.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CustomerService.FrontTests;

/// <summary>The whole product in one process: real sign-in, grains, streams and SQLite behind the hubs.</summary>
public sealed class RealHostTests : IAsyncLifetime, IDisposable
{
    private const string Email = "admin@example.test", Password = "a long enough password";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly List<TestClient> _clients = [];
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        _app = CustomerService.WebFront.Program.Build(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Storage:DataDirectory"] = _folder.Path,
            ["ADMIN_EMAIL"] = Email,
            ["ADMIN_PASSWORD"] = Password,
            ["Feed:HeadsSeconds"] = "2",
            ["Feed:PositionsSeconds"] = "0.5",
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.First());
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        await _app.DisposeAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    private static Func<JsonElement, bool> IsAbout(string type) =>
        signal => signal.GetProperty("type").GetString() == type;

    [Fact]
    public async Task Who_has_not_written_yet_hears_that_agents_come_and_go()
    {
        var visitor = await Visitor();
        await visitor.Until("Signal", s => IsAbout("site")(s) && !s.GetProperty("online").GetBoolean());
        var agent = await SignIn();
        Assert.Null(await agent.Error("SetStatus", new { status = "online" }));
        await visitor.Until("Signal", s => IsAbout("site")(s) && s.GetProperty("online").GetBoolean());
        Assert.Null(await agent.Error("SetStatus", new { status = "offline" }));
        await Await.Until("the visitor heard that they went", () => visitor.Told("Signal").Count(s =>
            IsAbout("site")(s) && !s.GetProperty("online").GetBoolean()) == 2);
    }

    [Fact]
    public async Task People_see_maintenance_coming_are_moved_at_its_time_and_come_back_with_everything()
    {
        var visitor = await Visitor();
        var agent = await SignIn();
        var started = await visitor.Call(
            "StartConversation", new { clientId = "m", message = new { clientMessageId = "m1", text = "你好" } });
        var conversationId = started.GetProperty("conversationId").GetString();
        var text = new Dictionary<string, string> { ["zh-CN"] = "即将维护。", ["en"] = "Soon." };
        await Maintenance(HttpMethod.Put, "", new { startsAt = DateTimeOffset.UtcNow.AddHours(2), minutes = 20, text });
        foreach (var client in (TestClient[])[visitor, agent])
        {
            var coming = await client.Until("Signal", IsAbout("maintenance"));
            Assert.Equal((20, "Soon."), (coming.GetProperty("minutes").GetInt32(), coming.GetProperty("text").GetProperty("en").GetString()));
        }
        // Who comes later is told too, and nobody twice.
        await (await Visitor()).Until("Signal", IsAbout("maintenance"));
        Assert.Single(agent.Told("Signal"), signal => IsAbout("maintenance")(signal));

        await Maintenance(HttpMethod.Post, "/drain", null);
        await visitor.Until("Moving");
        await agent.Until("Moving");
        Assert.Contains("503", (await Assert.ThrowsAnyAsync<Exception>(Visitor)).ToString(), StringComparison.Ordinal);

        await Maintenance(HttpMethod.Delete, "", null);
        await Await.Until("the front takes people again", async () =>
        {
            using var ready = await _http.GetAsync("/health/ready");
            return ready.IsSuccessStatusCode;
        }, TimeSpan.FromSeconds(60));
        var again = await SignIn();
        var resumed = await again.Call("Subscribe", new { conversationId, after = 0 });
        Assert.Equal(JsonValueKind.Null, resumed.GetProperty("error").ValueKind);
        Assert.Contains(resumed.GetProperty("events").EnumerateArray(), each => each.TryGetProperty("text", out var said) && said.GetString() == "你好");
    }

    private async Task Maintenance(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/system/maintenance" + path);
        request.Headers.Authorization = new("Bearer", await Token("agent-sessions", new { email = Email, password = Password }));
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var answer = await _http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_visitor_and_an_agent_hold_a_conversation()
    {
        var visitor = await Visitor();
        var started = await visitor.Call(
            "StartConversation", new { clientId = "k", message = new { clientMessageId = "v1", text = "你好" } });
        Assert.Equal(JsonValueKind.Null, started.GetProperty("error").ValueKind);
        Assert.Equal("waiting", started.GetProperty("state").GetString());
        var id = started.GetProperty("conversationId").GetString()!;
        // Nobody is there, and the visitor is told so.
        var place = await visitor.Until("Signal", IsAbout("queue"));
        Assert.Equal(1, place.GetProperty("position").GetInt32());
        Assert.Equal(0, place.GetProperty("agentsOnline").GetInt32());

        var agent = await SignIn();
        Assert.Null(await agent.Error("SetStatus", new { status = "online" }));
        var added = await agent.Until("InboxChanged");
        Assert.Equal(id, added.GetProperty("conversation").GetProperty("conversationId").GetString());
        await visitor.Until("Events", Has("assigned"));

        var seen = await agent.Call("Subscribe", new { conversationId = id, after = 0 });
        Assert.Contains("你好", seen.GetRawText(), StringComparison.Ordinal);
        Assert.Null(await agent.Error("SendMessage", new { conversationId = id, clientMessageId = "a1", text = "hello" }));
        Assert.Null(await agent.Error("AddNote", new { conversationId = id, clientMessageId = "n1", text = "canary" }));
        Assert.Null(await visitor.Error("SendMessage", new { conversationId = id, clientMessageId = "v2", text = "bye" }));
        await visitor.Until("Events", Has("hello"));
        await agent.Until("Events", Has("canary"));
        await agent.Until("Events", Has("bye"));
        // Unsent text is seen where the site's owner said so.
        var catalogue = _app.Services.GetRequiredService<ICatalogue>();
        var demo = (await catalogue.Sites()).Single(site => site.Key == "demo");
        await catalogue.Save(demo with { UnsentText = true });
        await _app.Services.GetRequiredService<ICatalogueCache>().Reload();
        await visitor.Call("Typing", new { conversationId = id, text = "unsent" });
        await agent.Until("Signal", Has("unsent"));
        await agent.Until("InboxHead");

        // The same id again: the same answer. Other content: refused.
        var again = await visitor.Call("SendMessage", new { conversationId = id, clientMessageId = "v2", text = "bye" });
        Assert.Equal(JsonValueKind.Null, again.GetProperty("error").ValueKind);
        Assert.Equal("Conflict",
            await visitor.Error("SendMessage", new { conversationId = id, clientMessageId = "v2", text = "other" }));

        Assert.Null(await agent.Error("Close", new { conversationId = id, reason = "canary" }));
        await visitor.Until("Events", Has("closed"));
        Assert.Equal("Closed",
            await visitor.Error("SendMessage", new { conversationId = id, clientMessageId = "v3", text = "late" }));
        Assert.Null(await visitor.Error("Rate", new { conversationId = id, score = 5, comment = "好" }));
        await agent.Until("Events", Has("rated"));

        var all = await visitor.Call("Resume", new { conversationId = id, after = 0 });
        var sequences = all.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64());
        Assert.Equal(Enumerable.Range(1, (int)all.GetProperty("head").GetInt64()).Select(i => (long)i), sequences);
        await visitor.Until("Heads", h => h[0].GetProperty("head").GetInt64() == all.GetProperty("head").GetInt64());
        Assert.DoesNotContain("canary", visitor.AllTold + all.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_visitor_learns_nothing_of_a_conversation()
    {
        var visitor = await Visitor();
        var id = (await visitor.Call("StartConversation", new { clientId = "k" }))
            .GetProperty("conversationId").GetString()!;
        var other = await Visitor();
        foreach (var (method, argument) in new (string, object)[]
            {
                ("Resume", new { conversationId = id, after = 0 }),
                ("SendMessage", new { conversationId = id, clientMessageId = "m", text = "x" }),
                ("MarkRead", new { conversationId = id, upTo = 1 }),
                ("Rate", new { conversationId = id, score = 1 }),
                ("LeaveMessage", new { conversationId = id }),
                ("EndConversation", new { conversationId = id }),
            })
        {
            Assert.Equal("NotFound", await other.Error(method, argument));
        }
        await visitor.Call("SendMessage", new { conversationId = id, clientMessageId = "m", text = "private" });
        await visitor.Until("Events", Has("private"));
        await other.Call("StartConversation", new { clientId = "k" });
        Assert.DoesNotContain("private", other.AllTold, StringComparison.Ordinal);
    }

    private static Func<JsonElement, bool> Has(string text) =>
        told => told.GetRawText().Contains(text, StringComparison.Ordinal);

    private async Task<TestClient> Visitor() =>
        await Connect("visitor", await Token("visitor-sessions", new { siteKey = "demo", locale = "zh-CN" }));

    private async Task<TestClient> SignIn() =>
        await Connect("agent", await Token("agent-sessions", new { email = Email, password = Password }));

    private async Task<string> Token(string path, object body)
    {
        using var answer = await _http.PostAsJsonAsync("/api/v1/" + path, body);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    private async Task<TestClient> Connect(string hub, string token)
    {
        var client = new TestClient($"{_http.BaseAddress}hubs/{hub}", token);
        _clients.Add(client);
        await client.Hub.StartAsync();
        return client;
    }
}
