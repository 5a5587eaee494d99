namespace CustomerService.Simulation.Tests;

public sealed class CommandTests
{
    [Theory]
    [InlineData("--seeds", "5-1")]
    [InlineData("--seeds", "0-3")]
    [InlineData("--seeds", "a-b")]
    [InlineData("--seeds", "1-2-3")]
    [InlineData("--seed", "-1")]
    [InlineData("--bug", "NoSuchBug")]
    [InlineData("--workers", "0")]
    [InlineData("--nothing", "1")]
    public void Nonsense_is_refused(string option, string value) => Assert.Equal(2, Cli.Program.Main([option, value]));

    [Fact]
    public void Seeds_side_by_side_hold_and_fail_as_alone()
    {
        Assert.Equal(0, Cli.Program.Main(["--seeds", "1-3", "--workers", "2"]));
        Assert.Equal(1, Cli.Program.Main(["--seeds", "1-2", "--workers", "2", "--bug", "NoteToVisitors"]));
    }

    [Fact]
    public void A_seed_that_fails_says_how_to_replay_it() =>
        Assert.Equal(1, Cli.Program.Main(["--seed", "1", "--bug", "NoteToVisitors"]));

    [Fact]
    public void A_recorded_history_is_what_the_checker_reads()
    {
        var path = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, Cli.Program.Main(["--seed", "2", "--history", path]));
            using var stream = File.OpenRead(path);
            Assert.True(Checker.HistoryChecker.Check(Checker.History.HistoryReader.Read(stream)).Passed);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
