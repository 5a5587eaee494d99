using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CustomerService.Storage.Tests;

public sealed class BusyStreamsTests
{
    [Fact]
    public void The_busy_ones_are_found_among_many_and_what_is_kept_is_bounded()
    {
        var clock = new FakeTimeProvider();
        var busy = new BusyStreams(clock);
        for (var round = 0; round < 8_000; round++)
        {
            // Two of three appends are one stream's.
            busy.Wrote(round % 3 == 0 ? $"conversation/{round}" : "conversation/hot");
        }
        var top = busy.Top(10);
        Assert.Equal("conversation/hot", top[0].Stream);
        Assert.InRange(top[0].PerMinute, 4_500, 6_500);
        Assert.Equal(BusyStreams.StreamsMax, busy.Top(int.MaxValue).Count);

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("conversation/hot", busy.Top(1)[0].Stream); // The last whole minute.
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(busy.Top(1));
    }
}
