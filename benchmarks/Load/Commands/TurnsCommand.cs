using System.CommandLine;
using CustomerService.Load.Results;
using CustomerService.Load.Suite;
using CustomerService.Load.Suite.Parts;

namespace CustomerService.Load.Commands;

/// <summary><c>turns</c>: what a change brought, by builds or settings that take turns on one machine.</summary>
public static class TurnsCommand
{
    public static Command Create()
    {
        var variants = new Argument<string[]>("variants")
        {
            Description = "Two or more, each name=PATH[,KEY=value...]: PATH is a CustomerService.WebFront.dll or its folder, KEY an "
                + "environment variable of the process, as in before=/tmp/old servergc=/tmp/new,DOTNET_gcServer=1.",
            Arity = new ArgumentArity(2, 9),
        };
        var rates = new Option<double[]>("--rate")
        {
            Description = "Messages a second, one load each.", AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1_500, 4_000],
        };
        var output = new Option<string>("--out") { Description = "Folder of the results; what is there already counts too.", DefaultValueFactory = _ => "turns-results" };
        var rounds = new Option<int>("--rounds") { Description = "How often each has its turn.", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "Length of each load.", DefaultValueFactory = _ => 8 };
        var port = new Option<int>("--port") { Description = "Port for the product.", DefaultValueFactory = _ => 5979 };
        var command = new Command("turns", "Compares builds or settings of the product, turn by turn, on a PostgreSQL of its own: "
            + "CPU a message and latency at each rate, after loads that were repeated until they cost no less.")
        {
            variants, rates, output, rounds, seconds, port,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            Variant[] chosen = [.. parsed.GetValue(variants)!.Select(Variant.Parse)];
            var at = parsed.GetValue(rates)!;
            var size = new SuiteSize { Rounds = parsed.GetValue(rounds), HalfSeconds = parsed.GetValue(seconds) };
            if (chosen.DistinctBy(v => v.Name).Count() < chosen.Length || at.Any(rate => rate is < 1 or > 1_000_000)
                || size.Rounds is < 1 or > 100 || size.HalfSeconds is < 1 or > 3_600)
            {
                throw new ArgumentException("Each variant needs a name of its own; rates are 1 to 1,000,000, rounds 1 to 100, seconds 1 to 3,600.");
            }
            var folder = parsed.GetValue(output)!;
            var file = new SampleFile(folder);
            var typed = string.Join(' ', parsed.Tokens.Select(t => t.Value));
            await using (var suite = new SuiteContext(size, file, folder, parsed.GetValue(port), null, null, typed, Console.WriteLine))
                await TurnsPart.Run(suite, chosen, at, cancel);
            var table = SuiteReport.Table(TurnsPart.Heads, TurnsPart.Rows(file.Read(), [.. chosen.Select(v => v.Name)], at));
            await File.WriteAllTextAsync(Path.Combine(folder, "turns.md"),
                $"# Turns\n\n`{typed}`, {Machine.Here().Cores} cores; medians, CPU in seconds per 1,000 messages, latency in ms.\n\n{table}", cancel);
            Console.WriteLine(table);
        });
        return command;
    }
}
