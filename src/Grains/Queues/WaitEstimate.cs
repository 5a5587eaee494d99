namespace CustomerService.Grains.Queues;

/// <summary>How long a waiter at a place may wait, from how fast places become free and how fast waiters give up.</summary>
public static class WaitEstimate
{
    /// <summary>Terms summed one by one; the rest is an integral, which by then is right to a fraction of a percent.
    /// </summary>
    private const int ExactTerms = 16;

    /// <summary>The range leaves out the lowest and highest tenth.</summary>
    private const double Quantile = 1.2816;

    /// <summary>
    /// Range in seconds: each of the <paramref name="place"/> departures that must come first has rate
    /// (slots * handling rate + waiters before it * rate of giving up), so the mean is the sum over i &lt; place of
    /// 1 / (c mu + i theta); the tenth and ninetieth percentile are those of a gamma distribution of that mean and
    /// variance (Wilson and Hilferty). Constant time for any place.
    /// </summary>
    /// <param name="place">From 1; 0 or less waits for nobody.</param>
    /// <param name="slots">Places of the agents who are there.</param>
    /// <param name="handledPerSecond">Conversations one place finishes a second.</param>
    /// <param name="givenUpPerSecond">Share of waiters that gives up a second.</param>
    /// <returns>Both 0 where nothing is ahead, or where nobody serves and nothing can be said.</returns>
    public static (int Low, int High) Range(int place, int slots, double handledPerSecond, double givenUpPerSecond)
    {
        var start = slots * handledPerSecond;
        if (place <= 0 || start <= 0)
            return (0, 0);
        var theta = Math.Max(givenUpPerSecond, 0);
        double mean = 0, variance = 0;
        var exact = Math.Min(place, ExactTerms);
        for (var i = 0; i < exact; i++)
        {
            var each = 1 / (start + i * theta);
            mean += each;
            variance += each * each;
        }
        if (place > exact)
        {
            var rest = place - exact;
            var (from, to) = (start + (exact - 0.5) * theta, start + (place - 0.5) * theta);
            // With theta next to nothing the logarithm's argument is 1: the terms are all alike then.
            var flat = (to - from) / from < 1e-6;
            mean += flat ? rest / start : Math.Log(to / from) / theta;
            variance += flat ? rest / (start * start) : (1 / from - 1 / to) / theta;
        }
        var shape = mean * mean / variance;
        return (At(-Quantile), At(Quantile));

        int At(double z)
        {
            var root = 1 - 1 / (9 * shape) + z / (3 * Math.Sqrt(shape));
            var seconds = root <= 0 ? 0 : mean * root * root * root;
            return (int)Math.Min(Math.Round(seconds), 7 * 86_400);
        }
    }
}

/// <summary>
/// A rate learned by counting: events seen over time they could have happened in, both fading, with a belief to begin
/// with. For a place that is taken it is the handling rate, for a waiter the rate of giving up.
/// </summary>
/// <param name="meanSeconds">What is believed before anything was seen: one event each so many seconds.</param>
public sealed class LearnedRate(double meanSeconds)
{
    /// <summary>The belief weighs as much as so many seen events.</summary>
    private const double BeliefEvents = 5;

    /// <summary>What was seen counts half after this time: an hour's pace says more than yesterday's.</summary>
    private const double HalfLifeSeconds = 3_600;

    private double _events, _exposure;
    private DateTimeOffset? _at;

    /// <summary>Events a second for each that is exposed.</summary>
    public double PerSecond => (BeliefEvents + _events) / (BeliefEvents * meanSeconds + _exposure);

    /// <summary>Time went by until <paramref name="now"/> with so many exposed.</summary>
    public void Pass(DateTimeOffset now, int exposed)
    {
        var seconds = _at is { } at ? Math.Max((now - at).TotalSeconds, 0) : 0;
        _at = now;
        if (seconds == 0)
            return;
        var fade = Math.Pow(2, -seconds / HalfLifeSeconds);
        _events *= fade;
        _exposure = _exposure * fade + exposed * seconds;
    }

    /// <summary>So many happened.</summary>
    public void Happened(int events) => _events += events;
}
