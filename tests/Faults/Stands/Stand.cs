using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using CustomerService.Checker;
using CustomerService.Checker.History;
using CustomerService.Faults.Clients;
using CustomerService.Faults.Faults;
using CustomerService.Support;
using CustomerService.Support.Servers;
using Npgsql;

namespace CustomerService.Faults.Stands;

/// <summary>How a stand is built.</summary>
internal sealed record StandOptions
{
    /// <summary>A real PostgreSQL of its own; otherwise SQLite.</summary>
    public bool OnPostgres { get; init; }

    /// <summary>Clients go through a proxy.</summary>
    public bool BadLine { get; init; }

    /// <summary>The server reaches PostgreSQL through a proxy.</summary>
    public bool BadDatabaseLine { get; init; }

    /// <summary>Where SQLite writes, where not in a temporary folder.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Silos in processes of their own, with <see cref="Fronts"/> before them; 0: one process is everything.</summary>
    public int Silos { get; init; }

    /// <summary>Each silo in a network of its own that can be cut off.</summary>
    public bool ApartFromEachOther { get; init; }

    /// <summary>Fronts of a cluster; clients come through a balancer.</summary>
    public int Fronts { get; init; } = 2;

    public int Agents { get; init; } = 2;
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}

/// <summary>From being said to being acknowledged, tries included: milliseconds of the history.</summary>
internal readonly record struct Answer(string Client, long From, long To)
{
    public long Took => To - From;
}

/// <summary>One server process, or a cluster of them, with its database, its clients and the history of what they saw.</summary>
internal sealed class Stand : IAsyncDisposable
{
    private const int AgentCapacity = 50;

    // All clients come from one address, which no real crowd does.
    private static readonly string[] Limits =
    [
        "--set", "Limits:CallsPerSecondPerAddress=1000000", "--set", "Limits:CallsBurstPerAddress=1000000",
        "--set", "Limits:ConnectsPerSecondPerAddress=100000", "--set", "Limits:ConnectsBurstPerAddress=100000",
        "--set", "Limits:ConnectionsPerAddressMax=100000", "--set", "Limits:Rest:PerSecond=100000",
        "--set", "Limits:Rest:Burst=100000", "--set", "Limits:CallsPerSecondPerCaller=1000",
        "--set", "Limits:CallsBurstPerCaller=10000", "--set", "Limits:CallsPerSecondPerConnection=1000",
        "--set", "Limits:CallsBurstPerConnection=10000", "--set", "Limits:ConnectionsPerCallerMax=1000",
    ];

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(15) };

    private readonly TemporaryFolder _folder = new();
    private readonly List<LiveClient> _clients = [];
    private readonly List<(Visitor Visitor, string Conversation)> _conversations = [];
    private readonly List<Task> _talks = [];
    private readonly CancellationTokenSource _enough = new();
    private readonly StandOptions _options;
    private string? _database;
    private int _visitors, _agents;
    private string _adminToken = "";
    private string _adminId = "";

    private Stand(string name, StandOptions options) => (History, _options) = (new RunHistory(name), options);

    public RunHistory History { get; }
    public ServerProcess Server { get; private set; } = null!;
    public IReadOnlyList<ServerProcess> Silos { get; private set; } = [];
    public IReadOnlyList<ServerProcess> Fronts { get; private set; } = [];
    public Balancer? Balancer { get; private set; }
    public IsolatedNetworks? Networks { get; private set; }
    public PostgresServer? Postgres { get; private set; }
    public FaultProxy? Line { get; private set; }
    public FaultProxy? DatabaseLine { get; private set; }
    public string Folder => _folder.Path;

    /// <summary>How long each thing that was said by those who talk took to be acknowledged.</summary>
    public ConcurrentBag<Answer> Answers { get; } = [];

    /// <summary>Where clients connect.</summary>
    public Uri Entrance => Balancer is not null ? new Uri($"http://127.0.0.1:{Balancer.Port}") : Line is null ? Server.Address : new Uri($"http://127.0.0.1:{Line.Port}");

    /// <summary>Past the proxy.</summary>
    public string Database => _database ?? throw new InvalidOperationException("It stores in SQLite.");

    public static async Task<Stand> Open(string name, StandOptions options)
    {
        var stand = new Stand(name, options);
        try
        {
            await stand.Build();
            return stand;
        }
        catch
        {
            await stand.DisposeAsync();
            throw;
        }
    }

    private async Task Build()
    {
        string[] arguments;
        if (_options.OnPostgres)
        {
            Postgres = await PostgresServer.Start();
            _database = await Postgres.NewDatabase();
            var reached = _database;
            if (_options.BadDatabaseLine)
            {
                DatabaseLine = new FaultProxy(Postgres.Port);
                reached = new NpgsqlConnectionStringBuilder(_database) { Port = DatabaseLine.Port }.ToString();
            }
            arguments = ["--postgres", reached, .. Limits];
        }
        else
        {
            arguments = ["--data", _options.DataFolder ?? Folder, .. Limits];
        }
        if (_options.Silos > 0)
        {
            await BuildCluster(arguments);
        }
        else
        {
            Server = ServerProcess.Front(arguments, _options.Environment);
            await Server.Start().Ready();
        }
        if (_options.BadLine)
            Line = new FaultProxy(Server.Address.Port);
        using var answer = await Http.PostAsJsonAsync(
            new Uri(Server.Address, "/api/v1/agent-sessions"),
            new { email = ServerProcess.AdminEmail, password = ServerProcess.AdminPassword });
        var admin = await answer.Content.ReadFromJsonAsync<JsonElement>();
        (_adminToken, _adminId) = (admin.GetProperty("token").GetString()!, admin.GetProperty("agentId").GetString()!);
        for (var i = 1; i <= _options.Agents; i++)
            await NewAgent();
    }

    /// <summary>An agent of the default queue that is connected and has set itself online, or tries to.</summary>
    public async Task<AgentClient> NewAgent()
    {
        const string password = "a password of an agent";
        var name = "agent" + ++_agents;
        var id = await Hire($"{name}@example.test", name, password);
        var agent = new AgentClient(
            History, name, id, Entrance, await Server.SignIn($"{name}@example.test", password)).Register(AgentCapacity);
        lock (_clients)
            _clients.Add(agent);
        agent.Start();
        await Await.Until($"{name} is connected", () => agent.IsConnected);
        return agent;
    }

    private async Task BuildCluster(string[] arguments)
    {
        // By its unix socket, which reaches into every network, unless the line to it is to be bad.
        var database = DatabaseLine is not null ? arguments[1]
            : new NpgsqlConnectionStringBuilder(_database) { Host = Postgres!.SocketFolder }.ToString();
        Networks = _options.ApartFromEachOther ? IsolatedNetworks.Make(_options.Silos) : null;
        Silos = [.. Enumerable.Range(0, _options.Silos).Select(i => ServerProcess.Silo([
            "--postgres", database, "--set", $"Cluster:SiloPort={FreePort.Next()}", "--set", $"Cluster:GatewayPort={FreePort.Next()}",
            "--set", $"Cluster:Address={Networks?.AddressOf(i) ?? "127.0.0.1"}",
        ], _options.Environment, Networks?.Through(i)))];
        Fronts = [.. Enumerable.Range(0, _options.Fronts).Select(_ => ServerProcess.Front(["--join", .. arguments], _options.Environment))];
        Server = Fronts[0];
        var startMax = TimeSpan.FromMinutes(3);
        await Task.WhenAll(Silos.Select(silo => silo.Start().Said("The silo is ready", startMax)));
        await Task.WhenAll(Fronts.Select(front => front.Start().Ready(startMax)));
        Balancer = new Balancer(Fronts);
    }

    private async Task<string> Hire(string email, string name, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Address, "/api/v1/agents"));
        request.Headers.Authorization = new("Bearer", _adminToken);
        request.Content = JsonContent.Create(new { email, name, password, roles = new[] { "agent" }, capacity = AgentCapacity });
        using var answer = await Http.SendAsync(request);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("agentId").GetString()!;
    }

    /// <summary>Sets after how long without a word conversations close.</summary>
    public async Task SetIdleClose(int seconds)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Address, "/api/v1/queues"));
        request.Headers.Authorization = new("Bearer", _adminToken);
        request.Content = JsonContent.Create(new { id = "default", name = "Default", idleCloseSeconds = seconds });
        using var answer = await Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Every visitor closes the page.</summary>
    public Task AllVisitorsLeave() => Task.WhenAll(_clients.OfType<Visitor>().Select(visitor => visitor.DisposeAsync().AsTask()));

    /// <summary>Conversations that are not closed.</summary>
    public async Task<long> Open()
    {
        await using var connection = OwnConnection();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from conversations where state <> 'closed'";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What all agents together say they have.</summary>
    public async Task<int> TotalLoad()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Server.Address, "/api/v1/agents"));
        request.Headers.Authorization = new("Bearer", _adminToken);
        using var answer = await Http.SendAsync(request);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return body.GetProperty("agents").EnumerateArray().Sum(agent => agent.GetProperty("load").GetInt32());
    }

    /// <summary>A visitor that is connected.</summary>
    public async Task<Visitor> NewVisitor(Uri? entrance = null)
    {
        var visitor = new Visitor(History, "v" + Interlocked.Increment(ref _visitors), entrance ?? Entrance);
        lock (_clients)
            _clients.Add(visitor);
        await visitor.Register();
        visitor.Start();
        return visitor;
    }

    /// <summary>Begins a conversation that the last reads will look at.</summary>
    public async Task<string> Begin(Visitor visitor, string text)
    {
        var id = await visitor.Begin(text);
        lock (_conversations)
        {
            // One that was closed a moment ago may be taken up again instead of a new one.
            if (!_conversations.Contains((visitor, id)))
                _conversations.Add((visitor, id));
        }
        return id;
    }

    /// <summary>So many visitors talk, one message after the other with a pause, until <see cref="Quiet"/>.</summary>
    public async Task Talk(int visitors, int pauseMs = 50)
    {
        for (var i = 0; i < visitors; i++)
        {
            var visitor = await NewVisitor();
            _talks.Add(Task.Run(() => Talk(visitor, pauseMs)));
        }
        await Await.Until("the first sends are acknowledged", () => History.AckCount >= visitors, TimeSpan.FromSeconds(30), () => Server.Output);
    }

    private async Task Talk(Visitor visitor, int pauseMs)
    {
        var n = 0;
        while (!_enough.IsCancellationRequested)
        {
            await Begin(visitor, $"{visitor.Name} hello {++n}");
            for (var i = 0; i < 60 && !_enough.IsCancellationRequested; i++)
            {
                var from = History.Now;
                await visitor.Say($"{visitor.Name} says {++n}");
                Answers.Add(new Answer(visitor.Name, from, History.Now));
                await Task.Delay(pauseMs);
            }
            if (!_enough.IsCancellationRequested)
                await visitor.Finish();
        }
    }

    /// <summary>A visitor that is in a conversation.</summary>
    public Visitor AnyTalker()
    {
        lock (_conversations)
            return _conversations[^1].Visitor;
    }

    /// <summary>Everyone who talks finishes the sentence and stays.</summary>
    public async Task Quiet()
    {
        await _enough.CancelAsync();
        foreach (var agent in _clients.OfType<AgentClient>())
            agent.FallSilent();
        await Task.WhenAll(_talks).WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Whether /health/ready says so now.</summary>
    public async Task<bool> IsReady()
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            using var answer = await Http.GetAsync(new Uri(Server.Address, "/health/ready"), limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>Completes with the first ack after now; answers how long it took.</summary>
    public async Task<long> NextAck(TimeSpan within)
    {
        var now = History.Now;
        await Await.Until("a send is acknowledged", () => History.FirstAckAfter(now) is not null, within, () => Server.Output);
        return History.FirstAckAfter(now)!.Value;
    }

    /// <summary>Resident memory of the server, or of the largest process of a cluster, MiB.</summary>
    public long MemoryMiB() => Silos.Concat(Fronts).DefaultIfEmpty(Server).Max(each =>
    {
        using var process = Process.GetProcessById(each.Id);
        return process.WorkingSet64 >> 20;
    });

    /// <summary>Lets people talk on for a while where the scenario wants it, ends the talk, waits until what was said is
    /// acknowledged and every live client has everything, reads all of it anew, asks for figures, writes the database down
    /// and checks the history.</summary>
    /// <param name="historyFile">Where to keep the history; null: nowhere.</param>
    /// <param name="talkOnMs">How long people go on after healing: what is promised from 30 s after it shows only then.</param>
    public async Task<CheckReport> Finish(string? historyFile, int talkOnMs)
    {
        Line?.Heal();
        DatabaseLine?.Heal();
        var healedAt = History.Now;
        History.Add(new HistoryLine { Kind = LineKinds.Mark, What = "healed" });
        if (_talks.Count > 0 && !_enough.IsCancellationRequested)
            await Await.Until("people have talked on", () => History.Now - healedAt > talkOnMs, TimeSpan.FromMilliseconds(talkOnMs + 5_000));
        await Quiet();
        await Await.Until("every live client is at the head", AllAtHead, TimeSpan.FromSeconds(40), () => Server.Output);
        if (Balancer is not null)
            await Await.Until("the balancer has every front again", () => Balancer.ReadyCount == Fronts.Count, TimeSpan.FromSeconds(20));
        // Who comes back soon after the end gets the same conversation again: it is read once.
        await Dump.FreshReads(
            History, Server.Address, [.. _conversations.DistinctBy(each => each.Conversation)], _adminToken, _adminId);
        // No one writes now but the sweep; the last word is the database's.
        var figures = await Figures.Ask(Server.Address, _adminToken, [.. _clients.OfType<AgentClient>()], OwnConnection);
        foreach (var client in _clients)
            await client.DisposeAsync();
        foreach (var process in Fronts.Concat(Silos))
            await process.Stop();
        if (Silos.Count == 0)
            await Server.Stop();
        await Dump.Write(History, _database, _options.DataFolder ?? Folder);
        FiguresShown = await figures.Write(History, OwnConnection);
        return History.Check(historyFile);
    }

    /// <summary>Whether agents' loads, queues' lengths and unread counts are in the history.</summary>
    public bool FiguresShown { get; private set; }

    /// <summary>A connection to the database that the product knows nothing of.</summary>
    public DbConnection OwnConnection() => Dump.Connect(_database, _options.DataFolder ?? Folder);

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        foreach (var client in _clients)
            await client.DisposeAsync();
        if (Balancer is not null)
            await Balancer.DisposeAsync();
        foreach (var process in Fronts.Concat(Silos))
            await process.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
        Networks?.Dispose();
        if (Line is not null)
            await Line.DisposeAsync();
        if (DatabaseLine is not null)
            await DatabaseLine.DisposeAsync();
        if (Postgres is not null)
            await Postgres.DisposeAsync();
        _folder.Dispose();
        _enough.Dispose();
    }

    private async Task<bool> AllAtHead()
    {
        var heads = await Heads();
        lock (_clients)
        {
            return _clients.TrueForAll(client => client.Places().All(place =>
                heads.TryGetValue(place.Conversation, out var head) && place.Sequence >= (client is Visitor ? head.Visible : head.All)));
        }
    }

    private async Task<Dictionary<string, (long All, long Visible)>> Heads()
    {
        var heads = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        await using var connection = OwnConnection();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select stream, max(version), coalesce(max(visitor_sequence), 0) from journal "
            + "where stream like 'conversation/%' group by stream";
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            heads[rows.GetString(0)["conversation/".Length..]] = (rows.GetInt64(1), rows.GetInt64(2));
        return heads;
    }
}
