using System.Diagnostics;
using CustomerService.Checker;
using CustomerService.Faults.Stands;

namespace CustomerService.Faults;

/// <summary>What became of a scenario.</summary>
public enum Outcome
{
    /// <summary>Its rule holds and the history is clean.</summary>
    Passed,

    /// <summary>Its rule is broken, or the history is.</summary>
    Failed,

    /// <summary>This machine can't show it; the reason says why. Never a pass.</summary>
    NotRun,
}

/// <summary>One line of the report.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Row">The fault's number in the list of faults.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="OutageMs">Longest time without an acknowledged send while the fault lasted, where measured.</param>
/// <param name="RecoveryMs">From the end of the fault to the next acknowledged send (or what the note says).</param>
/// <param name="Note">What was measured besides, or why it failed.</param>
/// <param name="Violations">Violations of the history, in sentences.</param>
/// <param name="TookSeconds">Wall-clock time.</param>
public sealed record ScenarioResult(
    string Scenario, string Row, Outcome Outcome, long? OutageMs, long? RecoveryMs, string Note,
    IReadOnlyList<string> Violations, double TookSeconds);

/// <summary>The rule of a scenario does not hold.</summary>
internal sealed class RuleBrokenException(string why) : Exception(why);

/// <summary>This machine can't show it, which only came out on trying.</summary>
internal sealed class CannotShowException(string why) : Exception(why);

/// <summary>What a scenario measured while it ran.</summary>
/// <param name="name">The scenario's.</param>
/// <param name="progress">Gets a line per step.</param>
/// <param name="historyFile">Where to keep the history; null: nowhere.</param>
/// <param name="isShort">Played beside builds and other tests, in a run that has to end soon: times may be longer, and what
/// is promised from 30 s after healing is not waited for.</param>
internal sealed class Trial(string name, Action<string> progress, string? historyFile, bool isShort)
{
    /// <summary>How much longer than measured on a machine of its own a recovery may take in a short run.</summary>
    private const int ShortPatience = 4;

    /// <summary>Past the 30 s from which nobody may wait beside a free agent, and past the next round of heads.</summary>
    private const int TalkOnMs = 40_000;

    private static readonly string[] NotInTheProduct = ["I19", "I21", "I22"];

    private readonly List<string> _notes = [];

    public string Name => name;
    public bool IsShort => isShort;
    public long? OutageMs { get; set; }
    public long? RecoveryMs { get; set; }
    public CheckReport? Report { get; private set; }
    public string Notes => string.Join("; ", _notes);

    public void Say(string what) => progress($"{name}: {what}");
    public void Note(string what)
    {
        _notes.Add(what);
        Say(what);
    }

    /// <summary>The scenario's own rule.</summary>
    public static void Demand(bool holds, string otherwise)
    {
        if (!holds)
            throw new RuleBrokenException(otherwise);
    }

    /// <summary>Recovery, with the longest that the rule allows.</summary>
    public void Recovered(long ms, long maxMs)
    {
        maxMs *= isShort ? ShortPatience : 1;
        RecoveryMs = Math.Max(RecoveryMs ?? 0, ms);
        Demand(ms <= maxMs, $"Recovered after {ms} ms; the rule allows {maxMs} ms.");
    }

    public async Task Finish(Stand stand)
    {
        Say("reading everything anew and checking the history");
        Report = await stand.Finish(historyFile, isShort ? 0 : TalkOnMs);
        Note($"{stand.History.AckCount} acked sends, {Report.Lines} lines of history");
        var absent = Report.Results.Where(each => each.Verdict == Verdict.NotApplicable && !NotInTheProduct.Contains(each.Id)).ToList();
        Note(absent.Count == 0 ? "I1 to I18 and I20 shown" : $"not shown: {string.Join(", ", absent.Select(each => each.Id))}");
        if (!stand.FiguresShown)
            Note("figures of queues and agents not shown: something was stored after they were asked for");
    }
}

/// <summary>One fault as a scenario.</summary>
/// <param name="Name">As the command takes it.</param>
/// <param name="Row">Its number in the list of faults.</param>
/// <param name="Title">What happens, and the rule.</param>
/// <param name="Play">Plays it; throws where the rule is broken.</param>
/// <param name="Missing">Why this machine can't show it; null where it can.</param>
internal sealed record Scenario(string Name, string Row, string Title, Func<Trial, Task> Play, Func<string?>? Missing = null);

/// <summary>All scenarios, by name.</summary>
public static class FaultScenarios
{
    private static readonly Scenario[] All =
    [
        .. CrashScenarios.All, .. DatabaseScenarios.All, .. StoredScenarios.All, .. DiskScenarios.All, .. LineScenarios.All, .. CrowdScenarios.All,
        .. ClusterScenarios.All, .. UpgradeScenarios.All,
    ];

    /// <summary>Names with their titles, in the order in which they run.</summary>
    public static IReadOnlyList<(string Name, string Row, string Title)> Known =>
        [.. All.Select(each => (each.Name, each.Row, each.Title))];

    /// <summary>Plays one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="progress">Gets a line per step.</param>
    /// <param name="historyFile">Where to keep the history; null: nowhere.</param>
    /// <param name="isShort">Beside builds and other tests: more patience, less waiting.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those there are.</exception>
    public static async Task<ScenarioResult> Run(
        string name, Action<string> progress, string? historyFile = null, bool isShort = false)
    {
        var scenario = All.FirstOrDefault(each => each.Name == name) ?? throw new ArgumentException(
            $"Unknown scenario '{name}'. Known: {string.Join(", ", All.Select(each => each.Name))}.", nameof(name));
        var trial = new Trial(name, progress, historyFile, isShort);
        var watch = Stopwatch.StartNew();
        if (scenario.Missing?.Invoke() is { } missing)
            return Result(Outcome.NotRun, "NOT RUN: " + missing);
        try
        {
            await scenario.Play(trial).WaitAsync(TimeSpan.FromMinutes(10));
        }
        catch (CannotShowException error)
        {
            return Result(Outcome.NotRun, "NOT RUN: " + error.Message);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            var text = error is RuleBrokenException ? error.Message : error.ToString();
            return Result(Outcome.Failed, $"{trial.Notes}; {text}");
        }
        if (trial.Report is not { } report)
            return Result(Outcome.Failed, "No history was checked.");
        string[] needed = ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8"];
        var blind = report.Results.Where(each => needed.Contains(each.Id) && each.Verdict == Verdict.NotApplicable)
            .Select(each => each.Id).ToList();
        if (blind.Count > 0)
            return Result(Outcome.Failed, $"The history can't show {string.Join(", ", blind)}; {trial.Notes}");
        return Result(report.Passed ? Outcome.Passed : Outcome.Failed, trial.Notes);

        ScenarioResult Result(Outcome outcome, string note) => new(
            name, scenario.Row, outcome, trial.OutageMs, trial.RecoveryMs, note,
            [.. trial.Report?.Violations.Select(each => each.ToString()) ?? []], watch.Elapsed.TotalSeconds);
    }
}
