using System.Globalization;
using CustomerService.Load.Results;

namespace CustomerService.Load.Suite;

/// <summary>Medians of the samples that count.</summary>
public sealed class Medians(IReadOnlyList<Sample> samples)
{
    /// <summary>NaN where there is none.</summary>
    public double Of(string name) => Comparison.Median(Counting(name));

    public int Count(string name) => Counting(name).Count();

    public int Voids(string name) => samples.Count(s => s.Name == name && s.Void is not null);

    private IEnumerable<double> Counting(string name) => samples.Where(s => s.Name == name && s.Void is null).Select(s => s.Value);
}

/// <summary>What is aimed at.</summary>
/// <param name="Part">The part that measures it.</param>
/// <param name="What">In words.</param>
/// <param name="Limit">The figure to reach.</param>
/// <param name="AtLeast">Whether more is better.</param>
/// <param name="Unit">Of measured figure and limit; empty for a ratio.</param>
/// <param name="Uses">The samples it is made of; the fewest of them is its count of rounds.</param>
/// <param name="Measured">The figure, from the medians.</param>
public sealed record Target(
    string Part, string What, double Limit, bool AtLeast, string Unit, IReadOnlyList<string> Uses,
    Func<Medians, double> Measured)
{
    /// <summary>Null where it was not measured.</summary>
    public bool? IsMet(Medians medians) => Measured(medians) is var value && double.IsFinite(value)
        ? AtLeast ? value >= Limit : value <= Limit
        : null;
}

/// <summary>The targets, in the order of the report.</summary>
public static class Targets
{
    public static IReadOnlyList<Target> All { get; } =
    [
        Ratio("messages", "rate at ack p99 under 100 ms, of the bare echo hub's", 0.25, true, "product.knee", "echo.knee"),
        Ratio("messages", "the same, the goal beyond", 0.35, true, "product.knee", "echo.knee"),
        Ratio("messages", "the same, of the EF hub's", 6, true, "product.knee", "ef.knee"),
        Ratio("messages", "server and database CPU per 1,000 messages at half rate, of the echo hub's", 3.2, false, "product.cpu", "echo.cpu"),
        Ratio("messages", "ack p50 at half rate, of the echo hub's", 2, false, "product.ackP50", "echo.ackP50"),
        Ratio("messages", "ack p99 at half rate, of the echo hub's", 1.5, false, "product.ackP99", "echo.ackP99"),
        new("messages", "delivery p50 after ack p50", 5, false, "ms", ["product.deliveryP50", "product.ackP50"],
            m => m.Of("product.deliveryP50") - m.Of("product.ackP50")),
        Ratio("flat", "CPU per message in a conversation of 100,000, of one of 10", 1.1, false, "length.long", "length.short"),
        Ratio("flat", "CPU per message with 100,000 open conversations, of 1,000", 1.1, false, "open.many", "open.few"),
        Ratio("memory", "heap per idle visitor connection, of the echo hub's", 1.3, false, "product.heapPerConnection", "echo.heapPerConnection"),
        Figure("memory", "idle visitors in one process", 15_000, true, "", "product.idleConnections"),
        Figure("memory", "heap per active conversation of 20 messages", 12, false, "kB", "grain.kB"),
        Figure("assignment", "assignments a second, one queue, 10,000 waiting, 500 agents", 1_960, true, "/s", "assignment.rate"),
        Ratio("cluster", "CPU of servers and database per message with 2 silos, of 1", 1.25, false, "silos2.cpu", "silos1.cpu"),
        Ratio("cluster", "the same with 3 silos, of 1", 1.25, false, "silos3.cpu", "silos1.cpu"),
        Figure("cluster", "conversations of the fullest silo of three, of an even share", 1.25, false, "", "silos3.conversationsUneven"),
        Figure("assignment", "assignment p99 at 2,000 a second", 200, false, "ms", "assignment.p99"),
        Figure("lists", "list of 100,000 conversations, p99", 50, false, "ms", "list.p99"),
        Figure("lists", "search of 1 million messages, p99", 50, false, "ms", "search.p99"),
        Figure("lists", "of these, two Chinese characters, p99", 50, false, "ms", "search.two.p99"),
        Ratio("sqlite", "rate on SQLite, of the bare group commit's", 0.7, true, "product-sqlite.knee", "sqlite.knee"),
        Figure("start", "start to ready, SQLite, new folder", 3, false, "s", "start.first"),
        Figure("start", "start to ready, SQLite, again", 3, false, "s", "start.again"),
        Figure("idle", "CPU of the idle server", 5, false, "% of a core", "idle.percent"),
    ];

    private static Target Ratio(string part, string what, double limit, bool atLeast, string of, string to) =>
        new(part, what, limit, atLeast, "", [of, to], m => m.Of(of) / m.Of(to));

    private static Target Figure(string part, string what, double limit, bool atLeast, string unit, string name) =>
        new(part, what, limit, atLeast, unit, [name], m => m.Of(name));
}

/// <summary>The report: targets first, then every figure.</summary>
public static class SuiteReport
{
    public static IReadOnlyList<string> Heads { get; } = ["part", "target", "measured", "wanted", "rounds", "void", "met"];

    public static IReadOnlyList<string> FigureHeads { get; } = ["part", "figure", "median", "least", "most", "rounds", "void"];

    public static IReadOnlyList<IReadOnlyList<string>> Rows(IReadOnlyList<Sample> samples)
    {
        var medians = new Medians(samples);
        return [.. Targets.All.Select(target => (IReadOnlyList<string>)
        [
            target.Part, target.What, Show(target.Measured(medians), target.Unit),
            (target.AtLeast ? "at least " : "at most ") + Show(target.Limit, target.Unit),
            Number(target.Uses.Min(medians.Count)), Number(target.Uses.Sum(medians.Voids)),
            target.IsMet(medians) switch { true => "met", false => "NOT MET", _ => "not measured" },
        ])];
    }

    public static IReadOnlyList<IReadOnlyList<string>> Figures(IReadOnlyList<Sample> samples) =>
        [.. samples.GroupBy(s => (s.Part, s.Name)).Select(group =>
        {
            var counting = group.Where(s => s.Void is null).Select(s => s.Value).ToArray();
            return (IReadOnlyList<string>)
            [
                group.Key.Part, group.Key.Name, Show(Comparison.Median(counting), ""),
                counting.Length > 0 ? Show(counting.Min(), "") : "-", counting.Length > 0 ? Show(counting.Max(), "") : "-",
                Number(counting.Length), Number(group.Count(s => s.Void is not null)),
            ];
        })];

    /// <summary>The same as a page of Markdown, to be committed.</summary>
    public static string Markdown(IReadOnlyList<Sample> samples, Machine machine, string settings)
    {
        var commits = samples.Select(s => s.Commit).OfType<string>().Distinct();
        return $"""
            # Suite

            Medians of the rounds that count. {machine.Cores} cores ({machine.Cpu}), {machine.Kernel}, {machine.Runtime};
            load average before the last part: {machine.LoadAverageBefore}. Commit: {string.Join(", ", commits)}.
            {settings}

            {Table(Heads, Rows(samples))}
            {Table(FigureHeads, Figures(samples))}
            """;
    }

    /// <summary>A table of Markdown.</summary>
    public static string Table(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows) =>
        $"| {string.Join(" | ", heads)} |\n|{string.Concat(heads.Select(_ => "---|"))}\n"
        + string.Concat(rows.Select(row => $"| {string.Join(" | ", row)} |\n"));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Show(double value, string unit) => double.IsFinite(value)
        ? Comparison.Show(value) + (unit.Length > 0 ? " " + unit : "")
        : "-";
}
