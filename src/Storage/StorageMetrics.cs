using System.Diagnostics;
using System.Diagnostics.Metrics;
using CustomerService.Storage.Writer;

namespace CustomerService.Storage;

/// <summary>Figures of the journal's writer, meter <c>CustomerService.Storage</c>. Unobserved, each costs a comparison.
/// </summary>
internal sealed class StorageMetrics : IDisposable
{
    public const string MeterName = "CustomerService.Storage";

    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        // From a fast disk's sync to the writer's own patience.
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    private static readonly InstrumentAdvice<int> s_sizes = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    };

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _flush;
    private readonly Histogram<double> _append;
    private long _refused;

    public StorageMetrics()
    {
        _batchSize = _meter.CreateHistogram(
            "customer_service.journal.batch.size", "{append}", "Appends in one transaction.", null, s_sizes);
        _flush = _meter.CreateHistogram(
            "customer_service.journal.flush.duration", "s", "One transaction, commit included.", null, s_seconds);
        _append = _meter.CreateHistogram(
            "customer_service.journal.append.duration", "s", "An append, from the call to the commit.", null, s_seconds);
        _meter.CreateObservableCounter("customer_service.journal.refused", () => Volatile.Read(ref _refused),
            "{append}", "Appends that a full queue refused.");
        _meter.CreateObservableGauge(
            "customer_service.journal.waiting", () => Waiting(), "{append}", "Appends that wait for the writer.");
    }

    /// <summary>Who is written to most.</summary>
    public BusyStreams Busy { get; } = new(TimeProvider.System);

    public Func<int> Waiting { get; set; } = static () => 0;

    public void Refused() => Interlocked.Increment(ref _refused);

    public void Flushed(WriteBatch batch, long startedAt)
    {
        if (_flush.Enabled)
            _flush.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
        if (batch.Appends.Count == 0)
            return;
        _batchSize.Record(batch.Appends.Count);
        foreach (var append in batch.Appends)
            Busy.Wrote(append.Append.Stream);
        if (!_append.Enabled)
            return;
        var now = Stopwatch.GetTimestamp();
        foreach (var append in batch.Appends)
            _append.Record(Stopwatch.GetElapsedTime(append.EnqueuedAt, now).TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();
}
