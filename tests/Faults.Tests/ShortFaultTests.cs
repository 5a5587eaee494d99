using Xunit;
using Xunit.Abstractions;

namespace CustomerService.Faults.Tests;

/// <summary>The short set: faults on real processes that every run of the tests plays.</summary>
public sealed class ShortFaultTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("kill")]
    [InlineData("database-crash")]
    [InlineData("cut")]
    [InlineData("fsync-trace")]
    [InlineData("fsync-trace-sqlite")]
    [InlineData("reconnect-small")]
    [InlineData("commit-then-cut")]
    [InlineData("poison")]
    public async Task No_promise_is_broken_by(string scenario)
    {
        var result = await FaultScenarios.Run(scenario, output.WriteLine, isShort: true);

        output.WriteLine(FaultReport.Markdown([result]));
        // What this machine can't show is a failure here, said as such: never a silent pass.
        Assert.True(result.Outcome == Outcome.Passed, FaultReport.Markdown([result]));
    }

    [Fact]
    public async Task An_unknown_scenario_is_refused_with_the_list()
    {
        var errors = new StringWriter();

        var exit = await Cli.Program.Play(["kil"], null, null, true, true, TextWriter.Null, errors);

        Assert.Equal(2, exit);
        Assert.Contains("Unknown scenario 'kil'. Known: kill,", errors.ToString(), StringComparison.Ordinal);
    }
}
