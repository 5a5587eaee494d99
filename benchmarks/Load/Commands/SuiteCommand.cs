using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using CustomerService.Load.Results;
using CustomerService.Load.Suite;
using Spectre.Console;

namespace CustomerService.Load.Commands;

/// <summary><c>suite</c>: every target, measured beside the references, in one command or in pieces.</summary>
public static class SuiteCommand
{
    public static Command Create()
    {
        var parts = new Argument<string[]>("parts")
        {
            Description = "Which parts, of: " + string.Join(", ", SuitePart.All.Select(p => p.Name)) + ". All of them where none is named.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        parts.AcceptOnlyFromAmong([.. SuitePart.All.Select(p => p.Name)]);
        var output = new Option<string>("--out") { Description = "Folder of the results. What is measured is added to what is there, so a suite may be run in pieces; the report is of all of it.", DefaultValueFactory = _ => "suite-results" };
        var quick = new Option<bool>("--quick") { Description = "Fewer and shorter rounds, 5,000 idle visitors, 300,000 messages: about twenty-seven minutes on two cores." };
        var tiny = new Option<bool>("--tiny") { Description = "A few seconds a part: shows that it works, its figures say nothing." };
        var rounds = new Option<int?>("--rounds") { Description = "Rounds of the parts that alternate. Default 5, 2 if quick." };
        var seconds = new Option<double?>("--seconds") { Description = "Length of each load at half rate; a step of a search has half of it." };
        var visitors = new Option<int?>("--visitors") { Description = "Visitors of the message loads. Default 1,000." };
        var agents = new Option<int?>("--agents") { Description = "Agents of the message loads. Default 200." };
        var idle = new Option<int?>("--idle-visitors") { Description = "Idle visitors. Default 15,000." };
        var messages = new Option<long?>("--messages") { Description = "Messages to search in. Default 1,000,000; 10,000,000 takes about half an hour and 10 GB." };
        var silos = new Option<int[]>("--silos")
        {
            Description = "Clusters of part cluster, by their silos. Default: 1 2 3.", AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 2, 3],
        };
        var reportOnly = new Option<bool>("--report") { Description = "Measures nothing: shows and writes the report of the folder." };
        var product = new Option<FileInfo?>("--product") { Description = "CustomerService.WebFront.dll. Default: the Release build of this repository." };
        var references = new Option<FileInfo?>("--references") { Description = "CustomerService.References.dll. Default: the Release build of this repository." };
        var port = new Option<int>("--port") { Description = "Port for the contenders; the next one is used too.", DefaultValueFactory = _ => 5979 };
        var command = new Command("suite", "Measures every target beside the references, on a PostgreSQL of its own (fsync and "
            + "synchronous_commit on) and on SQLite, and says which are met. May be run in pieces into one folder.")
        {
            parts, output, quick, tiny, rounds, seconds, visitors, agents, idle, messages, silos, reportOnly, product, references, port,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var size = parsed.GetValue(tiny) ? SuiteSize.Tiny : parsed.GetValue(quick) ? SuiteSize.Quick : new SuiteSize();
            size = size with
            {
                Rounds = parsed.GetValue(rounds) ?? size.Rounds,
                HalfSeconds = parsed.GetValue(seconds) ?? size.HalfSeconds, ClusterSeconds = parsed.GetValue(seconds) ?? size.ClusterSeconds,
                StepSeconds = parsed.GetValue(seconds) / 2 ?? size.StepSeconds,
                Visitors = parsed.GetValue(visitors) ?? size.Visitors,
                Agents = parsed.GetValue(agents) ?? size.Agents,
                IdleVisitors = parsed.GetValue(idle) ?? size.IdleVisitors,
                Messages = parsed.GetValue(messages) ?? size.Messages,
                ClusterSilos = parsed.GetValue(silos)!,
            };
            if (size.Rounds is < 1 or > 100 || size.HalfSeconds is < 1 or > 3_600 || size.Visitors < 1 || size.Agents < 1
                || size.IdleVisitors < 1 || size.ClusterSilos.Any(count => count is < 1 or > 9) || size.Messages < size.Listed)
            {
                throw new ArgumentException(
                    $"Rounds are 1 to 100, seconds 1 to 3600, visitors, agents and idle visitors at least 1, "
                    + $"silos 1 to 9, messages at least {size.Listed}.");
            }
            var folder = parsed.GetValue(output)!;
            var file = new SampleFile(folder);
            var failed = false;
            if (!parsed.GetValue(reportOnly))
                failed = await Measure(Chosen(parsed.GetValue(parts)!), size, file, folder, parsed.GetValue(port),
                    parsed.GetValue(product)?.FullName, parsed.GetValue(references)?.FullName,
                    string.Join(' ', parsed.Tokens.Select(t => t.Value)), cancel);
            return Report(file.Read(), folder, []) && !failed ? 0 : 1;
        });
        return command;
    }

    private static IReadOnlyList<SuitePart> Chosen(string[] names) =>
        [.. SuitePart.All.Where(p => names.Length == 0 || names.Contains(p.Name))];

    private static async Task<bool> Measure(
        IReadOnlyList<SuitePart> parts, SuiteSize size, SampleFile file, string folder, int port, string? product,
        string? references, string command, CancellationToken cancellationToken)
    {
        static void Say(string line) => Console.WriteLine(line);
        Say("About, on two free cores:");
        foreach (var part in parts)
            Say($"  {part.Name,-11} {TimeSpan.FromSeconds(part.Seconds(size)):mm\\:ss}  {part.What}");
        Say($"  {"together",-11} {TimeSpan.FromSeconds(parts.Sum(p => p.Seconds(size))):mm\\:ss}");
        await using var suite = new SuiteContext(size, file, folder, port, product, references, command, Say);
        var failed = false;
        foreach (var part in parts)
        {
            var clock = Stopwatch.StartNew();
            Say($"== {part.Name} ({DateTime.UtcNow:HH:mm:ss})");
            try
            {
                await part.Run(suite, cancellationToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // The other parts are worth having all the same.
                failed = true;
                AnsiConsole.MarkupLine($"[red]{Markup.Escape($"{part.Name} broke off: {failure.Message}")}[/]");
                await Console.Error.WriteLineAsync(failure.ToString());
            }
            Say(string.Create(CultureInfo.InvariantCulture, $"== {part.Name} took {clock.Elapsed.TotalSeconds:N0} s"));
            Report(file.Read(), folder, suite.Runs, show: false);
        }
        return failed;
    }

    /// <summary>True where every target that was measured is met.</summary>
    private static bool Report(IReadOnlyList<Sample> samples, string folder, IReadOnlyList<RunResult> runs, bool show = true)
    {
        var rows = SuiteReport.Rows(samples);
        const string settings = "PostgreSQL fsync=on synchronous_commit=on shared_buffers=128MB; SQLite WAL synchronous=FULL.";
        var path = Path.Combine(folder, "suite");
        File.WriteAllText(path + ".md", SuiteReport.Markdown(samples, Machine.Here(), settings));
        if (runs.Count > 0 || !File.Exists(path + ".html") || show)
        {
            HtmlReport.Write(path + ".html", "Suite", runs.Count > 0 ? runs : Written(folder),
                "<p>Medians of the rounds that count; ratios against the references of the same run.</p>"
                + HtmlReport.Table(SuiteReport.Heads, rows) + HtmlReport.Table(SuiteReport.FigureHeads, SuiteReport.Figures(samples)));
        }
        if (show)
        {
            // One line each: a table is unreadable in the width that a log file has.
            foreach (var row in rows)
                Console.WriteLine($"{row[^1],-12} {row[0],-10} {row[1]}: {row[2]}, wanted {row[3]} ({row[4]} rounds, {row[5]} void)");
            Console.WriteLine($"{path}.md and .html");
        }
        var medians = new Medians(samples);
        return Targets.All.All(t => t.IsMet(medians) is not false);
    }

    /// <summary>The loads kept in the folder, of earlier pieces too.</summary>
    private static List<RunResult> Written(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(RunResult.Read)];
}
