using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Journal;
using CustomerService.Support;
using CustomerService.WebFront;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.Hubs;
using CustomerService.WebFront.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CustomerService.FrontTests;

/// <summary>The front's hubs over a real Kestrel on a free port, with <see cref="World"/> behind them. Bearers are
/// <c>v.site.visitor.name</c> and <c>a.agent.session</c>.</summary>
internal sealed class TestFront : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _clients = [];

    private TestFront(WebApplication app, World world) => (App, World) = (app, world);

    public WebApplication App { get; }

    public World World { get; }

    public string Url => App.Urls.First();

    public Connections Connections => App.Services.GetRequiredService<Connections>();

    public static async Task<TestFront> Start(params (string Key, string Value)[] settings)
    {
        var world = new World();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Feed:UnwatchDelaySeconds"] = "0.2",
            ["Feed:RewatchSpreadSeconds"] = "0.1",
            ["Feed:PositionsSeconds"] = "0.3",
            ["Drain:SecondsMax"] = "3",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Services.AddSingleton(Double.Of<IGrainFactory>(world));
        builder.Services.AddSingleton(Double.Of<IJournal>(world));
        builder.Services.AddSingleton(Double.Of<ICatalogue>(new TestCatalogue(world)));
        builder.Services.AddSingleton<IAgentSessionCache>(world);
        builder.Services.AddSingleton<IFeedChannel>(world);
        builder.Services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, TestHandler>(Caller.VisitorScheme, null)
            .AddScheme<AuthenticationSchemeOptions, TestHandler>(Caller.AgentScheme, null);
        builder.Services.AddAuthorization();
        builder.Services.AddSingleton<CustomerService.Hosting.IClusterLink>(world);
        builder.Services.AddFront(builder.Configuration);
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapFrontHubs();
        await app.StartAsync();
        await Await.Until("the front listens", () => world.IsListening);
        return new TestFront(app, world);
    }

    public Task<TestClient> Visitor(string id = "vera") => Connect("visitor", $"v.demo.{id}.{id}");

    public async Task<TestClient> Agent(string id = "ann", string role = "agent", params string[] queues)
    {
        World.SignIn("s-" + id, id, role, queues is [] ? ["default"] : queues);
        return await Connect("agent", $"a.{id}.s-{id}");
    }

    public async Task<TestClient> Connect(string hub, string token)
    {
        var client = new TestClient($"{Url}/hubs/{hub}", token);
        _clients.Add(client);
        await client.Hub.StartAsync();
        return client;
    }

    /// <summary>A bare socket that has shaken hands as a visitor; headers as given.</summary>
    public async Task<ClientWebSocket> Socket(
        string hub = "visitor", string? token = "v.demo.vera.vera", params (string Name, string Value)[] headers)
    {
        var socket = new ClientWebSocket();
        foreach (var (name, value) in headers)
            socket.Options.SetRequestHeader(name, value);
        var query = token is null ? "" : "?access_token=" + token;
        await socket.ConnectAsync(
            new Uri($"{Url.Replace("http", "ws", StringComparison.Ordinal)}/hubs/{hub}{query}"), CancellationToken.None);
        await Send(socket, """{"protocol":"json","version":1}""");
        return socket;
    }

    public static Task Send(ClientWebSocket socket, string frame) => socket.SendAsync(
        Encoding.UTF8.GetBytes(frame + "\u001e"), WebSocketMessageType.Text, true, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        await App.DisposeAsync();
    }

    private sealed class TestHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var token = Request.Query["access_token"].ToString();
            if (token.Length == 0)
                token = Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
            if (token.Length == 0)
                token = Request.Cookies["session"] ?? "";
            var identity = token.Split('.') switch
            {
                ["v", var site, var id, var name] when Scheme.Name == Caller.VisitorScheme =>
                    Caller.Identity(new VisitorCaller(site, id, name, "zh-CN")),
                ["a", var id, var session] when Scheme.Name == Caller.AgentScheme =>
                    Caller.Identity(new AgentCaller(id, session)),
                _ => null,
            };
            return Task.FromResult(identity is null
                ? AuthenticateResult.NoResult()
                : AuthenticateResult.Success(
                    new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}

/// <summary>A client that remembers everything it is told.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly List<(string Target, JsonElement Argument, string Raw)> _told = [];
    private readonly TaskCompletionSource _closed = new();

    public TestClient(string url, string token)
    {
        Hub = new HubConnectionBuilder()
            .WithUrl(url, HttpTransportType.WebSockets, o =>
            {
                o.SkipNegotiation = true;
                o.AccessTokenProvider = () => Task.FromResult<string?>(token);
            })
            .Build();
        foreach (var target in new[] { "Events", "Signal", "Heads", "InboxHead", "InboxChanged", "Moving" })
            Hub.On<JsonElement>(target, told => Add(target, told));
        Hub.Closed += _ =>
        {
            _closed.TrySetResult();
            return Task.CompletedTask;
        };
    }

    public HubConnection Hub { get; }

    public Task Closed => _closed.Task.WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>Everything it was told, as text.</summary>
    public string AllTold
    {
        get
        {
            lock (_told)
                return string.Join('\n', _told.Select(t => $"{t.Target} {t.Raw}"));
        }
    }

    public IReadOnlyList<JsonElement> Told(string target)
    {
        lock (_told)
            return [.. _told.Where(t => t.Target == target).Select(t => t.Argument)];
    }

    public async Task<JsonElement> Until(string target, Func<JsonElement, bool>? which = null)
    {
        JsonElement? found = null;
        await Await.Until(
            $"{target} arrives",
            () =>
            {
                found = Told(target).Cast<JsonElement?>().FirstOrDefault(t => which?.Invoke(t!.Value) ?? true);
                return found is not null;
            },
            details: () => AllTold);
        return found!.Value;
    }

    public async Task<JsonElement> Call(string method, params object?[] arguments) =>
        await Hub.InvokeCoreAsync<JsonElement>(method, arguments);

    /// <summary>The code of the error, or null.</summary>
    public async Task<string?> Error(string method, params object?[] arguments)
    {
        var error = (await Call(method, arguments)).GetProperty("error");
        return error.ValueKind == JsonValueKind.Null ? null : error.GetProperty("code").GetString();
    }

    public ValueTask DisposeAsync() => Hub.DisposeAsync();

    private void Add(string target, JsonElement told)
    {
        lock (_told)
            _told.Add((target, told.Clone(), told.GetRawText()));
    }
}
