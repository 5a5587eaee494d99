using CustomerService.Grains.Time;

namespace CustomerService.Unit.Tests.Time;

public sealed class StoredTimeTests
{
    /// <summary>An agent's snapshot kept tenths of a microsecond that its stored events had lost, so that snapshot and
    /// tail differed from a fold over the whole stream.</summary>
    [Fact]
    public void A_snapshot_kept_tenths_of_microseconds_that_the_database_had_dropped()
    {
        var now = new DateTimeOffset(2026, 3, 1, 8, 23, 4, TimeSpan.Zero).AddTicks(4_391_821);
        Assert.Equal(now.AddTicks(-1), new Stopped(now).GetStoredNow());
    }

    private sealed class Stopped(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
