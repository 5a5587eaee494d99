namespace CustomerService.Checker;

/// <summary>What became of one invariant.</summary>
public enum Verdict
{
    /// <summary>Looked at and kept.</summary>
    Held,

    /// <summary>Broken: see the violations.</summary>
    Violated,

    /// <summary>Nothing in the history that it speaks of.</summary>
    NotApplicable,
}

/// <summary>One way in which a history breaks an invariant.</summary>
/// <param name="Invariant">Such as <c>I7</c>.</param>
/// <param name="Sentence">What is wrong, in one sentence.</param>
/// <param name="Lines">Numbers of the lines that prove it, in order.</param>
public sealed record Violation(string Invariant, string Sentence, IReadOnlyList<long> Lines)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Invariant}: {Sentence} (lines {string.Join(", ", Lines)})";
}

/// <summary>The result for one invariant.</summary>
/// <param name="Id">Such as <c>I7</c>.</param>
/// <param name="Title">What it demands.</param>
/// <param name="Verdict">Whether it held.</param>
/// <param name="Looked">How many things were compared.</param>
/// <param name="Why">Where not applicable: why.</param>
public sealed record InvariantResult(string Id, string Title, Verdict Verdict, long Looked, string Why);

/// <summary>The results for all invariants.</summary>
public sealed record CheckReport(IReadOnlyList<InvariantResult> Results, IReadOnlyList<Violation> Violations, long Lines)
{
    /// <summary>Whether nothing was violated.</summary>
    public bool Passed => Violations.Count == 0;

    /// <summary>Ids of the violated invariants, in order.</summary>
    public IReadOnlyList<string> Violated =>
        [.. Results.Where(result => result.Verdict == Verdict.Violated).Select(result => result.Id)];
}

/// <summary>How long what is allowed to take may take. All in milliseconds.</summary>
public sealed record CheckOptions
{
    /// <summary>I9: how long after an event is stored, and after healing, every live client must have it. One round of
    /// heads (30 s) may be missed once.</summary>
    public long CatchUpMsMax { get; init; } = 75_000;

    /// <summary>I13: how long after healing the rule begins; reliability.md's figure.</summary>
    public long SettleMs { get; init; } = 30_000;

    /// <summary>I13: how long a conversation may wait while an eligible agent is free; reliability.md's figure.</summary>
    public long IdleWhileWaitingMsMax { get; init; } = 2_000;

    /// <summary>I14: how long a queue may be unaware of a conversation, or an assignment in flight, before healing:
    /// a call times out after 30 s, and what is owed is repeated with growing delays.</summary>
    public long OrderBlurMs { get; init; } = 120_000;

    /// <summary>I14: before healing, a conversation for which an agent was asked within this time of the assignment is
    /// not passed over but under way: a call takes up to 30 s to fail.</summary>
    public long UnderWayMs { get; init; } = 35_000;

    /// <summary>I14: both of them after healing and settling: several matches are under way at a time.</summary>
    public long OrderBlurHealedMs { get; init; } = 2_000;

    /// <summary>I12, I13: how long an agent may go by a capacity that was changed: it is told at once, but where that is
    /// lost it looks for itself, every 60 s while the database answers.</summary>
    public long CapacityStaleMs { get; init; } = 120_000;

    /// <summary>I16: how long after healing a reservation without a conversation may stay.</summary>
    public long OrphanMsMax { get; init; } = 120_000;

    /// <summary>I20: how long events may still reach someone whose access was revoked.</summary>
    public long RevokedMsMax { get; init; } = 5_000;
}

/// <summary>The invariants and what they demand.</summary>
public static class Invariants
{
    /// <summary>In order. The ones a history can't show yet say so.</summary>
    public static IReadOnlyList<(string Id, string Title)> All { get; } =
    [
        ("I1", "every acked send is in the final log at its acked sequence"),
        ("I2", "no phantoms: a failed send never appears, an unknown one at most once"),
        ("I3", "an id has one sequence at most; a client applies each sequence at most once"),
        ("I4", "a sequence has one content across all clients and the database"),
        ("I5", "sequences are dense from 1 to head, and monotone per reader"),
        ("I6", "each client's view is a contiguous run of the log from its join point"),
        ("I7", "one sender's order of sending is its order in the log"),
        ("I8", "an ack before an invocation means a lower sequence"),
        ("I9", "after healing every live client comes to the head in time"),
        ("I10", "recovered=true means nothing is missing"),
        ("I11", "assignment intervals of one conversation never overlap"),
        ("I12", "open assignments never exceed the agent's capacity, and each rests on a reservation"),
        ("I13", "nobody waits while an eligible agent is free"),
        ("I14", "assigned in order of enqueue time, which is kept across requeues"),
        ("I15", "only legal state transitions; no message after close without a reopen"),
        ("I16", "when all is over every conversation is closed or a message left, and no reservation is orphaned"),
        ("I17", "rows, loads, queue lengths and unread counts equal a recomputation from the log"),
        ("I18", "snapshot and tail equal a fold over the whole stream"),
        ("I19", "webhooks are attempted for committed events and for no others"),
        ("I20", "no event reaches a non-participant or a revoked one; notes never reach visitors"),
        ("I21", "one audit row per privileged action"),
        ("I22", "an erased person leaves no trace"),
    ];
}
