using CustomerService.Agents;
using CustomerService.Feed;
using CustomerService.Operations;
using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Tests;

/// <summary>The simulation's own rules.</summary>
public sealed class EngineTests
{
    [Fact]
    public void A_continuation_on_another_thread_ends_the_run()
    {
        var world = new World(1, traces: false);
        var strand = new Strand(world, "grain");
        var elsewhere = new TaskCompletionSource();
        strand.Post(() => world.Spawn(async () => await elsewhere.Task));
        world.RunUntil(TimeSpan.FromSeconds(1));
        var thread = new Thread(elsewhere.SetResult);
        thread.Start();
        thread.Join();
        var error = Assert.Throws<SimulationException>(() => world.RunUntil(TimeSpan.FromSeconds(2)));
        Assert.Contains("resumed grain from another thread", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_awaits_ends_the_run_when_it_fails()
    {
        var world = new World(1, traces: false);
        world.Network.Post(() => world.Spawn(async () =>
        {
            await world.Delay(TimeSpan.FromSeconds(1));
            throw new InvalidOperationException("lost");
        }));
        Assert.Throws<SimulationException>(() => world.RunUntil(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void A_dead_strand_runs_nothing_more()
    {
        var world = new World(1, traces: false);
        var strand = new Strand(world, "grain");
        var steps = 0;
        strand.Post(() => world.Spawn(async () =>
        {
            steps++;
            await world.Delay(TimeSpan.FromSeconds(2));
            steps++;
        }));
        world.RunUntil(TimeSpan.FromSeconds(1));
        strand.Kill();
        world.RunUntil(TimeSpan.FromSeconds(3));
        Assert.Equal(1, steps);
    }

    [Fact]
    public void A_frozen_strand_goes_on_later()
    {
        var world = new World(1, traces: false);
        var strand = new Strand(world, "grain") { FrozenUntil = TimeSpan.FromSeconds(5).Ticks };
        var at = TimeSpan.Zero;
        strand.Post(() => at = world.Now);
        world.RunUntil(TimeSpan.FromSeconds(9));
        Assert.Equal(TimeSpan.FromSeconds(5), at);
    }

    /// <summary>A run meets every grain that people's doings lead to: a contract that the simulation can't make would end
    /// it. Who runs where is for administrators, and nothing a person does asks for it; probes are between processes.
    /// </summary>
    [Fact]
    public void Every_contract_is_simulated()
    {
        var contracts = typeof(IAgentGrain).Assembly.GetTypes()
            .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain)) && type != typeof(IRosterGrain)
                && type != typeof(IFeedProbeGrain))
            .Select(type => type.Name).Order(StringComparer.Ordinal);
        var trace = Run.Execute(1, new RunOptions { Trace = true }).Trace;
        Assert.All(contracts, contract => Assert.Contains($" calls {contract}/", trace, StringComparison.Ordinal));
    }
}
