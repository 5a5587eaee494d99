namespace CustomerService.Simulation.Engine;

/// <summary>A machine's clocks: the steady one is the run's, the one on the wall may be set wrong.</summary>
internal sealed class MachineClock(World world) : TimeProvider
{
    /// <summary>How far ahead the wall clock is.</summary>
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => world.GetUtcNow() + Ahead;

    public override long GetTimestamp() => world.GetTimestamp();

    public override long TimestampFrequency => world.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        world.CreateTimer(callback, state, dueTime, period);
}
