using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace CustomerService.Load.Drive;

/// <summary>What is put under load: makes the clients, and leaves nothing else to know about it.</summary>
public abstract class Deployment(Uri address) : IDisposable
{
    // One handler for all: it makes one connection for each socket and keeps none.
    private readonly SocketsHttpHandler _handler = new() { ConnectTimeout = TimeSpan.FromSeconds(30), UseCookies = false };

    public Uri Address { get; } = address;

    public HttpMessageInvoker Invoker => _invoker ??= new HttpMessageInvoker(_handler, disposeHandler: false);

    private HttpMessageInvoker? _invoker;

    protected HttpClient Http => _http ??= new HttpClient(_handler, disposeHandler: false) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };

    private HttpClient? _http;

    /// <summary>Whether agents are given conversations by the deployment itself.</summary>
    public abstract bool Assigns { get; }

    /// <summary>Makes what the crowd needs; called once.</summary>
    public abstract Task Prepare(int agents, int watchers, int capacity, Action<int> made, CancellationToken cancellationToken);

    public abstract Task<HubClient> NewVisitor(RunRecord record, CancellationToken cancellationToken);

    public abstract AgentClient NewAgent(int number, RunRecord record, Seats seats, bool watcher = false);

    /// <summary>Makes an agent of whom only the inbox matters.</summary>
    public virtual InboxClient NewInbox(int number, RunRecord record, Action<string> added) =>
        throw new NotSupportedException("Only the product has inboxes.");

    public virtual Task CleanUp() => Task.CompletedTask;

    public void Dispose()
    {
        _http?.Dispose();
        _invoker?.Dispose();
        _handler.Dispose();
        GC.SuppressFinalize(this);
    }

    protected virtual Uri Hub(string name) => new(Address, $"hubs/{name}");
}

/// <summary>The product, on its own site, queue and agents, so that a run meets nothing an earlier one left behind.</summary>
/// <param name="others">Further fronts of the same cluster: connections go to each in turn.</param>
public sealed class ProductDeployment(Uri address, string adminEmail, string adminPassword, params Uri[] others) : Deployment(address)
{
    private static readonly TimeSpan s_copiesMax = TimeSpan.FromSeconds(6);

    private readonly Uri[] _fronts = [address, .. others];
    private int _turn;

    private const string Password = "load tester's own agents";
    private readonly string _run = DateTime.UtcNow.ToString("yyMMddHHmmss", CultureInfo.InvariantCulture)
        + Random.Shared.Next(1000).ToString("000", CultureInfo.InvariantCulture);
    private string? _adminToken;
    private (string Id, string Token)[] _agents = [];

    private string Name => $"load-{_run}";

    public override bool Assigns => true;

    /// <summary>What to raise, where the server refused for its limits.</summary>
    public static string LimitKeys { get; } = string.Join("\n", RaisedLimits.Select(pair => $"  --set {pair.Key}={pair.Value}"));

    /// <summary>Settings under which one machine may play a crowd.</summary>
    public static IReadOnlyDictionary<string, string> RaisedLimits => new Dictionary<string, string>
    {
        ["Limits:Rest:PerSecond"] = "100000",
        ["Limits:Rest:Burst"] = "100000",
        ["Limits:CallsPerSecondPerConnection"] = "100000",
        ["Limits:CallsBurstPerConnection"] = "100000",
        ["Limits:CallsPerSecondPerCaller"] = "100000",
        ["Limits:CallsBurstPerCaller"] = "100000",
        ["Limits:CallsPerSecondPerAddress"] = "1000000",
        ["Limits:CallsBurstPerAddress"] = "1000000",
        ["Limits:ConnectsPerSecondPerAddress"] = "100000",
        ["Limits:ConnectsBurstPerAddress"] = "100000",
        ["Limits:ConnectionsPerAddressMax"] = "100000",
    };

    public override async Task Prepare(
        int agents, int watchers, int capacity, Action<int> made, CancellationToken cancellationToken)
    {
        _adminToken = (await SignIn(adminEmail, adminPassword, cancellationToken)).Token;
        // Nothing closes by itself while a load runs.
        await Send(HttpMethod.Post, "api/v1/queues", new { id = Name, name = Name, idleCloseSeconds = 86_400 }, _adminToken, cancellationToken);
        await Send(HttpMethod.Post, "api/v1/sites", new { key = Name, name = Name, queueId = Name }, _adminToken, cancellationToken);
        _agents = new (string, string)[agents + watchers];
        var done = 0;
        await Parallel.ForAsync(0, agents + watchers, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken },
            async (i, cancel) =>
            {
                var email = $"{Name}-{i}@load.invalid";
                string[] roles = i < agents ? ["agent"] : ["agent", "supervisor"];
                await Send(HttpMethod.Post, "api/v1/agents",
                    new { email, name = $"Load {i}", password = Password, roles, queues = (string[])[Name], capacity },
                    _adminToken, cancel);
                _agents[i] = await SignIn(email, Password, cancel);
                made(Interlocked.Increment(ref done));
            });
        // Silos and the other fronts have copies of sites and queues, which nobody outside can ask for.
        if (others.Length > 0)
            await Task.Delay(s_copiesMax, cancellationToken);
    }

    public override async Task<HubClient> NewVisitor(RunRecord record, CancellationToken cancellationToken)
    {
        var session = await Send(HttpMethod.Post, "api/v1/visitor-sessions", new { siteKey = Name, locale = "zh-CN" }, null, cancellationToken);
        return new HubClient(Hub("visitor"), session.GetProperty("token").GetString(), false, Invoker, record);
    }

    public override AgentClient NewAgent(int number, RunRecord record, Seats seats, bool watcher = false) =>
        new(Hub("agent"), _agents[number].Token, Invoker, record, seats) { IsWatcher = watcher };

    public override InboxClient NewInbox(int number, RunRecord record, Action<string> added) =>
        new(Hub("agent"), _agents[number].Token, Invoker, record, added);

    public override async Task CleanUp() =>
        await Parallel.ForEachAsync(_agents.Where(a => a.Id is not null), new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (agent, cancel) => await Send(HttpMethod.Patch, $"api/v1/agents/{agent.Id}", new { disabled = true }, _adminToken, cancel));

    protected override Uri Hub(string name) =>
        new(_fronts[(uint)Interlocked.Increment(ref _turn) % (uint)_fronts.Length], $"hubs/{name}");

    private async Task<(string Id, string Token)> SignIn(string email, string password, CancellationToken cancellationToken)
    {
        var session = await Send(HttpMethod.Post, "api/v1/agent-sessions", new { email, password }, null, cancellationToken);
        return (session.GetProperty("agentId").GetString()!, session.GetProperty("token").GetString()!);
    }

    // A new site is known everywhere within seconds, so "not found" is asked again for a while, as are the limits.
    private async Task<JsonElement> Send(HttpMethod method, string path, object body, string? token, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
            if (token is not null)
                request.Headers.Authorization = new("Bearer", token);
            using var response = await Http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.IsSuccessStatusCode)
                return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
            var again = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
                || (response.StatusCode == HttpStatusCode.NotFound && path.EndsWith("visitor-sessions", StringComparison.Ordinal));
            if (!again || attempt >= 100)
                throw new InvalidOperationException($"{method} {path} was answered with {(int)response.StatusCode}: {text}");
            await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromMilliseconds(300), cancellationToken);
        }
    }
}

/// <summary>One of the references: no accounts, no queue; the load tester says who serves whom.</summary>
public sealed class ReferenceDeployment(Uri address) : Deployment(address)
{
    public override bool Assigns => false;

    public override Task Prepare(int agents, int watchers, int capacity, Action<int> made, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public override Task<HubClient> NewVisitor(RunRecord record, CancellationToken cancellationToken) =>
        Task.FromResult(new HubClient(Hub("visitor"), null, false, Invoker, record) { SeesOwn = false });

    public override AgentClient NewAgent(int number, RunRecord record, Seats seats, bool watcher = false) =>
        new(Hub("agent"), null, Invoker, record, seats) { IsWatcher = watcher, SeesOwn = false };
}
