namespace CustomerService.Grains.Time;

/// <summary>Time as exact as databases keep it.</summary>
public static class StoredTime
{
    /// <summary>Now, in whole microseconds: what is decided with it folds to the same state before it was stored and
    /// after it was read, and an answer and its retry show the same time.</summary>
    public static DateTimeOffset GetStoredNow(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }
}
