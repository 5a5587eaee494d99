using System.Diagnostics;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Tests;

/// <summary>Seeds that hold, twice the same; and bugs that do not get through.</summary>
public sealed class RunTests(Xunit.Abstractions.ITestOutputHelper output)
{
    /// <summary>The same seeds on every machine, however fast: about a quarter of a minute. More are played by
    /// <c>./test simulation</c> and by the command.</summary>
    private const ulong BatchSeeds = 60;

    [Fact]
    public void One_seed_is_one_run_byte_for_byte()
    {
        var first = Run.Execute(7, new RunOptions { Trace = true });
        var second = Run.Execute(7, new RunOptions { Trace = true });
        Assert.True(first.Passed, first.Why);
        Assert.True(first.Trace.Length > 1_000_000);
        Assert.Equal(first.Trace, second.Trace);
        Assert.Equal(first.History, second.History, (a, b) => a.ToString() == b.ToString());
        Assert.NotEqual(first.Trace[..100_000], Run.Execute(8, new RunOptions { Trace = true }).Trace[..100_000]);
    }

    [Fact]
    public void Tracing_changes_nothing()
    {
        var traced = Run.Execute(9, new RunOptions { Trace = true });
        var plain = Run.Execute(9);
        Assert.Equal(traced.Steps, plain.Steps);
        Assert.Equal(traced.History.Count, plain.History.Count);
    }

    [Fact]
    public void A_run_covers_half_an_hour_of_twenty_visitors_and_four_agents_and_shows_every_invariant()
    {
        var result = Run.Execute(3);
        Assert.True(result.Simulated >= TimeSpan.FromMinutes(30));
        var people = result.History.Where(line => line is { Kind: "client", Fresh: null }).Select(line => line.Actor).Distinct().ToList();
        Assert.Equal(20, people.Count(actor => actor!.StartsWith("visitor:", StringComparison.Ordinal)));
        Assert.Equal(4, people.Count(actor => actor!.StartsWith("agent:", StringComparison.Ordinal)));
        Assert.True(result.Signals > 50, $"{result.Signals} signals");
        Assert.Contains(result.History, line => line.Kind == "stored" && line.Idle is not null);
        Assert.Equal(["I19", "I21", "I22"], result.Report!.Results
            .Where(one => one.Verdict == Checker.Verdict.NotApplicable).Select(one => one.Id));
    }

    [Fact, Trait("Category", "Slow")]
    public void A_batch_of_seeds_holds()
    {
        var watch = Stopwatch.StartNew();
        var hours = 0.0;
        var places = 0L;
        for (ulong seed = 1; seed <= BatchSeeds; seed++)
        {
            var result = Run.Execute(seed);
            hours += result.Simulated.TotalHours;
            places += result.PlacesChecked;
            Assert.True(result.Passed, $"{result.Why}\n{result.Replay}\n{result.Error}");
        }
        Assert.True(places > 0, "Nobody waited long enough for a place to be compared.");
        output.WriteLine($"{BatchSeeds} seeds, {hours:f0} simulated hours in {watch.Elapsed.TotalSeconds:f0} s");
    }

    [Fact]
    public void Without_faults_all_is_well()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var result = Run.Execute(seed, new RunOptions { Faults = false });
            Assert.True(result.Passed, result.Why);
        }
    }
}
