using CustomerService.Load.Commands;
using CustomerService.Load.Drive;
using CustomerService.Load.Scenarios;
using CustomerService.Load.Schedules;
using CustomerService.Support;
using CustomerService.Support.Servers;
using Xunit;

namespace CustomerService.Acceptance.Tests;

/// <summary>The load tester against the real host: not how fast it is, but that all which was due was sent, acked,
/// delivered and checked. Whether such a run counts depends on the machine, so that is not looked at here.</summary>
[Trait("Category", "Process")]
public sealed class LoadTesterTests
{
    [Fact]
    public async Task Messages_visits_and_returns_are_played_and_held()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready();

        var smoke = ScenarioCatalogue.Find("smoke")! with { Seconds = 3 };
        using var deployment = new ProductDeployment(server.Address, ServerProcess.AdminEmail, ServerProcess.AdminPassword);
        await using var runner = new Runner(deployment, smoke, new RunContext { Quiet = true, ServerPid = server.Id });
        await runner.Gather(CancellationToken.None);

        var messages = await runner.Load(smoke, CancellationToken.None);
        Assert.True(messages.Correctness.Holds && messages.Failed == 0, messages.Correctness.ToString());
        Assert.Equal((messages.Scheduled, messages.Scheduled), (messages.Acked, messages.Delivered));
        Assert.True(messages.Cpu!.ServerSeconds > 0);

        var returns = await runner.Load(smoke with
        {
            Work = Work.Return, MessageOnReturn = true, Seconds = 2, WarmupSeconds = 0,
            Schedule = new() { Shape = ScheduleShape.Constant, Rate = 10 },
        }, CancellationToken.None);
        Assert.True(returns.Correctness.Holds && returns.Failed == 0, returns.Correctness.ToString());
        Assert.Equal(20, returns.Latencies[RunRecord.Resume].Count);
        Assert.Equal(20, returns.Acked);
    }

    [Fact]
    public async Task Visitors_come_are_served_and_go()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready();

        var storm = ScenarioCatalogue.Find("arrival-storm")! with
        {
            Agents = 3, Seconds = 4, TurnsMax = 2, ThinkScale = 0.001, Schedule = new() { Shape = ScheduleShape.Constant, Rate = 4 },
        };
        using var deployment = new ProductDeployment(server.Address, ServerProcess.AdminEmail, ServerProcess.AdminPassword);
        await using var runner = new Runner(deployment, storm, new RunContext { Quiet = true });
        await runner.Gather(CancellationToken.None);
        var visits = await runner.Load(storm, CancellationToken.None);
        Assert.True(visits.Correctness.Holds && visits.Failed == 0, visits.Correctness.ToString());
        Assert.True(visits.Latencies[RunRecord.Assignment].Count > 0);
        Assert.True(visits.Latencies[RunRecord.FirstMessage].Count > 0);
    }
}
