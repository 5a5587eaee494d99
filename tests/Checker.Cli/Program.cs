using System.CommandLine;
using CustomerService.Checker.History;

namespace CustomerService.Checker.Cli;

/// <summary>The command: checks history files.</summary>
public static class Program
{
    private const int ExitHeld = 0, ExitViolated = 1, ExitBadHistory = 2;

    public static int Main(string[] args)
    {
        var files = new Argument<FileInfo[]>("history")
        {
            Description = "History files (JSON lines, see docs/history-format.md).",
            Arity = ArgumentArity.OneOrMore,
        };
        var require = new Option<string[]>("--require")
        {
            Description = "Invariants that the history must be able to show, such as I1 or I1-I9: one of them not applicable is a "
                + "failure.",
            AllowMultipleArgumentsPerToken = true,
        };
        var quiet = new Option<bool>("--quiet") { Description = "Only violations, not the table." };
        var root = new RootCommand("""
            Checks recorded histories against the invariants of the product.

            Exit code: 0 all held, 1 something was violated (each violation with the lines that prove it),
            2 a history is broken or the arguments are: then nothing is proven either way.
            """)
        {
            files, require, quiet,
        };
        root.SetAction(parsed => Run(
            parsed.GetValue(files)!, parsed.GetValue(require) ?? [], parsed.GetValue(quiet), Console.Out, Console.Error));
        var result = root.Parse(args);
        var exit = result.Invoke();
        return result.Errors.Count > 0 ? ExitBadHistory : exit;
    }

    /// <summary>The command without its parsing, for tests.</summary>
    public static int Run(FileInfo[] files, string[] require, bool quiet, TextWriter output, TextWriter errors)
    {
        if (!TryExpand(require, out var required, out var unknown))
        {
            errors.WriteLine($"Unknown invariant '{unknown}'. Known: {string.Join(", ", Invariants.All.Select(each => each.Id))}.");
            return ExitBadHistory;
        }
        var exit = ExitHeld;
        foreach (var file in files)
        {
            try
            {
                using var stream = file.OpenRead();
                var report = HistoryChecker.Check(HistoryReader.Read(stream));
                exit = Math.Max(exit, Print(file, report, required, quiet, output));
            }
            catch (BadHistoryException bad)
            {
                errors.WriteLine($"{file.FullName}: a broken history proves nothing. {bad.Message}");
                exit = ExitBadHistory;
            }
            catch (IOException error)
            {
                errors.WriteLine($"{file.FullName}: {error.Message}");
                exit = ExitBadHistory;
            }
        }
        return exit;
    }

    private static int Print(FileInfo file, CheckReport report, HashSet<string> required, bool quiet, TextWriter output)
    {
        output.WriteLine($"{file.FullName}: {report.Lines} lines");
        var missing = report.Results.Where(result => required.Contains(result.Id) && result.Verdict == Verdict.NotApplicable).ToList();
        if (!quiet)
        {
            foreach (var result in report.Results)
            {
                output.WriteLine($"  {result.Id,-4} {Word(result.Verdict),-14} {result.Title}"
                    + (result.Verdict == Verdict.NotApplicable ? $": {result.Why}" : $" ({result.Looked} looked at)"));
            }
        }
        if (report.Violations.Count > 0)
        {
            var texts = Lines(file, [.. report.Violations.SelectMany(violation => violation.Lines)]);
            foreach (var violation in report.Violations)
            {
                output.WriteLine($"\n{violation.Invariant}: {violation.Sentence}");
                foreach (var line in violation.Lines)
                    output.WriteLine($"  {line}: {texts.GetValueOrDefault(line)}");
            }
        }
        foreach (var result in missing)
            output.WriteLine($"\n{result.Id} was required but the history can't show it: {result.Why}.");
        return report.Passed && missing.Count == 0 ? ExitHeld : ExitViolated;
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Held => "held",
        Verdict.Violated => "VIOLATED",
        _ => "not applicable",
    };

    private static Dictionary<long, string> Lines(FileInfo file, HashSet<long> wanted)
    {
        var found = new Dictionary<long, string>();
        long n = 0;
        foreach (var line in File.ReadLines(file.FullName))
        {
            if (wanted.Contains(++n))
                found.Add(n, line);
        }
        return found;
    }

    /// <summary>I1-I9 stands for all of them in order.</summary>
    private static bool TryExpand(string[] require, out HashSet<string> ids, out string unknown)
    {
        var known = Invariants.All.Select(each => each.Id).ToList();
        ids = [];
        unknown = "";
        foreach (var part in require.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            var ends = part.Split('-');
            var from = known.IndexOf(ends[0]);
            var to = known.IndexOf(ends[^1]);
            if (ends.Length > 2 || from < 0 || to < from)
            {
                unknown = part;
                return false;
            }
            ids.UnionWith(known[from..(to + 1)]);
        }
        return true;
    }
}
