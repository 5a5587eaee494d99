namespace CustomerService.Load.Suite;

/// <summary>One part of the suite.</summary>
/// <param name="Name">By which it is chosen.</param>
/// <param name="What">In one line.</param>
/// <param name="Seconds">About how long it takes, all rounds.</param>
/// <param name="Run">Measures and samples.</param>
public sealed record SuitePart(
    string Name, string What, Func<SuiteSize, double> Seconds, Func<SuiteContext, CancellationToken, Task> Run)
{
    /// <summary>All, in the order in which they run: what matters most first.</summary>
    public static IReadOnlyList<SuitePart> All { get; } =
    [
        new("messages", "product, echo and EF turn by turn: the knee, and a load at half of it",
            s => (3 * Knees(s)) + (s.Rounds * s.Agents * SignIn), Parts.MessagesPart.Run),
        new("start", "start to ready on SQLite", s => 8 * s.Rounds, Parts.StartPart.Run),
        new("idle", "CPU of a server nobody uses", _ => 90, Parts.IdlePart.Run),
        new("sqlite", "product and the bare group commit, both on SQLite",
            s => (2 * Knees(s)) + (s.Rounds * s.Agents * SignIn), Parts.MessagesPart.RunOnSqlite),
        new("flat", "does a message cost more in a long conversation, or among many?",
            s => 90 + (s.Rounds * 4 * (s.HalfSeconds + s.WarmupSeconds)), Parts.FlatPart.Run),
        new("lists", "lists and search of the console on many conversations and messages",
            s => 100 + (s.Messages / 8_000.0), Parts.ListsPart.Run),
        new("assignment", "one queue, many waiting, places freed at a fixed rate",
            s => 20 + (s.QueueAgents * SignIn) + (s.Waiting / 300.0) + (s.AssignmentRate * s.AssignmentLoads * (s.AssignmentSeconds + 1) / 300),
            Parts.AssignmentPart.Run),
        new("cluster", "CPU a message, placement and polling with 1, 2 and 3 silos",
            s => s.Rounds * s.ClusterSilos.Count * (40 + (s.ClusterAgents * SignIn * 2) + (s.ClusterVisitors / 300.0) + ((s.ClusterWarmupSeconds + s.ClusterSeconds) * (1 + Warmed(s)))),
            Parts.ClusterPart.Run),
        new("memory", "heap per idle connection and per active conversation", s => 60 + (s.IdleVisitors / 100.0), Parts.MemoryPart.Run),
    ];

    // Two slow hashes: the account's and the sign-in's.
    private const double SignIn = 0.08;

    // Loads until they cost no less, as seen.
    private static double Warmed(SuiteSize s) => Math.Min(s.WarmLoads, 5);

    private static double Knees(SuiteSize s) => Knee(s, s.FirstSteps) + ((s.Rounds - 1) * Knee(s, s.LaterSteps));

    private static double Knee(SuiteSize s, int steps) =>
        8 + (Warmed(s) * (s.WarmLoadSeconds + s.WarmupSeconds)) + (steps * (s.StepSeconds + s.WarmupSeconds + 0.3)) + s.HalfSeconds + s.WarmupSeconds;
}
