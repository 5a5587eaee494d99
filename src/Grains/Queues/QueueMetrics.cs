using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace CustomerService.Grains.Queues;

/// <summary>Figures of the queues that this process holds, meter <c>CustomerService.Grains</c>. Lengths are plain fields
/// that are read when somebody asks for them.</summary>
internal static class QueueMetrics
{
    /// <summary>Queues told apart; further ones are not shown. Each is three lines of every scrape.</summary>
    public const int QueuesMax = 500;

    private static readonly ConcurrentDictionary<QueueFigures, bool> s_held = new();

    private static readonly Histogram<double> s_wait = GrainMeter.Instance.CreateHistogram(
        "customer_service.queue.wait", "s", "From joining the queue to being assigned.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800] });

    static QueueMetrics()
    {
        Gauge("customer_service.queue.waiting", "{conversation}", "Conversations that wait.", one => one.Waiting);
        Gauge("customer_service.queue.oldest.wait", "s", "How long the longest waiting one waits.",
            one => one.OldestWaitSeconds());
        Gauge("customer_service.queue.agents.online", "{agent}", "Agents of the queue that are present and online.",
            one => one.AgentsOnline);
    }

    /// <summary>Shows a queue's figures until <see cref="Let"/>.</summary>
    public static void Hold(QueueFigures figures)
    {
        if (s_held.Count < QueuesMax)
            s_held.TryAdd(figures, true);
    }

    /// <summary>The queue lives elsewhere from now on.</summary>
    public static void Let(QueueFigures figures) => s_held.TryRemove(figures, out _);

    /// <summary>Somebody has got an agent.</summary>
    public static void Assigned(QueueFigures figures, TimeSpan waited) => s_wait.Record(waited.TotalSeconds, figures.Tag);

    private static void Gauge(string name, string unit, string description, Func<QueueFigures, double> read) =>
        GrainMeter.Instance.CreateObservableGauge(
            name, () => s_held.Select(one => new Measurement<double>(read(one.Key), one.Key.Tag)), unit, description);
}

/// <summary>How one queue stands; its grain writes, a scrape reads.</summary>
internal sealed class QueueFigures(string queueId, TimeProvider clock)
{
    private long _oldestTicks;
    private int _waiting, _agentsOnline;

    /// <summary>Names the queue; made once.</summary>
    public KeyValuePair<string, object?> Tag { get; } = new("queue", queueId);

    public int Waiting => Volatile.Read(ref _waiting);

    public int AgentsOnline => Volatile.Read(ref _agentsOnline);

    public double OldestWaitSeconds() => Volatile.Read(ref _oldestTicks) is > 0 and var ticks
        ? Math.Max(0, (clock.GetUtcNow().UtcTicks - ticks) / (double)TimeSpan.TicksPerSecond)
        : 0;

    public void Set(int waiting, DateTimeOffset? oldestEnqueuedAt, int agentsOnline)
    {
        Volatile.Write(ref _waiting, waiting);
        Volatile.Write(ref _oldestTicks, oldestEnqueuedAt?.UtcTicks ?? 0);
        Volatile.Write(ref _agentsOnline, agentsOnline);
    }
}
