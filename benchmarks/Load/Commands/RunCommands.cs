using System.CommandLine;
using System.Globalization;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;
using CustomerService.Load.Schedules;
using Spectre.Console;

namespace CustomerService.Load.Commands;

/// <summary><c>run</c>, <c>knee</c> and <c>list</c>.</summary>
public static class RunCommands
{
    public static Command List()
    {
        var command = new Command("list", "Names the built-in scenarios.");
        command.SetAction(_ =>
        {
            var table = new Table().AddColumns("scenario", "what it does");
            foreach (var scenario in ScenarioCatalogue.All)
                table.AddRow(Markup.Escape(scenario.Name), Markup.Escape(scenario.Description));
            AnsiConsole.Write(table);
        });
        return command;
    }

    public static Command Run()
    {
        var options = new TargetOptions();
        var shape = new Option<ScheduleShape?>("--shape") { Description = "Arrivals: constant, poisson, ramp, spike or day." };
        var toRate = new Option<double?>("--to-rate") { Description = "Where a ramp ends, or a spike's height." };
        var curve = new Option<FileInfo?>("--curve") { Description = "CSV of a day's rates (time,rate), run through in the run's length." };
        var command = new Command("run", "Runs one scenario, built in or from a JSON file, and writes JSON and HTML.") { shape, toRate, curve };
        options.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var scenario = options.Scenario(parsed);
            scenario = scenario with
            {
                Schedule = scenario.Schedule with
                {
                    Shape = parsed.GetValue(shape) ?? scenario.Schedule.Shape,
                    ToRate = parsed.GetValue(toRate) ?? scenario.Schedule.ToRate,
                    Curve = parsed.GetValue(curve) is { } file ? DayCurve.Parse(file.Name, await File.ReadAllLinesAsync(file.FullName, cancel))
                        : scenario.Schedule.Curve,
                },
            };
            if (ScenarioFile.Fault(scenario) is var (member, reason))
                throw new ArgumentException($"{member}: {reason}");
            using var deployment = options.Deployment(parsed);
            await using var runner = new Runner(deployment, scenario, options.Context(parsed));
            await runner.Gather(cancel);
            var result = await runner.Load(scenario, cancel);
            ResultCommands.Show(result);
            options.Write(parsed, $"{result.Contender}-{scenario.Name}", result);
            return result.Passed ? 0 : 1;
        });
        return command;
    }

    public static Command Knee()
    {
        var options = new TargetOptions();
        var limit = new Option<double>("--limit") { Description = "Ack p99 to hold, in ms.", DefaultValueFactory = _ => 100 };
        var low = new Option<double>("--low") { Description = "A rate that holds.", DefaultValueFactory = _ => 100 };
        var high = new Option<double>("--high") { Description = "A rate that does not.", DefaultValueFactory = _ => 20_000 };
        var steps = new Option<int>("--steps") { Description = "Loads to run; each halves what is not known.", DefaultValueFactory = _ => 8 };
        var command = new Command("knee", "Finds by bisection the highest rate that holds a limit on ack p99, on one crowd.")
        {
            limit, low, high, steps,
        };
        options.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var scenario = options.Scenario(parsed);
            using var deployment = options.Deployment(parsed);
            await using var runner = new Runner(deployment, scenario, options.Context(parsed));
            await runner.Gather(cancel);
            var (rate, best) = await Find(runner, scenario, parsed.GetValue(low), parsed.GetValue(high), parsed.GetValue(limit),
                parsed.GetValue(steps), line => AnsiConsole.MarkupLine(Markup.Escape(line)), cancel);
            if (best is null)
            {
                AnsiConsole.MarkupLine("No rate tried held the limit.");
                return 1;
            }
            AnsiConsole.MarkupLine(Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"Knee: {rate:N0} a second.")));
            ResultCommands.Show(best);
            options.Write(parsed, $"{best.Contender}-knee", best);
            return 0;
        });
        return command;
    }

    /// <summary>Bisection between a rate that holds and one that does not. A void load counts as not holding.</summary>
    public static async Task<(double Rate, RunResult? Best)> Find(Runner runner, Scenario scenario, double low, double high,
        double limitMs, int steps, Action<string> say, CancellationToken cancellationToken)
    {
        RunResult? best = null;
        var knee = new Bisection(low, high);
        for (var i = 0; i < steps; i++)
        {
            var rate = knee.Next;
            var result = await runner.Load(scenario with { Schedule = scenario.Schedule with { Rate = rate } }, cancellationToken);
            var holds = result.Passed && result.AckP99Ms < limitMs && result.AckedPerSecond >= rate * 0.97;
            say(string.Create(CultureInfo.InvariantCulture,
                $"{rate,8:N0}/s: ack p99 {result.AckP99Ms:0.0} ms, {result.AckedPerSecond:N0} acked/s, {(holds ? "holds" : "does not hold")} {string.Join(' ', result.Void)}"));
            if (holds)
                best = result;
            knee = knee.Tried(holds);
        }
        return (best?.Scenario.Schedule.Rate ?? 0, best);
    }
}

/// <summary>Bisection on a ratio scale, since rates of contenders lie orders of magnitude apart.</summary>
public readonly record struct Bisection(double Low, double High)
{
    public double Next => Math.Sqrt(Low * High);

    public Bisection Tried(bool holds) => holds ? this with { Low = Next } : this with { High = Next };
}

/// <summary>The options of all commands that put load on something.</summary>
public sealed class TargetOptions
{
    private readonly Argument<string> _scenario = new("scenario") { Description = "A built-in scenario (see list) or a JSON file.", DefaultValueFactory = _ => "steady-chat" };
    private readonly Option<Uri> _url = new("--url")
    {
        Description = "The deployment's address.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:5080"),
        CustomParser = given =>
        {
            if (Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var url))
                return url;
            given.AddError($"'{given.Tokens[0].Value}' is no address.");
            return null;
        },
    };
    private readonly Option<string> _email = new("--admin-email") { Description = "An administrator, who makes the agents. Environment: ADMIN_EMAIL.", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ADMIN_EMAIL") ?? "admin@localhost" };
    private readonly Option<string?> _password = new("--admin-password") { Description = "Its password. Environment: ADMIN_PASSWORD.", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ADMIN_PASSWORD") };
    private readonly Option<bool> _reference = new("--reference") { Description = "The address is one of benchmarks/References: no accounts." };
    private readonly Option<string?> _contender = new("--contender") { Description = "Name in the result." };
    private readonly Option<double?> _rate = new("--rate") { Description = "Arrivals a second." };
    private readonly Option<double?> _seconds = new("--seconds") { Description = "Length after the warm-up." };
    private readonly Option<double?> _warmup = new("--warmup") { Description = "Seconds that are played and not counted." };
    private readonly Option<int?> _visitors = new("--visitors") { Description = "Visitors connected from the beginning." };
    private readonly Option<int?> _agents = new("--agents") { Description = "Agents online." };
    private readonly Option<int?> _seed = new("--seed") { Description = "Fixes arrivals, senders and texts." };
    private readonly Option<int?> _serverPid = new("--server-pid") { Description = "The server's process, for its CPU and memory. Found by the port where it is on this machine." };
    private readonly Option<int?> _databasePid = new("--database-pid") { Description = "The database's main process; its children are counted too." };
    private readonly Option<int?> _databasePort = new("--database-port") { Description = "Or the port it listens on." };
    private readonly Option<string> _out = new("--out") { Description = "Folder for the results.", DefaultValueFactory = _ => "." };
    private readonly Option<string?> _settings = new("--settings") { Description = "What to note about the server's settings." };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "No live progress." };

    public void AddTo(Command command)
    {
        command.Add(_scenario);
        foreach (var option in new Option[] { _url, _email, _password, _reference, _contender, _rate, _seconds, _warmup, _visitors,
            _agents, _seed, _serverPid, _databasePid, _databasePort, _out, _settings, _quiet })
        {
            command.Add(option);
        }
    }

    public Scenario Scenario(ParseResult parsed)
    {
        var name = parsed.GetValue(_scenario)!;
        var s = ScenarioCatalogue.Find(name) ?? (File.Exists(name) ? ScenarioFile.Read(name)
            : throw new ArgumentException($"'{name}' is neither a built-in scenario nor a file; see list."));
        s = s with
        {
            Visitors = parsed.GetValue(_visitors) ?? s.Visitors,
            Agents = parsed.GetValue(_agents) ?? s.Agents,
            Seconds = parsed.GetValue(_seconds) ?? s.Seconds,
            WarmupSeconds = parsed.GetValue(_warmup) ?? s.WarmupSeconds,
            Seed = parsed.GetValue(_seed) ?? s.Seed,
            Schedule = s.Schedule with { Rate = parsed.GetValue(_rate) ?? s.Schedule.Rate },
        };
        return ScenarioFile.Fault(s) is var (member, reason) ? throw new ArgumentException($"{member}: {reason}") : s;
    }

    public Deployment Deployment(ParseResult parsed) => parsed.GetValue(_reference)
        ? new ReferenceDeployment(parsed.GetValue(_url)!)
        : new ProductDeployment(parsed.GetValue(_url)!, parsed.GetValue(_email)!, parsed.GetValue(_password)
            ?? throw new ArgumentException("The administrator's password is needed: --admin-password or ADMIN_PASSWORD."));

    public RunContext Context(ParseResult parsed)
    {
        var url = parsed.GetValue(_url)!;
        return new RunContext
        {
            Contender = parsed.GetValue(_contender) ?? (parsed.GetValue(_reference) ? "reference" : "product"),
            ServerPid = parsed.GetValue(_serverPid) ?? (url.IsLoopback ? ProcStat.Listener(url.Port) : null),
            DatabasePid = parsed.GetValue(_databasePid) ?? (parsed.GetValue(_databasePort) is { } port ? ProcStat.Listener(port) : null),
            // Without what stands behind a password.
            Command = string.Join(' ', parsed.Tokens.Select((t, i) => i > 0 && parsed.Tokens[i - 1].Value == "--admin-password" ? "***" : t.Value)),
            Settings = parsed.GetValue(_settings),
            Commit = ResultCommands.Commit(),
            Quiet = parsed.GetValue(_quiet),
        };
    }

    public void Write(ParseResult parsed, string name, RunResult result)
    {
        var folder = Directory.CreateDirectory(parsed.GetValue(_out)!).FullName;
        var path = Path.Combine(folder, $"{result.At:yyyyMMdd-HHmmss}-{name}");
        result.Write(path + ".json");
        HtmlReport.Write(path + ".html", $"Load: {name}", [result]);
        AnsiConsole.MarkupLine(Markup.Escape($"{path}.json and .html"));
    }
}
