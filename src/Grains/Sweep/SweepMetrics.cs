using System.Diagnostics.Metrics;

namespace CustomerService.Grains.Sweep;

/// <summary>What the sweep does, meter <c>CustomerService.Grains</c>.</summary>
internal static class SweepMetrics
{
    private static readonly Counter<long> s_deadlines = GrainMeter.Instance.CreateCounter<long>(
        "customer_service.sweep.deadlines", "{deadline}", "Due deadlines that were looked at, by outcome.");

    private static readonly Counter<long> s_effects = GrainMeter.Instance.CreateCounter<long>(
        "customer_service.sweep.effects", "{effect}", "Owed effects that had to be delivered again.");

    private static readonly Histogram<double> s_round = GrainMeter.Instance.CreateHistogram(
        "customer_service.sweep.round.duration", "s", "One round of the process that holds the sweep's lease.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    private static readonly KeyValuePair<string, object?> s_done = new("outcome", "done"), s_failed = new("outcome", "failed");

    public static void Looked(bool failed) => s_deadlines.Add(1, failed ? s_failed : s_done);

    public static void Redelivered(int effects)
    {
        if (effects > 0)
            s_effects.Add(effects);
    }

    public static void Round(TimeSpan took) => s_round.Record(took.TotalSeconds);
}
