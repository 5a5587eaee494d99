using CustomerService.Load.Commands;
using CustomerService.Load.Measure;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;
using CustomerService.Load.Wire;

namespace CustomerService.Unit.Tests.Load;

/// <summary>What the load tester's figures rest on.</summary>
public sealed class MeasureTests
{
    [Fact]
    public void Percentiles_of_a_known_spread_are_within_a_thousandth()
    {
        var histogram = Latencies.NewHistogram();
        for (var i = 1; i <= 100_000; i++)
            histogram.RecordValue(i * 10);
        var summary = LatencySummary.Of(histogram);
        Assert.Equal(100_000, summary.Count);
        Assert.InRange(summary.P50Ms, 499.5, 500.6);
        Assert.InRange(summary.P99Ms, 989, 991.1);
        Assert.InRange(summary.P999Ms, 998, 1000.1);
        Assert.InRange(summary.MaxMs, 999, 1001);
    }

    [Fact]
    public void Merging_is_adding_up_and_not_averaging()
    {
        var (fast, slow, both) = (Latencies.NewHistogram(), Latencies.NewHistogram(), Latencies.NewHistogram());
        for (var i = 0; i < 9_900; i++)
        {
            fast.RecordValue(1_000);
            both.RecordValue(1_000);
        }
        for (var i = 0; i < 100; i++)
        {
            slow.RecordValue(500_000);
            both.RecordValue(500_000);
        }
        var merged = LatencySummary.Merge([LatencySummary.Of(fast), LatencySummary.Of(slow)]);
        var once = LatencySummary.Of(both);
        Assert.Equal((once.Count, once.P50Ms, once.P99Ms, once.P999Ms, once.MaxMs),
            (merged.Count, merged.P50Ms, merged.P99Ms, merged.P999Ms, merged.MaxMs));
        Assert.InRange(merged.P99Ms, 0.9, 1.1);
        Assert.InRange(merged.P999Ms, 499, 501);
    }

    [Fact]
    public void What_many_threads_record_is_all_there()
    {
        var latencies = new Latencies(10);
        Parallel.For(0, 20_000, i => latencies.Record(0, System.Diagnostics.Stopwatch.Frequency / 100, i % 10));
        var merged = LatencySummary.Of(latencies.Merged(), latencies.Slices());
        Assert.Equal(20_000, merged.Count);
        Assert.InRange(merged.P50Ms, 9.9, 10.1);
        Assert.Equal(10, merged.Slices.Count);
        Assert.All(merged.Slices, slice => Assert.Equal(2_000, slice.PerSecond));
    }

    public static TheoryData<GeneratorHealth, int> Healths => new()
    {
        // scheduled, begun, lag p99, ack p99, cores used, cores
        { new(1000, 1000, 1, 5, 0.5, 2), 0 },
        { new(1000, 1000, 15, 16, 0.5, 2), 0 },   // late within a time slice
        { new(1000, 1000, 30, 100, 0.5, 2), 0 },  // late, and the server is what takes the time
        { new(1000, 1000, 30, 40, 0.5, 2), 1 },   // over half of what was measured is its own
        { new(1000, 1000, 251, 5000, 0.5, 2), 1 },
        { new(1000, 989, 1, 5, 0.5, 2), 1 },      // did not play what was due
        { new(1000, 990, 1, 5, 0.5, 2), 0 },
        { new(1000, 1000, 1, 5, 1.6, 2), 1 },     // took the machine for itself
        { new(1000, 500, 300, 301, 1.9, 2), 3 },
        { new(0, 0, 0, 0, 0.1, 2), 0 },           // an idle crowd
    };

    [Theory]
    [MemberData(nameof(Healths))]
    public void A_run_is_void_when_the_generator_is_what_was_measured(GeneratorHealth health, int reasons) =>
        Assert.Equal(reasons, VoidRule.Reasons(health).Count);

    [Fact]
    public void Losses_doubles_and_wrong_order_are_told_apart_from_what_is_allowed()
    {
        var check = new SequenceCheck();
        Applied Apply(long sequence, long index, bool byAgent = false) =>
            check.Apply(new WireEvent(sequence, WireEventType.MessagePosted, index, byAgent));

        Assert.Equal(Applied.Next, Apply(1, 10));
        Assert.Equal(Applied.Next, Apply(2, 12));
        Assert.Equal(Applied.Next, Apply(3, 11, byAgent: true)); // another sender's numbers are its own
        Assert.Equal(Applied.Repeat, Apply(3, 11, byAgent: true));
        Assert.Equal(Applied.Gap, Apply(5, 14));
        Assert.Equal((0, 0, 1, 1), (check.Doubled, check.OutOfOrder, check.Gaps, check.Repeats));
        Apply(4, 12);
        Assert.Equal(1, check.Doubled);
        Apply(5, 9);
        Assert.Equal((1, 5, 5), (check.OutOfOrder, check.Head, check.Messages));
    }

    [Fact]
    public void A_comparison_has_ratios_and_says_what_speaks_against_it()
    {
        var a = Result(50, 100);
        var b = Result(100, 120) with { Void = ["late"] };
        var acked = Comparison.Of(a, b).Single(line => line.What == "acked/s");
        Assert.Equal(1.2, acked.Ratio!.Value, 6);
        var p99 = Comparison.Of(a, b).Single(line => line.What == "ack p99 ms");
        Assert.InRange(p99.Ratio!.Value, 1.99, 2.01);
        Assert.Empty(Comparison.Doubts(a, a));
        Assert.Contains(Comparison.Doubts(a, b), doubt => doubt.Contains("void", StringComparison.Ordinal));
        Assert.Contains(Comparison.Doubts(a, a with { Scenario = a.Scenario with { Visitors = 3 } }),
            doubt => doubt.Contains("different scenarios", StringComparison.Ordinal));
    }

    [Fact]
    public void Medians_are_of_the_middle()
    {
        Assert.Equal(3, Comparison.Median([9, 1, 3]));
        Assert.Equal(2.5, Comparison.Median([4, 1, 3, 2]));
    }

    [Fact]
    public void A_search_for_the_knee_closes_in_on_it()
    {
        var search = new Bisection(100, 20_000);
        for (var i = 0; i < 12; i++)
            search = search.Tried(search.Next <= 3_000);
        Assert.InRange(search.Low, 2_990, 3_000);
        Assert.InRange(search.High, 3_000, 3_010);
    }

    [Fact]
    public void A_result_survives_its_file_and_its_page_asks_nobody()
    {
        var result = Result(20, 100) with { Command = "run <b>" };
        var path = Path.GetTempFileName();
        result.Write(path);
        var read = RunResult.Read(path);
        File.Delete(path);
        Assert.Equal(result.Latencies["ack"].P99Ms, read.Latencies["ack"].P99Ms);
        Assert.Equal(result.Scenario.Name, read.Scenario.Name);
        var page = HtmlReport.Page("T", [read]);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("run &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    private static RunResult Result(int ms, double ackedPerSecond)
    {
        var latencies = new Latencies(5);
        for (var i = 0; i < 500; i++)
            latencies.Record(0, System.Diagnostics.Stopwatch.Frequency * ms / 1000, i / 100.0);
        return new RunResult
        {
            Scenario = ScenarioCatalogue.Find("smoke")!,
            Machine = Machine.Here() with { LoadAverageBefore = "" },
            AckedPerSecond = ackedPerSecond,
            Correctness = new(0, 0, 0, 0, 0, 0),
            Latencies = new Dictionary<string, LatencySummary> { ["ack"] = LatencySummary.Of(latencies.Merged(), latencies.Slices()) },
        };
    }
}
