using CustomerService.Load.Results;
using CustomerService.Load.Suite;
using CustomerService.Load.Suite.Parts;
using CustomerService.Support;

namespace CustomerService.Unit.Tests.Load;

public class SuiteTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static Sample Of(string name, double value, string? isVoid = null) => new(At, "part", name, value, isVoid, "abc");

    [Fact]
    public void A_folder_gathers_what_several_runs_measured()
    {
        using var folder = new TemporaryFolder();
        new SampleFile(folder.Path).Append(Of("product.knee", 100));
        new SampleFile(folder.Path).Append(Of("echo.knee", 400, "late"));
        Assert.Equal(
            [Of("product.knee", 100), Of("echo.knee", 400, "late")], new SampleFile(folder.Path).Read());
    }

    [Fact]
    public void A_line_that_is_no_sample_is_named()
    {
        using var folder = new TemporaryFolder();
        var file = new SampleFile(folder.Path);
        file.Append(Of("a", 1));
        File.AppendAllText(Path.Combine(folder.Path, "samples.jsonl"), "{broken\n");
        Assert.Contains("line 2", Assert.Throws<FormatException>(() => file.Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Void_rounds_are_counted_and_left_out_of_the_median()
    {
        var medians = new Medians([Of("a", 1), Of("a", 1_000, "late"), Of("a", 3), Of("a", 2)]);
        Assert.Equal((2.0, 3, 1), (medians.Of("a"), medians.Count("a"), medians.Voids("a")));
        Assert.True(double.IsNaN(medians.Of("b")));
    }

    [Theory]
    [InlineData(250, 1_000, "met")]
    [InlineData(249, 1_000, "NOT MET")]
    [InlineData(double.NaN, 1_000, "not measured")]
    public void A_target_is_met_not_met_or_not_measured(double product, double echo, string expected)
    {
        var samples = new List<Sample> { Of("echo.knee", echo) };
        if (!double.IsNaN(product))
            samples.Add(Of("product.knee", product));
        var row = SuiteReport.Rows(samples)[0];
        Assert.Equal(("messages", expected), (row[0], row[^1]));
    }

    [Fact]
    public void Every_target_belongs_to_a_part_and_every_part_has_one()
    {
        Assert.Equal(
            SuitePart.All.Select(p => p.Name).Order(StringComparer.Ordinal),
            Targets.All.Select(t => t.Part).Distinct().Order(StringComparer.Ordinal));
        Assert.All(Targets.All, target => Assert.NotEmpty(target.Uses));
    }

    [Fact]
    public void The_report_names_each_target_and_each_figure()
    {
        var samples = new[] { Of("product.knee", 300), Of("echo.knee", 1_000), Of("odd.figure", 7) };
        var page = SuiteReport.Markdown(samples, new Machine(2, "cpu", "kernel", "runtime", "0.1 0.2 0.3"), "settings");
        Assert.All(Targets.All, target => Assert.Contains(target.What, page, StringComparison.Ordinal));
        Assert.Contains("odd.figure | 7", page, StringComparison.Ordinal);
        Assert.Contains("Commit: abc", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 0.7, 0.4, 0.41, 0.39 }, true)]
    [InlineData(new[] { 0.7, 0.4, 0.41 }, false)]
    [InlineData(new[] { 0.7, 0.4, 0.5, 0.36 }, false)]
    [InlineData(new[] { 0.4, 0.41, 0.42 }, true)]
    [InlineData(new[] { 0.4, 0.41 }, false)]
    [InlineData(new double[0], false)]
    public void A_server_is_warm_when_two_loads_in_a_row_brought_nothing(double[] costs, bool settled) =>
        Assert.Equal(settled, Warming.IsSettled(costs));

    [Fact]
    public void Turns_are_told_by_rate_and_variant_against_the_first()
    {
        Sample[] samples =
        [
            Of("a@100.serverCpu", 0.3), Of("a@100.databaseCpu", 0.1), Of("b@100.serverCpu", 0.2), Of("b@100.databaseCpu", 0.1),
            Of("b@100.serverCpu", 9, "late"),
        ];
        var rows = TurnsPart.Rows(samples, ["a", "b"], [100]);
        Assert.Equal(["100", "a", "1", "1", "0"], [rows[0][0], rows[0][1], .. rows[0].TakeLast(3)]);
        Assert.Equal(["100", "b", "0.75", "1", "1"], [rows[1][0], rows[1][1], .. rows[1].TakeLast(3)]);
        Assert.All(rows, row => Assert.Equal(TurnsPart.Heads.Count, row.Count));
    }

    [Fact]
    public void A_variant_is_a_build_with_an_environment()
    {
        using var folder = new TemporaryFolder();
        var dll = Path.Combine(folder.Path, "CustomerService.WebFront.dll");
        Assert.Contains(dll, Assert.Throws<ArgumentException>(() => Variant.Parse($"a={folder.Path}")).Message, StringComparison.Ordinal);
        File.WriteAllText(dll, "");
        var variant = Variant.Parse($"a={folder.Path},DOTNET_gcServer=1,X=a=b");
        Assert.Equal(("a", dll, "1", "a=b"), (variant.Name, variant.Product, variant.Environment["DOTNET_gcServer"], variant.Environment["X"]));
        Assert.Throws<ArgumentException>(() => Variant.Parse("a"));
        Assert.Throws<ArgumentException>(() => Variant.Parse($"a={folder.Path},X"));
    }

    [Fact]
    public void The_quick_suite_is_the_shorter_one()
    {
        var (quick, full) = (SuitePart.All.Sum(p => p.Seconds(SuiteSize.Quick)), SuitePart.All.Sum(p => p.Seconds(new())));
        Assert.True(quick < full, $"{quick} s, {full} s");
        Assert.InRange(quick, 60, 27 * 60);
    }
}
