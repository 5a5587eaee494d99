using System.Diagnostics;
using HdrHistogram;

namespace CustomerService.Load.Measure;

/// <summary>
/// One kind of latency of one run: HDR histograms (1 µs to 10 minutes, three digits), one for each of a few threads,
/// added up at the end. Percentiles are taken from the sum and never averaged. Beside it one coarser histogram for each
/// slice of time, for the plots.
/// </summary>
public sealed class Latencies
{
    private const long MicrosecondsMax = 600_000_000;
    private readonly Shard[] _shards;
    private readonly double _sliceSeconds;

    public Latencies(double seconds)
    {
        // At most 600 slices, however long the run.
        _sliceSeconds = Math.Max(1, Math.Ceiling(seconds / 600));
        var slices = (int)Math.Ceiling(seconds / _sliceSeconds) + 1;
        _shards = [.. Enumerable.Range(0, Math.Max(2, Environment.ProcessorCount)).Select(_ => new Shard(slices))];
    }

    /// <summary>Adds one measurement.</summary>
    /// <param name="intended">Stopwatch ticks at which it was due.</param>
    /// <param name="done">Stopwatch ticks at which it was done.</param>
    /// <param name="secondsIntoRun">When it was due, for its slice.</param>
    public void Record(long intended, long done, double secondsIntoRun)
    {
        var microseconds = Math.Clamp((done - intended) * 1_000_000 / Stopwatch.Frequency, 1, MicrosecondsMax);
        var shard = _shards[Environment.CurrentManagedThreadId % _shards.Length];
        lock (shard)
        {
            shard.All.RecordValue(microseconds);
            var slice = Math.Clamp((int)(secondsIntoRun / _sliceSeconds), 0, shard.Slices.Length - 1);
            (shard.Slices[slice] ??= new IntHistogram(1, MicrosecondsMax, 2)).RecordValue(microseconds);
        }
    }

    /// <summary>The sum over all threads.</summary>
    public LongHistogram Merged()
    {
        var sum = NewHistogram();
        foreach (var shard in _shards)
        {
            lock (shard)
                sum.Add(shard.All);
        }
        return sum;
    }

    /// <summary>What the plots show of each slice of time.</summary>
    public IReadOnlyList<LatencySlice> Slices()
    {
        var slices = new List<LatencySlice>();
        for (var i = 0; i < _shards[0].Slices.Length; i++)
        {
            var sum = new IntHistogram(1, MicrosecondsMax, 2);
            foreach (var shard in _shards)
            {
                lock (shard)
                {
                    if (shard.Slices[i] is { } part)
                        sum.Add(part);
                }
            }
            if (sum.TotalCount > 0)
            {
                slices.Add(new LatencySlice(i * _sliceSeconds, sum.TotalCount / _sliceSeconds,
                    Ms(sum.GetValueAtPercentile(50)), Ms(sum.GetValueAtPercentile(99)), Ms(sum.GetMaxValue())));
            }
        }
        return slices;
    }

    public static LongHistogram NewHistogram() => new(1, MicrosecondsMax, 3);

    internal static double Ms(long microseconds) => microseconds / 1000.0;

    private sealed class Shard(int slices)
    {
        public LongHistogram All { get; } = NewHistogram();
        public IntHistogram?[] Slices { get; } = new IntHistogram?[slices];
    }
}

/// <summary>One slice of a run: when it began, how many a second, and its latencies in milliseconds.</summary>
public sealed record LatencySlice(double AtSeconds, double PerSecond, double P50Ms, double P99Ms, double MaxMs);

/// <summary>One kind of latency in a result, in milliseconds, with its whole histogram: two results can be merged later.</summary>
public sealed record LatencySummary(long Count, double P50Ms, double P90Ms, double P99Ms, double P999Ms, double MaxMs)
{
    /// <summary>Pairs of microseconds and count.</summary>
    public IReadOnlyList<long[]> Histogram { get; init; } = [];

    public IReadOnlyList<LatencySlice> Slices { get; init; } = [];

    public static LatencySummary Of(LongHistogram merged, IReadOnlyList<LatencySlice>? slices = null) =>
        merged.TotalCount == 0
            ? new LatencySummary(0, 0, 0, 0, 0, 0)
            : new LatencySummary(
                merged.TotalCount,
                Latencies.Ms(merged.GetValueAtPercentile(50)),
                Latencies.Ms(merged.GetValueAtPercentile(90)),
                Latencies.Ms(merged.GetValueAtPercentile(99)),
                Latencies.Ms(merged.GetValueAtPercentile(99.9)),
                Latencies.Ms(merged.GetMaxValue()))
            {
                Histogram = [.. merged.RecordedValues().Select(v => new[] { v.ValueIteratedTo, v.CountAddedInThisIterationStep })],
                Slices = slices ?? [],
            };

    /// <summary>Adds up histograms, then takes the percentiles of the sum.</summary>
    public static LatencySummary Merge(IEnumerable<LatencySummary> parts)
    {
        var sum = Latencies.NewHistogram();
        foreach (var pair in parts.SelectMany(part => part.Histogram))
            sum.RecordValueWithCount(pair[0], pair[1]);
        return Of(sum);
    }
}
