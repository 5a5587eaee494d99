namespace CustomerService.Simulation.Engine;

/// <summary>The one source of chance of a run: SplitMix64, because a library's generator may change between versions and
/// with it the meaning of every seed.</summary>
internal sealed class Prng(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => (int)((Next() >> 32) * (ulong)count >> 32);

    /// <summary>From 0 to below 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => probability > 0 && Unit() < probability;

    /// <summary>Evenly between the two.</summary>
    public TimeSpan Between(TimeSpan low, TimeSpan high) => low + (high - low) * Unit();

    public TimeSpan Seconds(double low, double high) => TimeSpan.FromSeconds(low + (high - low) * Unit());

    public TimeSpan Milliseconds(double low, double high) => TimeSpan.FromMilliseconds(low + (high - low) * Unit());

    public T Pick<T>(IReadOnlyList<T> some) => some[Below(some.Count)];
}
