namespace CustomerService.WebFront.Drain;

/// <summary>Whether this process wants new clients, as far as stopping goes. The health endpoint asks it, beside what it
/// checks of the database and the silo.</summary>
public interface IReadiness
{
    /// <summary>True from the moment the process begins to stop; never false again.</summary>
    bool IsDraining { get; }
}

internal sealed class Readiness : IReadiness
{
    private volatile bool _draining;

    public bool IsDraining => _draining;

    public void BeginDrain() => _draining = true;
}
