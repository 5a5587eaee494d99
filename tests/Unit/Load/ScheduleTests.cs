using CustomerService.Load.Schedules;

namespace CustomerService.Unit.Tests.Load;

/// <summary>Arrivals are fixed before a run: their count, their spread and their seed.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void Constant_is_evenly_spaced()
    {
        var arrivals = Schedule.Arrivals(new() { Shape = ScheduleShape.Constant, Rate = 50 }, 10, 1);
        Assert.Equal(500, arrivals.Length);
        Assert.All(arrivals.Zip(arrivals.Skip(1)), pair => Assert.Equal(0.02, pair.Second - pair.First, 6));
    }

    [Fact]
    public void Poisson_has_the_rate_and_the_scatter_of_its_name()
    {
        var arrivals = Schedule.Arrivals(new() { Shape = ScheduleShape.Poisson, Rate = 200 }, 100, 7);
        Assert.InRange(arrivals.Length, 20_000 - 500, 20_000 + 500);
        var perSecond = arrivals.GroupBy(at => (int)at).Select(g => (double)g.Count()).ToArray();
        var mean = perSecond.Average();
        // The variance of a Poisson count is its mean.
        Assert.InRange(perSecond.Average(n => (n - mean) * (n - mean)) / mean, 0.6, 1.5);
    }

    [Fact]
    public void One_seed_gives_one_schedule()
    {
        ScheduleConfig config = new() { Shape = ScheduleShape.Poisson, Rate = 100 };
        Assert.Equal(Schedule.Arrivals(config, 20, 3), Schedule.Arrivals(config, 20, 3));
        Assert.NotEqual(Schedule.Arrivals(config, 20, 3), Schedule.Arrivals(config, 20, 4));
    }

    [Fact]
    public void A_ramp_climbs()
    {
        var arrivals = Schedule.Arrivals(new() { Shape = ScheduleShape.Ramp, Rate = 0, ToRate = 100 }, 20, 1);
        Assert.InRange(arrivals.Length, 999, 1001);
        Assert.InRange(arrivals.Count(at => at < 10), 248, 252);
    }

    [Fact]
    public void A_spike_is_where_it_was_put()
    {
        ScheduleConfig config = new() { Shape = ScheduleShape.Spike, Rate = 10, ToRate = 500, SpikeAt = 5, SpikeSeconds = 2 };
        var arrivals = Schedule.Arrivals(config, 20, 1);
        Assert.InRange(arrivals.Count(at => at is >= 5 and < 7), 995, 1005);
        Assert.InRange(arrivals.Count(at => at is < 5 or >= 7), 175, 185);
    }

    [Fact]
    public void A_day_keeps_its_curve_and_the_mean_rate()
    {
        var arrivals = Schedule.Arrivals(new() { Shape = ScheduleShape.Day, Rate = 20, Curve = DayCurve.Default }, 240, 1);
        Assert.InRange(arrivals.Length, 4_780, 4_820);
        var night = arrivals.Count(at => at is >= 30 and < 50);
        var evening = arrivals.Count(at => at is >= 200 and < 220);
        Assert.InRange((double)evening / night, 40, 52); // (96 + 88) over (2 + 2)
    }

    [Theory]
    [InlineData(ScheduleShape.Constant)]
    [InlineData(ScheduleShape.Poisson)]
    [InlineData(ScheduleShape.Ramp)]
    [InlineData(ScheduleShape.Spike)]
    [InlineData(ScheduleShape.Day)]
    public void Arrivals_ascend_and_stay_inside(ScheduleShape shape)
    {
        ScheduleConfig config = new()
        {
            Shape = shape, Rate = 333, ToRate = 777, SpikeAt = 3, SpikeSeconds = 2, Curve = [0, 1, 5, 0],
        };
        var arrivals = Schedule.Arrivals(config, 9, 5);
        Assert.All(arrivals.Zip(arrivals.Skip(1)), pair => Assert.True(pair.First <= pair.Second));
        Assert.All(arrivals, at => Assert.InRange(at, 0, 9));
    }

    [Fact]
    public void No_rate_is_no_arrivals() => Assert.Empty(Schedule.Arrivals(new() { Rate = 0 }, 60, 1));

    [Fact]
    public void A_curve_is_read_with_its_heading()
    {
        Assert.Equal([1.5, 2, 0], DayCurve.Parse("day.csv", ["time,rate", "# night", "00:00,1.5", "", "01:00, 2", "0"]));
    }

    [Fact]
    public void A_bad_curve_names_the_line()
    {
        var wrong = Assert.Throws<FormatException>(() => DayCurve.Parse("day.csv", ["time,rate", "00:00,1", "01:00,many"]));
        Assert.Equal("day.csv, line 3: 'many' is no number.", wrong.Message);
        Assert.Throws<FormatException>(() => DayCurve.Parse("day.csv", ["1", "-1"]));
    }
}
