using CustomerService.Load.Drive;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load.Suite.Parts;

/// <summary>Builds or settings of the product in turn, A B B A, each on a new database and warm: what a message costs and
/// takes at each rate. Machines change from minute to minute, so that only what took turns can be compared.</summary>
public static class TurnsPart
{
    private static readonly string[] s_figures = ["serverCpu", "databaseCpu", "generatorCpu", "ackP50", "ackP99"];

    public static async Task Run(
        SuiteContext suite, IReadOnlyList<Variant> variants, IReadOnlyList<double> rates, CancellationToken cancellationToken)
    {
        for (var round = 0; round < suite.Size.Rounds; round++)
        {
            foreach (var variant in round % 2 == 0 ? variants : variants.Reverse())
            {
                suite.Say($"turns, round {round + 1} of {suite.Size.Rounds}: {variant.Name}");
                var database = await suite.NewDatabase(cancellationToken);
                await using (var contender = await suite.Of(variant, database, cancellationToken))
                    await Turn(suite, variant, contender, rates, cancellationToken);
                await suite.DropDatabase(database, cancellationToken);
            }
        }
    }

    /// <summary>A row a rate and variant: medians, and the processor time of all over that of the first variant.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(
        IReadOnlyList<Sample> samples, IReadOnlyList<string> variants, IReadOnlyList<double> rates)
    {
        var medians = new Medians(samples);
        return [.. rates.SelectMany(rate => variants.Select(variant => (IReadOnlyList<string>)
        [
            Comparison.Show(rate), variant, .. s_figures.Select(figure => Comparison.Show(medians.Of(Name(variant, rate, figure)))),
            Comparison.Show(Cpu(variant, rate) / Cpu(variants[0], rate)),
            $"{medians.Count(Name(variant, rate, "serverCpu"))}", $"{medians.Voids(Name(variant, rate, "serverCpu"))}",
        ]))];

        double Cpu(string variant, double rate) =>
            medians.Of(Name(variant, rate, "serverCpu")) + medians.Of(Name(variant, rate, "databaseCpu"));
    }

    public static IReadOnlyList<string> Heads { get; } = ["rate", "variant", .. s_figures, "server and database, of the first", "rounds", "void"];

    private static async Task Turn(
        SuiteContext suite, Variant variant, Contender contender, IReadOnlyList<double> rates, CancellationToken cancellationToken)
    {
        var size = suite.Size;
        var scenario = ScenarioCatalogue.Find("steady-chat")! with
        {
            Visitors = size.Visitors, Agents = size.Agents, WarmupSeconds = size.WarmupSeconds, Seconds = size.WarmLoadSeconds,
        };
        using var deployment = contender.Deployment();
        await using var runner = suite.Runner(contender, deployment, scenario, variant.Name);
        await runner.Gather(cancellationToken);
        await Warming.Play(suite, runner, At(rates.Min()), cancellationToken);
        foreach (var rate in rates)
        {
            var result = await runner.Load(At(rate) with { Seconds = size.HalfSeconds }, cancellationToken);
            suite.Keep(result);
            var ack = result.Latencies.GetValueOrDefault(RunRecord.Ack);
            double[] values =
            [
                result.ServerCpuPer1000 ?? double.NaN, result.DatabaseCpuPer1000 ?? double.NaN,
                (result.Cpu?.GeneratorSeconds ?? double.NaN) / result.Acked * 1_000, ack?.P50Ms ?? double.NaN, ack?.P99Ms ?? double.NaN,
            ];
            foreach (var (figure, value) in s_figures.Zip(values))
                suite.Sample("turns", Name(variant.Name, rate, figure), value, SuiteContext.WhyVoid(result));
        }

        Scenario At(double rate) => scenario with { Schedule = scenario.Schedule with { Rate = rate } };
    }

    private static string Name(string variant, double rate, string figure) =>
        FormattableString.Invariant($"{variant}@{rate}.{figure}");
}
