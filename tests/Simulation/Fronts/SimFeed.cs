using CustomerService.Feed;
using CustomerService.Grains.Feed;
using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Fronts;

/// <summary>The way from grains to fronts: loses, doubles and delays.</summary>
internal sealed class SimFeed(World world, FaultOptions faults, Func<string, SimFront?> find) : IFeed
{
    /// <summary>Where planted bugs change what is announced.</summary>
    public Func<FeedEnvelope, FeedEnvelope>? Alter { get; set; }

    /// <summary>How often a push is lost even when nothing else goes wrong: a planted bug.</summary>
    public double AlwaysLoses { get; set; }

    public void Send(string frontId, FeedEnvelope envelope)
    {
        if (world.Chance.Chance(AlwaysLoses))
            return;
        envelope = Alter?.Invoke(envelope) ?? envelope;
        if (!world.Chance.Chance(faults.LosePush))
            Push(frontId, envelope);
        if (world.Chance.Chance(faults.DoublePush))
            Push(frontId, envelope);
    }

    private void Push(string frontId, FeedEnvelope envelope)
    {
        if (find(frontId) is not { IsDead: false } front)
            return;
        var wait = world.Chance.Chance(faults.DelayPush) ? world.Chance.Milliseconds(10, 5_000) : world.Chance.Milliseconds(0.5, 8);
        world.After(wait, front.Strand, () => front.Deliver(envelope));
    }
}
