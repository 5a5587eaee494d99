namespace CustomerService.WebFront.Feed;

/// <summary>When a conversation is registered again. All of a front's are due at once where a silo came or went, and the
/// silos that are left must not be asked for all of them in one moment.</summary>
internal static class RewatchTime
{
    /// <summary>Evenly over <paramref name="spread"/> from now on, and not within <paramref name="pause"/> of the last
    /// time. All in ticks of one clock.</summary>
    /// <param name="now">Now.</param>
    /// <param name="registeredAt">When it was registered last; 0: never.</param>
    /// <param name="spread">Over how long.</param>
    /// <param name="pause">A grain is asked again no sooner.</param>
    /// <param name="chance">From 0 to 1, evenly distributed.</param>
    public static long At(long now, long registeredAt, long spread, long pause, double chance)
    {
        var at = now + (long)(spread * chance);
        return registeredAt == 0 ? at : Math.Max(at, registeredAt + pause);
    }
}
