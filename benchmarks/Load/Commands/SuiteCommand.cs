using System.CommandLine;
using System.Globalization;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;
using CustomerService.Load.Suite;
using CustomerService.Support;
using Spectre.Console;

namespace CustomerService.Load.Commands;

/// <summary><c>suite</c>: the product and the references, turn by turn on one PostgreSQL.</summary>
public static class SuiteCommand
{
    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds; each runs every contender once.", DefaultValueFactory = _ => 5 };
        var rate = new Option<double>("--rate") { Description = "One rate for all; 0: each one's knee, then a load at half of it.", DefaultValueFactory = _ => 0 };
        var steps = new Option<int>("--steps") { Description = "Loads of each search for a knee.", DefaultValueFactory = _ => 7 };
        var limit = new Option<double>("--limit") { Description = "Ack p99 to hold, in ms.", DefaultValueFactory = _ => 100 };
        var seconds = new Option<double>("--seconds") { Description = "Length of each load.", DefaultValueFactory = _ => 15 };
        var warmup = new Option<double>("--warmup") { Description = "Seconds of it before, not counted.", DefaultValueFactory = _ => 5 };
        var visitors = new Option<int>("--visitors") { Description = "Visitors.", DefaultValueFactory = _ => 1000 };
        var agents = new Option<int>("--agents") { Description = "Agents.", DefaultValueFactory = _ => 200 };
        var contenders = new Option<string[]>("--contenders") { Description = "Which: echo, insert, ef, product.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["echo", "ef", "insert", "product"] };
        var product = new Option<FileInfo?>("--product") { Description = "CustomerService.WebFront.dll. Default: the Release build of this repository." };
        var references = new Option<FileInfo?>("--references") { Description = "CustomerService.References.dll. Default: the Release build of this repository." };
        var port = new Option<int>("--port") { Description = "Port for the contenders.", DefaultValueFactory = _ => 5979 };
        var output = new Option<string>("--out") { Description = "Folder for the results.", DefaultValueFactory = _ => "." };
        var command = new Command("suite", "Starts the product and the references one after another on one PostgreSQL (fsync and "
            + "synchronous_commit on), several rounds, and reports medians and ratios.")
        {
            rounds, rate, steps, limit, seconds, warmup, visitors, agents, contenders, product, references, port, output,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var scenario = ScenarioCatalogue.Find("steady-chat")! with
            {
                Visitors = parsed.GetValue(visitors), Agents = parsed.GetValue(agents),
                Seconds = parsed.GetValue(seconds), WarmupSeconds = parsed.GetValue(warmup),
            };
            if (ScenarioFile.Fault(scenario) is var (member, reason))
                throw new ArgumentException($"{member}: {reason}");
            await using var database = await PostgresServer.Start(cancel);
            var databasePid = ProcStat.Listener(database.Port);
            var results = new List<RunResult>();
            var knees = new List<(string Contender, double Rate)>();
            for (var round = 0; round < parsed.GetValue(rounds); round++)
            {
                foreach (var name in parsed.GetValue(contenders)!)
                {
                    await using var contender = await Contender.Start(name, parsed.GetValue(port), await database.NewDatabase(cancel),
                        parsed.GetValue(product)?.FullName, parsed.GetValue(references)?.FullName, cancel);
                    using Deployment deployment = name == "product"
                        ? new ProductDeployment(contender.Address, Contender.AdminEmail, Contender.AdminPassword)
                        : new ReferenceDeployment(contender.Address);
                    await using var runner = new Runner(deployment, scenario, new RunContext
                    {
                        Contender = name, ServerPid = contender.Pid, DatabasePid = databasePid, Quiet = true,
                        Command = string.Join(' ', parsed.Tokens.Select(t => t.Value)), Commit = ResultCommands.Commit(),
                        Settings = "PostgreSQL fsync=on synchronous_commit=on shared_buffers=128MB",
                    });
                    await runner.Gather(cancel);
                    var at = parsed.GetValue(rate);
                    if (at <= 0)
                    {
                        var (knee, _) = await RunCommands.Find(runner, scenario, 100, 80_000, parsed.GetValue(limit),
                            parsed.GetValue(steps), line => AnsiConsole.MarkupLine(Markup.Escape($"{name} {line}")), cancel);
                        knees.Add((name, knee));
                        at = Math.Max(10, knee / 2);
                    }
                    var result = await runner.Load(scenario with { Schedule = scenario.Schedule with { Rate = at } }, cancel);
                    ResultCommands.Show(result);
                    results.Add(result);
                }
            }
            Write(parsed.GetValue(output)!, results, knees);
            return results.All(r => r.Passed) ? 0 : 1;
        });
        return command;
    }

    private static void Write(string folder, IReadOnlyList<RunResult> results, IReadOnlyList<(string Contender, double Rate)> knees)
    {
        var rows = SuiteReport.Rows(results, knees);
        var table = new Table().AddColumns([.. SuiteReport.Heads]);
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        AnsiConsole.Write(table);
        Directory.CreateDirectory(folder);
        var stamp = DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var count = 0;
        foreach (var result in results)
            result.Write(Path.Combine(folder, $"{stamp}-suite-{count++:00}-{result.Contender}.json"));
        var page = Path.Combine(folder, $"{stamp}-suite.html");
        HtmlReport.Write(page, "Product and references", results,
            "<p>Medians over the rounds that count; ratios against the bare echo hub of the same run.</p>" + HtmlReport.Table(SuiteReport.Heads, rows));
        AnsiConsole.MarkupLine(Markup.Escape(page));
    }
}
