using CustomerService.Load.Commands;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;
using CustomerService.Support;

namespace CustomerService.Load.Suite;

/// <summary>How large and how long.</summary>
public sealed record SuiteSize
{
    public int Rounds { get; init; } = 5;
    public int Visitors { get; init; } = 1_000;
    public int Agents { get; init; } = 200;
    public double LimitMs { get; init; } = 100;

    /// <summary>Loads of a search for the knee: of the first one, and of one that knows the knee of the round before.</summary>
    public int FirstSteps { get; init; } = 6;
    public int LaterSteps { get; init; } = 4;

    /// <summary>Seconds of each load of a search, and of the load at half of it.</summary>
    public double StepSeconds { get; init; } = 4;
    public double HalfSeconds { get; init; } = 6;

    /// <summary>Seconds at the beginning of each load that are not counted. All clients have just resumed, and a crowd that
    /// begins to talk at once leaves a backlog that takes up to two seconds to go.</summary>
    public double WarmupSeconds { get; init; } = 3;

    /// <summary>Of each load before anything counts, product and references alike, and at most how many: see
    /// <see cref="Warming"/>.</summary>
    public double WarmLoadSeconds { get; init; } = 8;
    public int WarmLoads { get; init; } = 12;
    public int IdleVisitors { get; init; } = 15_000;
    public int LongConversation { get; init; } = 100_000;
    public int OpenConversations { get; init; } = 100_000;
    public int Waiting { get; init; } = 10_000;
    public int QueueAgents { get; init; } = 500;
    public double AssignmentRate { get; init; } = 2_000;
    public double AssignmentSeconds { get; init; } = 3;
    public int AssignmentLoads { get; init; } = 5;
    public int ClusterVisitors { get; init; } = 3_000;
    public int ClusterAgents { get; init; } = 60;
    public double ClusterRate { get; init; } = 500;
    public double ClusterWarmupSeconds { get; init; } = 4;
    public double ClusterSeconds { get; init; } = 15;

    /// <summary>Which clusters, by their silos.</summary>
    public IReadOnlyList<int> ClusterSilos { get; init; } = [1, 2, 3];
    public int Listed { get; init; } = 100_000;
    public long Messages { get; init; } = 1_000_000;

    /// <summary>About twenty-seven minutes on two cores.</summary>
    public static SuiteSize Quick { get; } = new()
    {
        Rounds = 2, FirstSteps = 4, LaterSteps = 3, StepSeconds = 2.5, HalfSeconds = 5, AssignmentLoads = 2,
        IdleVisitors = 5_000, Messages = 300_000, ClusterVisitors = 1_000, ClusterSilos = [1, 3],
        WarmupSeconds = 1.5, WarmLoads = 3, WarmLoadSeconds = 5, ClusterWarmupSeconds = 3, ClusterSeconds = 8,
    };

    /// <summary>To see that every part works: its figures say nothing.</summary>
    public static SuiteSize Tiny { get; } = new()
    {
        Rounds = 1, Visitors = 20, Agents = 4, FirstSteps = 2, LaterSteps = 2, StepSeconds = 1, HalfSeconds = 2,
        WarmupSeconds = 0.5, WarmLoadSeconds = 1, WarmLoads = 1, AssignmentLoads = 1, IdleVisitors = 100, LongConversation = 2_000,
        OpenConversations = 2_000, Waiting = 100, QueueAgents = 10, AssignmentRate = 20, AssignmentSeconds = 3,
        ClusterVisitors = 60, ClusterAgents = 4, ClusterRate = 20, ClusterWarmupSeconds = 0.5, ClusterSeconds = 2, Listed = 1_000, Messages = 10_000,
    };
}

/// <summary>What every part needs: contenders, a database, and where figures go.</summary>
public sealed class SuiteContext(
    SuiteSize size, SampleFile file, string folder, int port, string? product, string? references, string command,
    Action<string> say) : IAsyncDisposable
{
    private readonly List<RunResult> _runs = [];
    private readonly string? _commit = ResultCommands.Commit();
    private PostgresServer? _postgres;
    private int _folders;

    public SuiteSize Size { get; } = size;

    /// <summary>The loads of this run, for the page.</summary>
    public IReadOnlyList<RunResult> Runs => _runs;

    public int? DatabasePid { get; private set; }

    public void Say(string line) => say(line);

    public void Sample(string part, string name, double value, string? isVoid = null)
    {
        file.Append(new Sample(DateTimeOffset.UtcNow, part, name, value, isVoid, _commit));
        say(FormattableString.Invariant($"  {name} = {Comparison.Show(value)}{(isVoid is null ? "" : $" VOID: {isVoid}")}"));
    }

    /// <summary>The median of what was measured before in this folder; NaN where nothing was.</summary>
    public double Before(string name) => new Medians(file.Read()).Of(name);

    public async Task<string> NewDatabase(CancellationToken cancellationToken)
    {
        if (_postgres is null)
        {
            _postgres = await PostgresServer.Start(cancellationToken);
            DatabasePid = ProcStat.Listener(_postgres.Port);
        }
        return await _postgres.NewDatabase(cancellationToken);
    }

    public Task DropDatabase(string connectionString, CancellationToken cancellationToken) => _postgres!.Execute(
        $"drop database {new Npgsql.NpgsqlConnectionStringBuilder(connectionString).Database} with (force)", cancellationToken);

    public async Task<Contender> OnPostgres(string name, CancellationToken cancellationToken, string? database = null) =>
        await Contender.Start(new ContenderStart
        {
            Name = name, Port = port, Postgres = database ?? await NewDatabase(cancellationToken), Product = product,
            References = references,
        }, cancellationToken);

    /// <summary>A build of the product that is compared with others.</summary>
    public Task<Contender> Of(Variant variant, string database, CancellationToken cancellationToken) =>
        Contender.Start(new ContenderStart
        {
            Name = "product", Port = port, Postgres = database, Product = variant.Product, Environment = variant.Environment,
        }, cancellationToken);

    /// <summary>A second product at a time, on the next port.</summary>
    public Task<Contender> Beside(string database, CancellationToken cancellationToken) =>
        Contender.Start(new ContenderStart
        {
            Name = "product", Port = port + 1, Postgres = database, Product = product,
        }, cancellationToken);

    /// <summary>In a new folder, or in the one given.</summary>
    public Task<Contender> OnSqlite(string name, CancellationToken cancellationToken, string? data = null) =>
        Contender.Start(new ContenderStart
        {
            Name = name, Port = port, Folder = data ?? NewFolder(), Product = product, References = references,
        }, cancellationToken);

    public string NewFolder() => Path.Combine(folder, "data", $"{Environment.ProcessId}-{_folders++}");

    /// <summary>So many silos with two fronts before them, on a new database.</summary>
    public async Task<ContenderCluster> Cluster(int silos, CancellationToken cancellationToken) =>
        await ContenderCluster.Start(silos, 2, await NewDatabase(cancellationToken));

    public Runner Runner(ContenderCluster cluster, Deployment deployment, Scenario scenario, Func<Task<CpuUse>> look) =>
        new(deployment, scenario, new RunContext
        {
            Contender = $"cluster-{cluster.Silos.Count}", Look = look, Quiet = true, Command = command, Commit = _commit,
            Settings = "PostgreSQL fsync=on synchronous_commit=on shared_buffers=128MB; two fronts",
        });

    public Runner Runner(Contender contender, Deployment deployment, Scenario scenario, string? name = null) =>
        new(deployment, scenario, new RunContext
        {
            Contender = name ?? contender.Name, ServerPid = contender.Pid,
            // The echo hub and SQLite's have none: what others do to it is not theirs.
            DatabasePid = contender.Name is "echo" or "sqlite" || name == "product-sqlite" ? null : DatabasePid,
            Quiet = true, Command = command, Commit = _commit,
            Settings = "PostgreSQL fsync=on synchronous_commit=on shared_buffers=128MB; SQLite WAL synchronous=FULL",
        });

    public void Keep(RunResult result)
    {
        _runs.Add(result);
        Directory.CreateDirectory(folder);
        result.Write(Path.Combine(folder, $"{result.At:yyyyMMdd-HHmmss}-{result.Contender}-{result.Scenario.Name}.json"));
    }

    /// <summary>Why a load says nothing; null where it counts.</summary>
    public static string? WhyVoid(RunResult result) => result.Passed ? null
        : result.Void.Count > 0 ? string.Join(' ', result.Void)
        : $"{result.Correctness} {result.Failed} refused for good";

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        var data = Path.Combine(folder, "data");
        if (Directory.Exists(data))
            Directory.Delete(data, recursive: true);
    }
}
