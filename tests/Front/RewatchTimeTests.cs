using CustomerService.WebFront.Feed;

namespace CustomerService.FrontTests;

/// <summary>A silo leaves, and a front's conversations are registered again: not all at once.</summary>
public sealed class RewatchTimeTests
{
    private const long Second = 1_000, Now = 50 * Second, Spread = 3 * Second, Pause = Second;

    [Fact]
    public void Three_thousand_are_spread_evenly_over_the_whole_time()
    {
        var chance = new Random(1);
        var times = Enumerable.Range(0, 3_000)
            .Select(_ => RewatchTime.At(Now, Now - 20 * Second, Spread, Pause, chance.NextDouble())).ToArray();
        Assert.All(times, at => Assert.InRange(at, Now, Now + Spread));
        // Fifteen rounds of the front's upkeep, a fifth of a second each: 200 apiece would be even.
        var rounds = times.GroupBy(at => Math.Min(14, (at - Now) / 200)).Select(round => round.Count()).ToArray();
        Assert.Equal(15, rounds.Length);
        Assert.All(rounds, count => Assert.InRange(count, 150, 250));
    }

    [Theory]
    [InlineData(0, 0.0, Now)]
    [InlineData(0, 0.5, Now + 1_500)]
    [InlineData(Now - 200, 0.0, Now + 800)]
    [InlineData(Now - 200, 0.9, Now + 2_700)]
    public void Nobody_is_asked_twice_within_the_pause(long registeredAt, double chance, long at) =>
        Assert.Equal(at, RewatchTime.At(Now, registeredAt, Spread, Pause, chance));
}
