using System.Globalization;
using CustomerService.Checker;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Grains.Time;
using CustomerService.Simulation.Actors;
using CustomerService.Simulation.Clients;
using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Fronts;
using CustomerService.Simulation.Storage;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;

namespace CustomerService.Simulation.Runs;

/// <summary>One run: a whole small company in one seed. Everything that happens follows from the seed.</summary>
public sealed class Run
{
    internal const int Visitors = 20, Agents = 4;
    internal static readonly TimeSpan HealAt = TimeSpan.FromMinutes(17);
    internal static readonly TimeSpan VisitorsLeaveAt = TimeSpan.FromMinutes(23);
    internal static readonly TimeSpan DrainedAt = TimeSpan.FromMinutes(30);
    internal static readonly TimeSpan EndAt = TimeSpan.FromMinutes(31);
    private static readonly TimeSpan PlacesSettle = TimeSpan.FromSeconds(60), PlacesEvery = TimeSpan.FromSeconds(20);
    private const int SilosAtStart = 3, FrontsAtStart = 2;

    private readonly List<HistoryLine> _history = new(20_000);
    private readonly HistoryRecorder _recorder;
    private readonly SortedDictionary<long, (string Op, string Client)> _open = [];
    private readonly List<SimFront> _fronts = [];
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private long _ops;
    private int _silosMade, _frontsMade;

    private Run(ulong seed, RunOptions options)
    {
        World = new World(seed, options.Trace);
        Bug = options.Bug;
        Faults = options.Faults ? FaultOptions.All(options.FaultFactor) : FaultOptions.None;
        _recorder = new HistoryRecorder(seed.ToString(CultureInfo.InvariantCulture), () => World.NowMs, line =>
        {
            _history.Add(line);
            if (World.Traces)
                World.Trace(Describe(line));
        });
        _recorder.Begin("simulation", (long)seed);
        Store = new SimStore(World, Faults);
        Accounts = Store.Database.Accounts;
        Cluster = new Cluster(World, Faults);
        Feed = new SimFeed(World, Faults, id => _fronts.Find(front => front.Id == id));
        Bugs.Plant(this);
        Settings();
        for (var i = 0; i < SilosAtStart; i++)
            StartSilo();
        for (var i = 0; i < FrontsAtStart; i++)
            StartFront();
        People = new People(this);
    }

    internal World World { get; }
    internal PlantedBug Bug { get; }
    internal FaultOptions Faults { get; }
    internal SimStore Store { get; }
    internal IAccounts Accounts { get; set; }
    internal Cluster Cluster { get; }
    internal SimFeed Feed { get; }
    internal People People { get; }
    internal IReadOnlyList<SimFront> LivingFronts => [.. _fronts.Where(front => !front.IsDead)];

    /// <summary>Runs a seed to its end and checks what it recorded.</summary>
    public static RunResult Execute(ulong seed, RunOptions? options = null)
    {
        options ??= new RunOptions();
        Run? run = null;
        try
        {
            run = new Run(seed, options);
            run.Play();
            return run.Result(seed, HistoryChecker.Check(run._history), null);
        }
        catch (Exception error)
        {
            return run?.Result(seed, null, error) ?? new RunResult(seed, null, [], "", error, 0, TimeSpan.Zero);
        }
        finally
        {
            run?.World.Forget(); // Whatever keeps a clock keeps no whole run by it.
        }
    }

    internal void Record(HistoryLine line)
    {
        if (line.Kind == LineKinds.Invoke)
            _open.Add(long.Parse(line.Op!, CultureInfo.InvariantCulture), (line.Op!, line.Client!));
        else if (line.Op is not null)
            _open.Remove(long.Parse(line.Op, CultureInfo.InvariantCulture));
        _recorder.Add(line);
    }

    internal string NextOp() => (++_ops).ToString(CultureInfo.InvariantCulture);

    internal void Unknown(string client, string op) => Record(new HistoryLine { Kind = LineKinds.Unknown, Client = client, Op = op });

    /// <summary>Records an answer: done, refused, or as good as none.</summary>
    internal void Answered(string client, string op, Refusal? refusal) => Record(refusal switch
    {
        null => new HistoryLine { Kind = LineKinds.Ok, Client = client, Op = op },
        { Code: RefusalCode.Unavailable } => new HistoryLine { Kind = LineKinds.Unknown, Client = client, Op = op },
        _ => new HistoryLine { Kind = LineKinds.Fail, Client = client, Op = op, Code = refusal.Code.ToString() },
    });

    /// <summary>Sends a command that is no message: tried again twice with the same id when the outcome is unknown.</summary>
    internal void Command(ProtocolClient client, string what, string conversationId, Func<ConversationCommand> make)
    {
        World.Spawn(Try);

        async Task Try()
        {
            var command = make();
            for (var attempt = 0; attempt < 3; attempt++)
            {
                if (client.Link is not { IsOpen: true } link)
                    return;
                var op = NextOp();
                Record(new HistoryLine { Kind = LineKinds.Invoke, Client = client.Name, Op = op, Do = what, Conversation = conversationId });
                try
                {
                    var refusal = await link.Ask(() => AtFront(link, async grains =>
                        (await grains.GetGrain<IConversationGrain>(conversationId).Execute(command)).Refusal));
                    Answered(client.Name, op, refusal);
                    if (refusal is not { Code: RefusalCode.Unavailable or RefusalCode.Overloaded or RefusalCode.RateLimited })
                        return;
                }
                catch (Exception error) when (error is LinkLostException or TimeoutException)
                {
                    Unknown(client.Name, op);
                }
                await World.Delay(World.Chance.Seconds(0.5, 4));
            }
        }
    }

    /// <summary>A hub's method: what a grain's call throws is an answer too.</summary>
    internal static async Task<Refusal?> AtFront(Link link, Func<IGrainFactory, Task<Refusal?>> call)
    {
        try
        {
            return await call(link.Front.Grains);
        }
        catch (Exception error) when (error is not SimulationException)
        {
            return Refusal.Unavailable;
        }
    }

    internal static async Task Quietly(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (error is not SimulationException)
        {
        }
    }

    /// <summary>Signals that reached clients.</summary>
    internal long Signals { get; set; }

    /// <summary>Places of waiting visitors that were compared with the database.</summary>
    internal long PlacesChecked { get; set; }

    /// <summary>An agent's session is ended by somebody else: a changed password, an account that was disabled.</summary>
    internal void EndSession(string client)
    {
        if (_ended.Add(client))
            Record(new HistoryLine { Kind = LineKinds.Revoked, Client = client });
    }

    internal bool HasEnded(string client) => _ended.Contains(client);

    internal SimFront? SomeFront() => LivingFronts is { Count: > 0 } fronts ? World.Chance.Pick(fronts) : null;

    internal void StartSilo()
    {
        var silo = new Actors.Silo("s" + ++_silosMade) { Machine = new MachineClock(World) };
        TimeProvider clock = Bug == PlantedBug.WallClock ? silo.Machine : new SteadyTimeProvider(silo.Machine);
        var maker = new GrainMaker(Cluster, Store, Feed, Accounts, clock);
        silo.Maker = maker;
        Cluster.Silos.Add(silo);
        World.Trace($"{silo} starts");
        if (Bug == PlantedBug.SweepAsleep)
            return;
        silo.SweepStrand = new Strand(World, $"sweep@{silo}") { Silo = silo };
        silo.SweepStrand.Post(() => World.Spawn(Sweep));

        async Task Sweep()
        {
            while (true)
            {
                await World.Delay(TimeSpan.FromSeconds(1));
                await maker.Sweeper.Round(CancellationToken.None);
            }
        }
    }

    internal void StartFront() => _fronts.Add(new SimFront(World, "f" + ++_frontsMade, Cluster.Grains, Store.Journal, Faults)
    {
        LeaksToStrangers = Bug == PlantedBug.StrangerSubscribed,
        IsDeaf = Bug == PlantedBug.NoHeads,
        ForgetsOrder = Bug == PlantedBug.OlderWishWins,
        SessionEnded = Bug == PlantedBug.RevocationIgnored ? null : HasEnded,
    });

    /// <summary>The reservations an agent has open by what is committed: for planted bugs.</summary>
    internal SortedSet<string> OpenReservations(string agentId) => Dump.OpenReservations(this, agentId);

    private void Settings()
    {
        var chance = World.Chance;
        var strategies = new[] { "longest-idle", "least-loaded", "round-robin" };
        var database = Store.Database;
        foreach (var id in new[] { "default", "sales" })
        {
            Now(database.Catalogue.Save(new QueueSettings
            {
                Id = id, Name = id, Strategy = chance.Pick(strategies), Offers = chance.Chance(0.4), OfferSeconds = 10 + chance.Below(15),
                GraceSeconds = 10 + chance.Below(25), IdleCloseSeconds = 90 + chance.Below(60), ReopenSeconds = chance.Chance(0.7) ? 86_400 : 60,
                WrapUpSeconds = chance.Chance(0.4) ? 2 + chance.Below(20) : 0,
            }));
        }
        for (var i = 1; i <= Agents; i++)
        {
            var capacity = 1 + chance.Below(4);
            Now(database.Accounts.Add(new Account
            {
                AgentId = "a" + i, Email = $"a{i}@example.com", Name = "Agent " + i, PasswordHash = "", Roles = ["agent"],
                Queues = ["default", "sales"], Capacity = capacity,
            }));
            Record(new HistoryLine { Kind = LineKinds.Capacity, Agent = "a" + i, Capacity = capacity });
        }
    }

    private void Play()
    {
        World.After(TimeSpan.FromSeconds(20), World.Network, () => World.Spawn(new FaultPlan(this).Go));
        World.RunUntil(HealAt);
        Faults.Stop();
        Cluster.EndDoubles();
        Record(new HistoryLine { Kind = LineKinds.Mark, What = "healed" });
        for (var at = HealAt + PlacesSettle; at < VisitorsLeaveAt; at += PlacesEvery)
        {
            World.RunUntil(at);
            People.CheckPlaces();
        }
        World.RunUntil(VisitorsLeaveAt);
        People.Leave();
        World.RunUntil(DrainedAt);
        Record(new HistoryLine { Kind = LineKinds.Mark, What = "drained" });
        var dump = new Dump(this);
        World.RunUntil(EndAt);
        foreach (var (op, client) in _open.Values.ToArray())
            Unknown(client, op);
        dump.Write();
        _recorder.End();
    }

    private RunResult Result(ulong seed, CheckReport? report, Exception? error) =>
        new(seed, report, _history, World.TraceText, error, World.Steps, World.Now)
        {
            Signals = Signals, PlacesChecked = PlacesChecked,
        };

    internal static void Now(Task task)
    {
        if (!task.IsCompletedSuccessfully)
            throw new SimulationException("The memory did not answer at once.", task.Exception);
    }

    internal static T Now<T>(Task<T> task) => task.IsCompletedSuccessfully
        ? task.Result
        : throw new SimulationException("The memory did not answer at once.", task.Exception);

    private static string Describe(HistoryLine line) =>
        $"{line.N} {line.Kind} {line.Client}{line.Agent} {line.Op} {line.Do} {line.Conversation} {line.Id} {line.Sequence} {line.Fact} {line.Content} {line.Code} {line.Head}";
}
