using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace CustomerService.WebFront.Telemetry;

/// <summary>
/// Figures of this front, meter <c>CustomerService.Front</c>. What happens per message is counted in plain fields that a
/// scrape reads: nothing is allocated or looked up for a call, and without anybody who asks it costs the increment.
/// </summary>
internal sealed class FrontMetrics : IDisposable
{
    public const string MeterName = "CustomerService.Front";

    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly KeyValuePair<string, object?> s_visitors = new("hub", "visitor"), s_agents = new("hub", "agent");

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentBag<MethodFigures> _methods = [];
    private readonly Histogram<double> _call, _lag, _probe;
    private long _pushes, _pushedBytes;

    public FrontMetrics()
    {
        _call = _meter.CreateHistogram("customer_service.front.call.duration", "s", "A hub call.", null, s_seconds);
        _lag = _meter.CreateHistogram("customer_service.front.feed.lag", "s",
            "From an event's time to its hand-over to connections; the clocks of two machines may show in it.",
            null, s_seconds);
        _probe = _meter.CreateHistogram("customer_service.front.feed.probe.duration", "s",
            "A probe from this front through its stream and back.", null, s_seconds);
        _meter.CreateObservableCounter("customer_service.front.calls", () => _methods.SelectMany(one => one.Read()),
            "{call}", "Hub calls by hub, method and outcome.");
        _meter.CreateObservableGauge("customer_service.front.calls.active", () => Active(),
            "{call}", "Hub calls that are being answered.");
        _meter.CreateObservableGauge("customer_service.front.connections", ReadConnections,
            "{connection}", "Open connections by hub.");
        _meter.CreateObservableGauge("customer_service.front.conversations.watched", () => Watched(),
            "{conversation}", "Conversations that connections of this front follow, once for each audience.");
        _meter.CreateObservableCounter("customer_service.front.pushes", () => Volatile.Read(ref _pushes),
            "{message}", "Messages written to connections without being asked for.");
        _meter.CreateObservableCounter("customer_service.front.pushed", () => Volatile.Read(ref _pushedBytes),
            "By", "Bytes of those messages.");
        Opened = new(_meter, "customer_service.front.connections.opened", "{connection}",
            "Connections taken up, by hub.", "hub", "visitor", "agent");
        Dropped = new(_meter, "customer_service.front.connections.dropped", "{connection}",
            "Connections cut for reading too slowly, by what ran out.", "reason", "queue", "time");
        Handshakes = new(_meter, "customer_service.front.handshakes.refused", "{handshake}",
            "Handshakes refused, by reason.", "reason", "draining", "origin", "limit");
        Limited = new(_meter, "customer_service.front.limited", "{refusal}",
            "Calls and handshakes over a limit, by whose.", "scope",
            "connection", "caller", "address", "connects", "connections_of_address", "connections_of_caller");
    }

    public CountedByTag Opened { get; }

    public CountedByTag Dropped { get; }

    public CountedByTag Handshakes { get; }

    public CountedByTag Limited { get; }

    public Func<int> Active { get; set; } = static () => 0;

    public Func<int> Watched { get; set; } = static () => 0;

    /// <summary>Open connections of visitors and of agents.</summary>
    public Func<(int Visitors, int Agents)> Connected { get; set; } = static () => default;

    /// <summary>Whether somebody wants to know how long calls take.</summary>
    public bool TimesCalls => _call.Enabled;

    public bool MeasuresLag => _lag.Enabled;

    public long Pushes => Volatile.Read(ref _pushes);

    /// <summary>Hub calls so far, of all methods and outcomes.</summary>
    public long Calls => _methods.Sum(static one => one.Total);

    /// <summary>Counts of one hub method, made once.</summary>
    public MethodFigures Method(bool ofVisitors, string method)
    {
        var figures = new MethodFigures(ofVisitors ? "visitor" : "agent", method);
        _methods.Add(figures);
        return figures;
    }

    public void Called(bool byVisitor, TimeSpan took) =>
        _call.Record(took.TotalSeconds, byVisitor ? s_visitors : s_agents);

    public void Lagged(TimeSpan lag) => _lag.Record(Math.Max(0, lag.TotalSeconds));

    public void Probed(TimeSpan took) => _probe.Record(took.TotalSeconds);

    public void Pushed(int bytes)
    {
        Interlocked.Increment(ref _pushes);
        Interlocked.Add(ref _pushedBytes, bytes);
    }

    public void Dispose() => _meter.Dispose();

    private Measurement<int>[] ReadConnections()
    {
        var (visitors, agents) = Connected();
        return [new(visitors, s_visitors), new(agents, s_agents)];
    }
}

/// <summary>How often one hub method was called, by outcome: <c>ok</c>, or the code of the refusal.</summary>
internal sealed class MethodFigures(string hub, string method)
{
    private static readonly string[] s_outcomes =
        ["ok", .. Enum.GetValues<RefusalCode>().Order().Select(code => JsonName(code.ToString()))];

    private readonly long[] _counts = new long[s_outcomes.Length];

    public long Total => _counts.Sum();

    /// <summary>Counts a call; null where it was not refused.</summary>
    public void Count(RefusalCode? refused) => Interlocked.Increment(ref _counts[(int?)refused ?? 0]);

    /// <summary>Outcomes that have happened.</summary>
    public IEnumerable<Measurement<long>> Read()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (Volatile.Read(ref _counts[i]) is > 0 and var count)
                yield return new(count, new("hub", hub), new("method", method), new("outcome", s_outcomes[i]));
        }
    }

    private static string JsonName(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

/// <summary>A count for each of a few known values of one tag, all of them shown from the start.</summary>
internal sealed class CountedByTag
{
    private readonly string[] _values;
    private readonly long[] _counts;

    public CountedByTag(Meter meter, string name, string unit, string description, string tag, params string[] values)
    {
        (_values, _counts) = (values, new long[values.Length]);
        var tags = values.Select(value => new KeyValuePair<string, object?>(tag, value)).ToArray();
        meter.CreateObservableCounter(
            name, () => tags.Select((one, i) => new Measurement<long>(Volatile.Read(ref _counts[i]), one)), unit, description);
    }

    /// <summary>Counts one more of a value given at first.</summary>
    public void Add(string value) => Interlocked.Increment(ref _counts[Array.IndexOf(_values, value)]);
}
