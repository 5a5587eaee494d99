using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CustomerService.Hosting;
using CustomerService.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace CustomerService.Http.Tests;

/// <summary>The real product in this process: Kestrel on a free port, its own silo, SQLite in a folder of its own.
/// </summary>
public sealed class ProductHost : IAsyncDisposable
{
    public const string AdminEmail = "admin@example.test", AdminPassword = "a long enough password";

    private readonly WebApplication _app;
    private readonly TemporaryFolder? _ownFolder;

    private ProductHost(WebApplication app, TemporaryFolder? ownFolder)
    {
        _app = app;
        _ownFolder = ownFolder;
        Address = new Uri(app.Urls.First());
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = Address,
        };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>The origin of its own pages.</summary>
    public string Origin => Address.ToString().TrimEnd('/');

    public static async Task<ProductHost> Start(
        Dictionary<string, string?>? settings = null, string? folder = null)
    {
        var ownFolder = folder is null ? new TemporaryFolder() : null;
        var configuration = new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Storage:DataDirectory"] = folder ?? ownFolder!.Path,
            ["ADMIN_EMAIL"] = AdminEmail,
            ["ADMIN_PASSWORD"] = AdminPassword,
            ["Drain:SecondsMax"] = "0",
            ["Limits:Rest:Burst"] = "100000",
        };
        foreach (var (key, value) in settings ?? [])
            configuration[key] = value;
        try
        {
            var app = WebFront.Program.Build(configuration);
            await StartupFailure.Start(app);
            return new ProductHost(app, ownFolder);
        }
        catch
        {
            ownFolder?.Dispose();
            throw;
        }
    }

    public async Task<HttpResponseMessage> Send(
        HttpMethod method, string path, object? body = null, string? token = null, string? origin = null,
        string? cookie = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = body as HttpContent ?? JsonContent.Create(body);
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        return await Http.SendAsync(request);
    }

    public Task<HttpResponseMessage> Post(
        string path, object? body = null, string? token = null, string? origin = null, string? cookie = null) =>
        Send(HttpMethod.Post, path, body, token, origin, cookie);

    public Task<HttpResponseMessage> Get(string path, string? token = null) =>
        Send(HttpMethod.Get, path, token: token);

    public async Task<Session> SignIn(string email = AdminEmail, string password = AdminPassword)
    {
        using var answer = await Post("/api/v1/agent-sessions", new { email, password });
        var body = await Json(answer, HttpStatusCode.OK);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        return new Session(
            body.GetProperty("agentId").GetString()!, body.GetProperty("token").GetString()!,
            cookie.Split(';')[0], cookie);
    }

    /// <summary>Makes an account and signs in with it.</summary>
    public async Task<Session> Hire(string email, string password, params string[] roles)
    {
        var admin = await SignIn();
        using var answer = await Post(
            "/api/v1/agents", new { email, name = email, password, roles }, admin.Token);
        await Json(answer, HttpStatusCode.Created);
        return await SignIn(email, password);
    }

    /// <summary>A new visitor of the demo site: its bearer and its secret.</summary>
    public async Task<JsonElement> Visitor(string? visitorToken = null)
    {
        using var answer = await Post("/api/v1/visitor-sessions", new { siteKey = "demo", visitorToken });
        return await Json(answer, HttpStatusCode.OK);
    }

    /// <summary>A connection to the hub of visitors or agents.</summary>
    public async Task<HubConnection> Hub(string audience, string token)
    {
        var hub = new HubConnectionBuilder().WithUrl(new Uri(Address, $"/hubs/{audience}"), options =>
        {
            options.AccessTokenProvider = () => Task.FromResult<string?>(token);
            options.Transports = HttpTransportType.WebSockets;
            options.SkipNegotiation = true;
        }).Build();
        await hub.StartAsync();
        return hub;
    }

    public static async Task<JsonElement> Json(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Asserts a problem document with a code.</summary>
    public static async Task<JsonElement> Problem(HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var body = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, body.GetProperty("code").GetString());
        Assert.Equal(status, body.GetProperty("status").GetInt32());
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return body;
    }

    public T Part<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _ownFolder?.Dispose();
    }

    public sealed record Session(string AgentId, string Token, string Cookie, string SetCookie);
}

/// <summary>One host for the tests of a class.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    public ProductHost Product { get; private set; } = null!;

    public async Task InitializeAsync() => Product = await ProductHost.Start();

    public Task DisposeAsync() => Product.DisposeAsync().AsTask();
}

/// <summary>Tests that share the one running product.</summary>
[CollectionDefinition(Name)]
public sealed class ProductCollection : ICollectionFixture<SharedHost>
{
    public const string Name = "product";
}
