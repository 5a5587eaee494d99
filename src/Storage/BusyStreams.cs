namespace CustomerService.Storage;

/// <summary>
/// Which streams are written to most, from one append in <see cref="SampledOf"/>. Bounded: where a new stream finds no
/// room, the one counted least makes place and leaves its count (space-saving), so what is really busy is never missed.
/// Safe for calls from several threads.
/// </summary>
public sealed class BusyStreams
{
    /// <summary>One append in so many is counted.</summary>
    public const int SampledOf = 8;

    /// <summary>Streams counted at a time.</summary>
    public const int StreamsMax = 128;

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private Dictionary<string, int> _now = new(StreamsMax, StringComparer.Ordinal);
    private Dictionary<string, int> _before = new(StreamsMax, StringComparer.Ordinal);
    private long _since;
    private int _skipped;

    /// <summary>Counts minutes by <paramref name="clock"/>.</summary>
    public BusyStreams(TimeProvider clock) => (_clock, _since) = (clock, clock.GetTimestamp());

    /// <summary>The busiest of the last whole minute, or of the first one while it runs; the busiest first.</summary>
    public IReadOnlyList<(string Stream, int PerMinute)> Top(int count)
    {
        lock (_gate)
        {
            Turn();
            return [.. (_before.Count > 0 ? _before : _now)
                .OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal)
                .Take(count).Select(one => (one.Key, one.Value * SampledOf))];
        }
    }

    /// <summary>An append to a stream. Only one caller at a time: the journal's writer.</summary>
    internal void Wrote(string stream)
    {
        if (++_skipped < SampledOf)
            return;
        _skipped = 0;
        lock (_gate)
        {
            Turn();
            if (_now.TryGetValue(stream, out var count) || _now.Count < StreamsMax)
            {
                _now[stream] = count + 1;
                return;
            }
            var least = _now.MinBy(one => one.Value);
            _now.Remove(least.Key);
            _now[stream] = least.Value + 1;
        }
    }

    private void Turn()
    {
        var passed = _clock.GetElapsedTime(_since);
        if (passed < s_window)
            return;
        (_before, _now) = (_now, _before);
        _now.Clear();
        if (passed >= 2 * s_window)
            _before.Clear(); // Nobody wrote in the last whole minute.
        _since = _clock.GetTimestamp();
    }
}
