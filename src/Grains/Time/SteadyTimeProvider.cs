namespace CustomerService.Grains.Time;

/// <summary>
/// A clock that follows the monotonic one and only slews toward the wall clock: when the wall clock jumps by an hour,
/// deadlines do not all come due at once and time never runs backwards. Safe for calls from many threads.
/// </summary>
/// <param name="inner">The machine's clocks.</param>
public sealed class SteadyTimeProvider(TimeProvider inner) : TimeProvider
{
    /// <summary>Most it gains or loses against the monotonic clock: 1 second in 20. Real drift is a thousandth of that;
    /// an hour's jump is made up for within a day.</summary>
    public const double SlewMax = 0.05;

    private readonly Lock _gate = new();
    private DateTimeOffset _now = inner.GetUtcNow();
    private long _at = inner.GetTimestamp();

    /// <summary>The machine's own clocks.</summary>
    public SteadyTimeProvider()
        : this(System)
    {
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            var at = inner.GetTimestamp();
            var elapsed = inner.GetElapsedTime(_at, at);
            if (elapsed <= TimeSpan.Zero)
                return _now;
            _at = at;
            _now += elapsed;
            var slewMax = elapsed * SlewMax;
            var apart = inner.GetUtcNow() - _now;
            _now += apart > slewMax ? slewMax : apart < -slewMax ? -slewMax : apart;
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => inner.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
