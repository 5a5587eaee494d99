using CustomerService.Grains.Time;

namespace CustomerService.Unit.Tests.Time;

public class SteadyTimeProviderTests
{
    private sealed class Machine : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);

        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Ticks;

        public void Pass(TimeSpan time)
        {
            Wall += time;
            Ticks += time.Ticks;
        }
    }

    [Fact]
    public void Follows_the_wall_clock_while_both_agree()
    {
        var machine = new Machine();
        var steady = new SteadyTimeProvider(machine);
        for (var i = 0; i < 100; i++)
        {
            machine.Pass(TimeSpan.FromSeconds(i * 0.7));
            Assert.Equal(machine.Wall, steady.GetUtcNow());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void An_hours_jump_is_made_up_for_slowly_and_never_backwards(int hours)
    {
        var machine = new Machine();
        var steady = new SteadyTimeProvider(machine);
        var before = steady.GetUtcNow();
        machine.Wall = machine.Wall.AddHours(hours);
        machine.Pass(TimeSpan.FromSeconds(1));
        Assert.InRange(steady.GetUtcNow() - before, TimeSpan.FromSeconds(0.95), TimeSpan.FromSeconds(1.05));
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            var last = steady.GetUtcNow();
            machine.Pass(TimeSpan.FromMinutes(1));
            Assert.InRange(steady.GetUtcNow() - last, TimeSpan.FromSeconds(57), TimeSpan.FromSeconds(63));
        }
        Assert.Equal(machine.Wall, steady.GetUtcNow());
    }

    [Fact]
    public void Asked_twice_at_once_it_says_the_same()
    {
        var steady = new SteadyTimeProvider(new Machine());
        Assert.Equal(steady.GetUtcNow(), steady.GetUtcNow());
    }
}
