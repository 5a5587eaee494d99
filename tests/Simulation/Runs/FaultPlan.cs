using CustomerService.Checker.History;
using CustomerService.Simulation.Engine;

namespace CustomerService.Simulation.Runs;

/// <summary>What goes wrong as a whole and when: silos and fronts that die and come back, activations that vanish, are
/// doubled or leave, a database out of reach, a process that stands still, a capacity that changes.</summary>
internal sealed class FaultPlan(Run run)
{
    private World World => run.World;

    private Prng Chance => run.World.Chance;

    public async Task Go()
    {
        while (run.Faults.PlanEverySeconds > 0)
        {
            await World.Delay(Chance.Seconds(1, 2 * run.Faults.PlanEverySeconds));
            if (run.Faults.PlanEverySeconds <= 0)
                return;
            Next(Chance.Below(100));
        }
    }

    private void Next(int dice)
    {
        switch (dice)
        {
            case < 14:
                KillSilo();
                break;
            case < 32 when Some() is { } activation:
                run.Cluster.Crash(activation);
                break;
            case < 52 when Some() is { } activation:
                run.Cluster.Double(activation);
                break;
            case < 66 when Some() is { } activation:
                activation.Strand.Post(() => activation.Leave("it was idle"));
                break;
            case < 72:
                Freeze();
                break;
            case < 78:
                Outage();
                break;
            case < 82:
                KillFront();
                break;
            case < 92:
                run.SomeFront()?.CutSomeLink();
                break;
            case < 95:
                SetClock();
                break;
            case < 97:
                run.People.EndSomeSession();
                break;
            default:
                ChangeCapacity();
                break;
        }
    }

    private Actors.Activation? Some() => run.Cluster.Activations is { Count: > 0 } all ? Chance.Pick(all) : null;

    private void KillSilo()
    {
        if (run.Cluster.Living.Count == 0)
            return;
        run.Cluster.Kill(Chance.Pick(run.Cluster.Living), Chance.Seconds(0.5, 15));
        World.After(Chance.Seconds(1, 20), World.Network, run.StartSilo);
    }

    private void KillFront()
    {
        if (run.SomeFront() is not { } front)
            return;
        World.Trace($"{front.Id} is killed");
        front.Kill();
        World.After(Chance.Seconds(1, 10), World.Network, run.StartFront);
    }

    private void Freeze()
    {
        if (run.Cluster.Living.Count == 0)
            return;
        var silo = Chance.Pick(run.Cluster.Living);
        var until = (World.Now + Chance.Seconds(2, 45)).Ticks;
        until = Math.Min(until, Run.HealAt.Ticks);
        World.Trace($"{silo} stands still");
        foreach (var activation in silo.Activations)
            activation.Strand.FrozenUntil = until;
        if (silo.SweepStrand is { } sweep)
            sweep.FrozenUntil = until;
    }

    /// <summary>A wall clock jumps by an hour, and is put right some minutes later.</summary>
    private void SetClock()
    {
        if (run.Cluster.Living.Count == 0)
            return;
        var silo = Chance.Pick(run.Cluster.Living);
        silo.Machine.Ahead = TimeSpan.FromHours(Chance.Chance(0.5) ? 1 : -1);
        World.Trace($"the clock of {silo} jumps by {silo.Machine.Ahead}");
        var right = Chance.Seconds(5, 300);
        var left = Run.HealAt - World.Now;
        World.After(right < left ? right : left, World.Network, () => silo.Machine.Ahead = TimeSpan.Zero);
    }

    private void Outage()
    {
        World.Trace("the database is out of reach");
        run.Faults.Outage = true;
        World.After(Chance.Seconds(1, 25), World.Network, () => run.Faults.Outage = false);
    }

    private void ChangeCapacity()
    {
        var id = "a" + (1 + Chance.Below(Run.Agents));
        var accounts = run.Store.Database.Accounts;
        var capacity = 1 + Chance.Below(4);
        var replaced = World.Outside(() => Run.Now(accounts.Replace(Run.Now(accounts.Find(id))! with { Capacity = capacity })));
        if (!replaced)
            throw new SimulationException("The account was not replaced.");
        run.Record(new HistoryLine { Kind = LineKinds.Capacity, Agent = id, Capacity = capacity });
        World.Spawn(Tell);

        // Whoever changes an account tries until it is acknowledged.
        async Task Tell()
        {
            for (var told = false; !told;)
            {
                try
                {
                    await run.Cluster.Grains.GetGrain<CustomerService.Agents.IAgentGrain>(id).AccountChanged();
                    told = true;
                }
                catch (Exception error) when (error is not SimulationException)
                {
                    await World.Delay(Chance.Seconds(1, 3));
                }
            }
        }
    }
}
