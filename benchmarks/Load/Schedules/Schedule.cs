namespace CustomerService.Load.Schedules;

/// <summary>How arrivals are spread over a run.</summary>
public enum ScheduleShape
{
    /// <summary>Evenly spaced.</summary>
    Constant,

    /// <summary>Independent of each other, as people are: exponential gaps.</summary>
    Poisson,

    /// <summary>From the rate to <c>toRate</c> in a straight line.</summary>
    Ramp,

    /// <summary>The rate, and <c>toRate</c> between <c>spikeAt</c> and <c>spikeAt + spikeSeconds</c>.</summary>
    Spike,

    /// <summary>A day's curve from a file, run through in the run's length; the rate is its mean.</summary>
    Day,
}

/// <summary>What a schedule is made of. Rates in arrivals a second, times in seconds.</summary>
public sealed record ScheduleConfig
{
    public ScheduleShape Shape { get; init; } = ScheduleShape.Poisson;
    public double Rate { get; init; } = 100;
    public double ToRate { get; init; }
    public double SpikeAt { get; init; }
    public double SpikeSeconds { get; init; }

    /// <summary>The day's relative rates, one for each equal part of the run.</summary>
    public IReadOnlyList<double> Curve { get; init; } = [];
}

/// <summary>
/// The arrival times, fixed before the run begins: a slow server can't slow down who comes, which is what makes the
/// measured latencies those of the people and not those of the load tester.
/// </summary>
public static class Schedule
{
    /// <summary>Most arrivals of one run; 8 bytes each.</summary>
    public const int ArrivalsMax = 50_000_000;

    /// <summary>Seconds from the start, ascending, all below <paramref name="seconds"/>. One seed gives one result.</summary>
    public static double[] Arrivals(ScheduleConfig config, double seconds, int seed)
    {
        var expected = Expected(config, seconds);
        if (expected > ArrivalsMax)
            throw new ArgumentException($"The schedule has about {expected:N0} arrivals; at most {ArrivalsMax:N0} are allowed.");
        var random = new Random(seed);
        var arrivals = new List<double>((int)expected + 16);
        if (config.Shape == ScheduleShape.Poisson)
        {
            if (config.Rate > 0)
            {
                for (var at = Gap(random) / config.Rate; at < seconds; at += Gap(random) / config.Rate)
                    arrivals.Add(at);
            }
            return [.. arrivals];
        }

        // All other shapes: an arrival whenever the integral of the rate passes the middle of a whole number. Walked in
        // small steps within which the rate is a straight line.
        var steps = Math.Max(1000, (int)Math.Ceiling(seconds * 20));
        var step = seconds / steps;
        var sum = 0.0;
        var next = 0.5;
        for (var i = 0; i < steps; i++)
        {
            var from = i * step;
            var rate = RateAt(config, from + (step / 2), seconds);
            var area = rate * step;
            while (rate > 0 && sum + area >= next)
            {
                arrivals.Add(Math.Min(from + ((next - sum) / rate), seconds - 1e-9));
                next += 1;
            }
            sum += area;
        }
        return [.. arrivals];
    }

    /// <summary>The rate at a moment.</summary>
    public static double RateAt(ScheduleConfig config, double at, double seconds) => config.Shape switch
    {
        ScheduleShape.Ramp => config.Rate + ((config.ToRate - config.Rate) * at / seconds),
        ScheduleShape.Spike => at >= config.SpikeAt && at < config.SpikeAt + config.SpikeSeconds ? config.ToRate : config.Rate,
        ScheduleShape.Day when config.Curve.Count > 0 =>
            config.Rate * config.Curve[Math.Min(config.Curve.Count - 1, (int)(at / seconds * config.Curve.Count))]
                / Math.Max(1e-12, config.Curve.Average()),
        _ => config.Rate,
    };

    private static double Expected(ScheduleConfig config, double seconds) => config.Shape switch
    {
        ScheduleShape.Ramp => (config.Rate + config.ToRate) / 2 * seconds,
        ScheduleShape.Spike => (config.Rate * seconds) + ((config.ToRate - config.Rate) * config.SpikeSeconds),
        _ => config.Rate * seconds,
    };

    private static double Gap(Random random) => -Math.Log(1 - random.NextDouble());
}

/// <summary>Reads a day's curve: one line for each equal part of a day, "time,rate" or only "rate".</summary>
public static class DayCurve
{
    /// <summary>The built-in day of a shop: quiet nights, a rise to eleven, a dip at noon, the evening's peak.</summary>
    public static IReadOnlyList<double> Default { get; } =
        [6, 4, 3, 2, 2, 3, 8, 18, 42, 70, 88, 92, 66, 72, 86, 90, 84, 76, 70, 82, 96, 88, 48, 18];

    /// <summary>Parses CSV lines. Lines that begin with '#' and a heading in the first line are passed over.</summary>
    /// <exception cref="FormatException">Names the line and what is wrong with it.</exception>
    public static IReadOnlyList<double> Parse(string name, IEnumerable<string> lines)
    {
        var rates = new List<double>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
                continue;
            var value = line.Split(',')[^1].Trim();
            if (!double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var rate))
            {
                if (rates.Count == 0 && number == 1)
                    continue;
                throw new FormatException($"{name}, line {number}: '{value}' is no number.");
            }
            if (!double.IsFinite(rate) || rate < 0)
                throw new FormatException($"{name}, line {number}: a rate is 0 or more.");
            rates.Add(rate);
        }
        return rates.Sum() > 0 ? rates : throw new FormatException($"{name}: no rate above 0.");
    }
}
