using System.CommandLine;
using System.Diagnostics;

namespace CustomerService.Faults.Cli;

/// <summary>The command: plays faults on real processes and ends with a report.</summary>
public static class Program
{
    private const int ExitHeld = 0, ExitFailed = 1, ExitUsage = 2, ExitNotRun = 3;

    public static int Main(string[] args)
    {
        var names = new Argument<string[]>("scenario")
        {
            Description = "Scenarios to play, in this order; none: all of them. --list shows them.", Arity = ArgumentArity.ZeroOrMore,
        };
        var list = new Option<bool>("--list") { Description = "Show every scenario with its rule, and end." };
        var report = new Option<FileInfo?>("--report") { Description = "Write the table there as well (Markdown)." };
        var histories = new Option<DirectoryInfo?>("--histories")
        {
            Description = "Keep each scenario's history in this folder, for tests/Checker.Cli.",
        };
        var quiet = new Option<bool>("--quiet") { Description = "No progress, only the table." };
        var isShort = new Option<bool>("--short")
        {
            Description = "As ./test does, beside builds and other tests: recoveries may take four times as long, and what is promised "
                + "from 30 s after healing is not waited for.",
        };
        var root = new RootCommand("""
            Plays faults on a real server process with a real database and real sockets: kills, crashes, bad lines, full disks,
            crowds. Each scenario has its own rule, ends with reads by clients who know nothing yet and a dump of the database,
            and has its history checked.

            Build the solution in the same configuration first. Some scenarios need root, strace or libfaketime: without them
            they are reported as not run.

            Exit code: 0 every rule held, 1 one did not, 2 the arguments are wrong, 3 all that ran held but some could not run.
            """)
        {
            names, list, report, histories, quiet, isShort,
        };
        var exit = ExitHeld;
        root.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(list))
                List(Console.Out);
            else
                exit = await Play(parsed.GetValue(names) ?? [], parsed.GetValue(report), parsed.GetValue(histories), parsed.GetValue(quiet),
                    parsed.GetValue(isShort), Console.Out, Console.Error);
        });
        var result = root.Parse(args);
        var invoked = result.InvokeAsync().GetAwaiter().GetResult();
        return result.Errors.Count > 0 ? ExitUsage : invoked != 0 ? invoked : exit;
    }

    /// <summary>The command without its parsing, for tests.</summary>
    public static async Task<int> Play(
        string[] names, FileInfo? report, DirectoryInfo? histories, bool quiet, bool isShort, TextWriter output, TextWriter errors)
    {
        var known = FaultScenarios.Known.Select(each => each.Name).ToList();
        if (Array.Find(names, name => !known.Contains(name)) is { } unknown)
        {
            await errors.WriteLineAsync($"Unknown scenario '{unknown}'. Known: {string.Join(", ", known)}.");
            return ExitUsage;
        }
        histories?.Create();
        var chosen = names.Length > 0 ? names : [.. known];
        var results = new List<ScenarioResult>();
        var watch = Stopwatch.StartNew();
        foreach (var (name, index) in chosen.Select((name, index) => (name, index)))
        {
            if (!quiet)
                await errors.WriteLineAsync($"[{index + 1}/{chosen.Length}] {name}");
            var file = histories is null ? null : Path.Combine(histories.FullName, name + ".jsonl");
            var result = await FaultScenarios.Run(
                name, step => { if (!quiet) errors.WriteLine($"  {watch.Elapsed:mm\\:ss} {step}"); }, file, isShort);
            results.Add(result);
            if (!quiet)
                await errors.WriteLineAsync($"  {watch.Elapsed:mm\\:ss} {name}: {result.Outcome} {(result.Outcome == Outcome.Passed ? "" : result.Note)}");
        }
        var table = FaultReport.Markdown(results);
        await output.WriteLineAsync(table);
        if (report is not null)
            await File.WriteAllTextAsync(report.FullName, table);
        return results.Exists(each => each.Outcome == Outcome.Failed) ? ExitFailed
            : results.Exists(each => each.Outcome == Outcome.NotRun) ? ExitNotRun : ExitHeld;
    }

    private static void List(TextWriter output)
    {
        foreach (var (name, row, title) in FaultScenarios.Known)
            output.WriteLine($"{name,-22} row {row,-3} {title}");
    }
}
