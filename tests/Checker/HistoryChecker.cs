using System.Runtime.InteropServices;
using CustomerService.Checker.Checks;
using CustomerService.Checker.History;

namespace CustomerService.Checker;

/// <summary>Checks a recorded history against every invariant that the product has by now.</summary>
public static class HistoryChecker
{
    /// <summary>Violations kept per invariant; the first ones tell most.</summary>
    internal const int ViolationsPerInvariantMax = 10;

    /// <summary>The report. Never a pass for a broken history.</summary>
    /// <exception cref="BadHistoryException">The history is broken.</exception>
    public static CheckReport Check(IEnumerable<HistoryLine> lines, CheckOptions? options = null)
    {
        var model = Model.Of(lines);
        var findings = new Findings();
        options ??= new CheckOptions();
        SendChecks.Run(model, findings);
        ViewChecks.Run(model, findings, options);
        ConversationChecks.Run(model, findings);
        ReservationChecks.Run(model, findings, options);
        WaitingChecks.Run(model, findings, options);
        FigureChecks.Run(model, findings);
        findings.NotApplicable("I19", "no webhooks yet");
        findings.NotApplicable("I21", "no audit log yet");
        findings.NotApplicable("I22", "no erasure yet");
        return findings.Report(model.End.N);
    }
}

/// <summary>What the checks found.</summary>
internal sealed class Findings
{
    private readonly Dictionary<string, (long Looked, string Why)> _looked = [];
    private readonly Dictionary<string, List<Violation>> _violations = [];

    /// <summary>Something of that invariant was compared.</summary>
    public void Looked(string invariant, long count = 1)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_looked, invariant, out _);
        known = (known.Looked + count, "");
    }

    /// <summary>Nothing of that invariant can be seen in this history.</summary>
    public void NotApplicable(string invariant, string why) => _looked.TryAdd(invariant, (0, why));

    /// <summary>It is broken.</summary>
    public void Violate(string invariant, string sentence, params IEnumerable<HistoryLine?> lines)
    {
        if (!_violations.TryGetValue(invariant, out var list))
            _violations.Add(invariant, list = []);
        if (list.Count < HistoryChecker.ViolationsPerInvariantMax)
            list.Add(new Violation(invariant, sentence, [.. lines.OfType<HistoryLine>().Select(line => line.N).Distinct().Order()]));
    }

    public CheckReport Report(long lines) => new(
        [.. Invariants.All.Select(each => Result(each.Id, each.Title))],
        [.. Invariants.All.SelectMany(each => _violations.GetValueOrDefault(each.Id) ?? [])],
        lines);

    private InvariantResult Result(string id, string title)
    {
        var (looked, why) = _looked.GetValueOrDefault(id, (0, "nothing in the history that it speaks of"));
        var verdict = _violations.ContainsKey(id) ? Verdict.Violated : looked > 0 ? Verdict.Held : Verdict.NotApplicable;
        return new InvariantResult(id, title, verdict, looked, verdict == Verdict.NotApplicable
            ? why.Length > 0 ? why : "nothing in the history that it speaks of" : "");
    }
}
