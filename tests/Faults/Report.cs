using System.Globalization;
using System.Text;

namespace CustomerService.Faults;

/// <summary>The table at the end of a run.</summary>
public static class FaultReport
{
    /// <summary>As a Markdown table, with failures spelled out below.</summary>
    public static string Markdown(IReadOnlyList<ScenarioResult> results)
    {
        var text = new StringBuilder()
            .AppendLine("| Scenario | Row | Result | Outage | Recovery | Took | Measured |")
            .AppendLine("|---|---|---|---|---|---|---|");
        foreach (var each in results)
        {
            var note = each.Note.Split('\n')[0].Replace("|", "\\|", StringComparison.Ordinal);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| `{each.Scenario}` | {each.Row} | {Word(each.Outcome)} | {Time(each.OutageMs)} | {Time(each.RecoveryMs)} | {each.TookSeconds:F0} s | {note} |");
        }
        foreach (var each in results.Where(each => each.Outcome == Outcome.Failed))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{each.Scenario} FAILED: {each.Note}");
            foreach (var violation in each.Violations)
                text.AppendLine("  " + violation);
        }
        return text.ToString();
    }

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Passed => "passed",
        Outcome.Failed => "FAILED",
        _ => "not run",
    };

    private static string Time(long? ms) => ms is { } value ? value.ToString("#,##0", CultureInfo.InvariantCulture) + " ms" : "-";
}
