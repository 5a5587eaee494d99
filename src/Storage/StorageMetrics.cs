using System.Diagnostics;
using System.Diagnostics.Metrics;
using CustomerService.Storage.Writer;

namespace CustomerService.Storage;

/// <summary>Figures of the journal's writer, meter <c>CustomerService.Storage</c>.</summary>
internal sealed class StorageMetrics : IDisposable
{
    public const string MeterName = "CustomerService.Storage";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _flushMs;
    private readonly Histogram<double> _appendMs;
    private readonly Counter<long> _refused;

    public StorageMetrics()
    {
        _batchSize = _meter.CreateHistogram<int>("journal.batch.size", "{append}", "Appends in one transaction.");
        _flushMs = _meter.CreateHistogram<double>("journal.flush.duration", "ms", "One transaction, commit included.");
        _appendMs = _meter.CreateHistogram<double>("journal.append.duration", "ms", "From the call to the commit.");
        _refused = _meter.CreateCounter<long>("journal.append.refused", "{append}", "Refused by a full channel.");
        _meter.CreateObservableGauge("journal.waiting", () => Waiting(), "{append}", "Appends that wait.");
    }

    public Func<int> Waiting { get; set; } = static () => 0;

    public void Refused() => _refused.Add(1);

    public void Flushed(WriteBatch batch, long startedAt)
    {
        _flushMs.Record(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
        if (batch.Appends.Count == 0)
            return;
        _batchSize.Record(batch.Appends.Count);
        if (!_appendMs.Enabled)
            return;
        foreach (var append in batch.Appends)
            _appendMs.Record(Stopwatch.GetElapsedTime(append.EnqueuedAt).TotalMilliseconds);
    }

    public void Dispose() => _meter.Dispose();
}
