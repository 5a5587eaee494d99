using CustomerService.Grains.Sweep;
using CustomerService.Simulation.Engine;

namespace CustomerService.Simulation.Actors;

/// <summary>A process that hosts activations. It dies at once and whole; its name is never used again.</summary>
internal sealed class Silo(string name)
{
    public string Name => name;
    public bool IsDead { get; set; }

    /// <summary>Its machine's clocks.</summary>
    public required MachineClock Machine { get; init; }

    public List<Activation> Activations { get; } = [];

    /// <summary>Makes the grains of this process: it holds what they share, such as the catalogue's copy.</summary>
    public IGrainMaker Maker { get; set; } = null!;
    public Sweeper? Sweeper { get; set; }
    public Strand? SweepStrand { get; set; }
    public override string ToString() => name;
}

/// <summary>Constructs grains by their constructors, as Orleans does, with what the simulation has in place of a host's
/// services.</summary>
internal interface IGrainMaker
{
    Grain Make(Type contract, string key, Activation activation);
}
