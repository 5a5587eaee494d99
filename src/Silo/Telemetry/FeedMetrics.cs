using System.Diagnostics.Metrics;

namespace CustomerService.Hosting.Telemetry;

/// <summary>The way from grains to fronts, meter <c>CustomerService.Feed</c>. Plain counts, read when somebody asks.
/// </summary>
public sealed class FeedMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "CustomerService.Feed";

    private readonly Meter _meter = new(MeterName);
    private long _sent, _dropped;

    /// <summary>Makes the instruments.</summary>
    public FeedMetrics()
    {
        _meter.CreateObservableCounter("customer_service.feed.sent", () => Volatile.Read(ref _sent),
            "{envelope}", "Announcements on their way to fronts, most of them known to be taken.");
        _meter.CreateObservableCounter("customer_service.feed.dropped", () => Volatile.Read(ref _dropped),
            "{envelope}", "Announcements lost to a full lane or a failing call; clients heal by sequence.");
        _meter.CreateObservableGauge("customer_service.feed.waiting", () => Waiting(),
            "{envelope}", "Announcements that wait for a call to their front.");
    }

    /// <summary>How many wait.</summary>
    internal Func<int> Waiting { get; set; } = static () => 0;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>How many were told so far.</summary>
    internal long SentCount => Volatile.Read(ref _sent);

    /// <summary>How many were lost so far.</summary>
    internal long DroppedCount => Volatile.Read(ref _dropped);

    internal void Sent(int count) => Interlocked.Add(ref _sent, count);

    internal void Dropped(int count) => Interlocked.Add(ref _dropped, count);
}
