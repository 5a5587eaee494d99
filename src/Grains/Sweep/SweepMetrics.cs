using System.Diagnostics.Metrics;

namespace CustomerService.Grains.Sweep;

/// <summary>What the sweep does, meter <c>CustomerService.Grains</c>. Counts are shown from the start, so that an alert on
/// their growth has something to begin from.</summary>
internal static class SweepMetrics
{
    private static readonly Histogram<double> s_round = GrainMeter.Instance.CreateHistogram(
        "customer_service.sweep.round.duration", "s", "One round of the process that holds the sweep's lease.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    private static readonly KeyValuePair<string, object?> s_done = new("outcome", "done"), s_failed = new("outcome", "failed");
    private static long s_doneCount, s_failedCount, s_effects;

    static SweepMetrics()
    {
        GrainMeter.Instance.CreateObservableCounter(
            "customer_service.sweep.deadlines",
            () => new Measurement<long>[]
            {
                new(Volatile.Read(ref s_doneCount), s_done), new(Volatile.Read(ref s_failedCount), s_failed),
            },
            "{deadline}", "Due deadlines that were looked at, by outcome.");
        GrainMeter.Instance.CreateObservableCounter(
            "customer_service.sweep.effects", () => Volatile.Read(ref s_effects),
            "{effect}", "Owed effects that had to be delivered again.");
    }

    public static void Looked(bool failed) => Interlocked.Increment(ref failed ? ref s_failedCount : ref s_doneCount);

    public static void Redelivered(int effects) => Interlocked.Add(ref s_effects, effects);

    public static void Round(TimeSpan took) => s_round.Record(took.TotalSeconds);
}
