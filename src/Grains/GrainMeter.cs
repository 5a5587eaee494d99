using System.Diagnostics.Metrics;

namespace CustomerService.Grains;

/// <summary>The meter of what grains and sweep do. One a process: grains are made by Orleans and by the simulation, and
/// neither should have to hand a meter on.</summary>
public static class GrainMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "CustomerService.Grains";

    internal static Meter Instance { get; } = new(Name);
}
