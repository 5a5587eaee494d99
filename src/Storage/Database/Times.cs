namespace CustomerService.Storage.Database;

/// <summary>Times are stored as microseconds since 1970 UTC, on both databases: whole numbers compare exactly, and one
/// SQL text serves both.</summary>
internal static class Times
{
    public static long ToMicros(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public static long? ToMicros(DateTimeOffset? time) => time is { } value ? ToMicros(value) : null;

    public static DateTimeOffset FromMicros(long micros) =>
        new(DateTimeOffset.UnixEpoch.UtcTicks + (micros * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
