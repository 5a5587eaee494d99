using CustomerService.Checker;
using CustomerService.Checker.History;

namespace CustomerService.Simulation.Runs;

/// <summary>What a run may be told.</summary>
public sealed record RunOptions
{
    public bool Trace { get; init; }
    public PlantedBug Bug { get; init; }

    /// <summary>False: nothing goes wrong, for a look at the plain course of things.</summary>
    public bool Faults { get; init; } = true;

    /// <summary>How much more often than usual something goes wrong: 1 is usual.</summary>
    public double FaultFactor { get; init; } = 1;
}

/// <summary>What became of a run.</summary>
public sealed record RunResult(
    ulong Seed, CheckReport? Report, IReadOnlyList<HistoryLine> History, string Trace, Exception? Error, long Steps, TimeSpan Simulated)
{
    /// <summary>Signals that reached clients: typing, read marks, places in a queue.</summary>
    public long Signals { get; init; }

    /// <summary>Places of waiting visitors that were compared with the database.</summary>
    public long PlacesChecked { get; init; }

    public bool Passed => Error is null && Report is { Passed: true };

    /// <summary>One command that shows exactly this run again.</summary>
    public string Replay => $"dotnet run -c Release --project tests/Simulation.Cli -- --seed {Seed} --trace";

    /// <summary>Why it failed, in a few lines.</summary>
    public string Why => Error is not null
        ? $"seed {Seed}: {Error.GetType().Name}: {Error.Message}"
        : $"seed {Seed}: {string.Join("\n  ", Report!.Violations.Take(5))}";
}
