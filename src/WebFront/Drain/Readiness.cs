namespace CustomerService.WebFront.Drain;

/// <summary>Whether this process wants new clients, as far as stopping goes. The health endpoint asks it, beside what it
/// checks of the database and the silo.</summary>
public interface IReadiness
{
    /// <summary>True from the moment the process begins to stop, and never false again; also for the length of a maintenance
    /// window.</summary>
    bool IsDraining { get; }
}

internal sealed class Readiness : IReadiness
{
    private volatile bool _draining, _paused;

    public bool IsDraining => _draining || _paused;

    /// <summary>It may take people again without being started anew.</summary>
    public bool IsPaused => _paused;

    public void BeginDrain() => _draining = true;

    public void Pause() => _paused = true;

    public void Resume() => _paused = false;
}
