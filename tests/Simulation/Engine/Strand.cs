namespace CustomerService.Simulation.Engine;

/// <summary>
/// One line of execution: an activation, a front, a client, the database. What awaits on it resumes on it, one piece at a
/// time and in the order of becoming ready; between pieces others run. A dead one runs nothing any more: whatever it was
/// in the middle of ends at the await it stood at.
/// </summary>
internal sealed class Strand(World world, string name) : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _waiting = new();

    public string Name => name;

    /// <summary>The silo it lives on; null where it lives elsewhere.</summary>
    public Actors.Silo? Silo { get; init; }

    public bool IsDead { get; private set; }

    /// <summary>Held up until then: a process that was stopped and goes on later.</summary>
    public long FrozenUntil { get; set; }

    internal bool IsReady { get; set; }

    internal int Waiting => _waiting.Count;

    internal static readonly SendOrPostCallback RunAction = static action => ((Action)action!)();

    public static new Strand Current => (Strand)SynchronizationContext.Current!;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!world.IsOwnThread(this) || IsDead)
            return;
        _waiting.Enqueue((d, state));
        world.Ready(this);
    }

    public void Post(Action action) => Post(RunAction, action);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nothing may block in a simulation.");

    public override SynchronizationContext CreateCopy() => this;

    public void Kill()
    {
        IsDead = true;
        _waiting.Clear();
    }

    internal void RunOne()
    {
        var (callback, state) = _waiting.Dequeue();
        Run(callback, state);
    }

    internal void Run(SendOrPostCallback callback, object? state)
    {
        SetSynchronizationContext(this);
        callback(state);
    }
}
