using CustomerService.Grains.Queues;

namespace CustomerService.Unit.Tests.Queues;

public class WaitEstimateTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(-3, 4)]
    [InlineData(5, 0)]
    public void Nothing_ahead_or_nobody_there_is_zero(int place, int slots) =>
        Assert.Equal((0, 0), WaitEstimate.Range(place, slots, 1 / 300d, 0));

    [Fact]
    public void One_departure_is_an_exponential_one()
    {
        // Mean 100 s: the tenth percentile is 10.5 s, the ninetieth 230 s; the approximation comes within 10 s.
        var (low, high) = WaitEstimate.Range(1, 3, 1 / 300d, 0);
        Assert.InRange(low, 5, 20);
        Assert.InRange(high, 220, 240);
    }

    [Theory]
    [InlineData(5, 4, 0.0005)]
    [InlineData(40, 10, 0.0005)]
    [InlineData(40, 10, 0)]
    [InlineData(5_000, 20, 0.001)]
    [InlineData(5_000, 20, 1e-13)]
    public void The_closed_form_is_the_sum(int place, int slots, double theta)
    {
        const double mu = 1 / 400d;
        double mean = 0, variance = 0;
        for (var i = 0; i < place; i++)
        {
            var each = 1 / (slots * mu + i * theta);
            mean += each;
            variance += each * each;
        }
        var (low, high) = WaitEstimate.Range(place, slots, mu, theta);
        var middle = (low + high) / 2d;
        Assert.InRange(middle, mean * 0.97 - 1, mean * 1.06 + 1);
        var spread = (high - low) / 2d / 1.2816;
        Assert.InRange(spread, Math.Sqrt(variance) * 0.9 - 1, Math.Sqrt(variance) * 1.1 + 1);
    }

    [Fact]
    public void Eight_of_ten_waits_fall_inside()
    {
        const double mu = 1 / 300d, theta = 1 / 900d;
        const int place = 12, slots = 5, runs = 20_000;
        var (low, high) = WaitEstimate.Range(place, slots, mu, theta);
        var random = new Random(7);
        var inside = 0;
        for (var run = 0; run < runs; run++)
        {
            double wait = 0;
            for (var i = 0; i < place; i++)
                wait += -Math.Log(1 - random.NextDouble()) / (slots * mu + i * theta);
            inside += wait >= low && wait <= high ? 1 : 0;
        }
        Assert.InRange(inside / (double)runs, 0.78, 0.82);
    }

    [Fact]
    public void A_rate_is_believed_first_and_then_learned()
    {
        var rate = new LearnedRate(480);
        Assert.Equal(1 / 480d, rate.PerSecond, 6);
        var now = T0;
        rate.Pass(now, 10);
        for (var i = 0; i < 2_000; i++)
        {
            // Ten places, each done in 100 s.
            rate.Pass(now = now.AddSeconds(10), 10);
            rate.Happened(1);
        }
        Assert.InRange(1 / rate.PerSecond, 95, 110);
        rate.Pass(now.AddSeconds(-100), 10); // A clock that went back adds nothing.
        Assert.InRange(1 / rate.PerSecond, 95, 110);
    }
}
