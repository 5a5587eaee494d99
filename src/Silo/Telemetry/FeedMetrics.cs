using System.Diagnostics.Metrics;

namespace CustomerService.Hosting.Telemetry;

/// <summary>The pump from grains to fronts, meter <c>CustomerService.Feed</c>. Plain counts, read when somebody asks.
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
            "{envelope}", "Announcements handed to the streams of fronts.");
        _meter.CreateObservableCounter("customer_service.feed.dropped", () => Volatile.Read(ref _dropped),
            "{envelope}", "Announcements lost to a full queue or a failing stream; clients heal by sequence.");
        _meter.CreateObservableGauge("customer_service.feed.waiting", () => Waiting(),
            "{envelope}", "Announcements that wait for the pump.");
    }

    /// <summary>How many wait.</summary>
    internal Func<int> Waiting { get; set; } = static () => 0;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Sent(int count) => Interlocked.Add(ref _sent, count);

    internal void Dropped(int count) => Interlocked.Add(ref _dropped, count);
}
