using System.Globalization;
using System.Text;

namespace CustomerService.Simulation.Engine;

/// <summary>Something the simulation itself must never see happen.</summary>
public sealed class SimulationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Time, chance and scheduling of one run, all on one thread and from one seed.</summary>
internal sealed class World : TimeProvider
{
    /// <summary>The wall clock at time zero of a run.</summary>
    public static readonly DateTimeOffset Epoch = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Waiting, (long At, long Order)> _timers = new(1_024);
    private readonly Stack<Waiting> _spare = new();
    private readonly List<Strand> _ready = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly StringBuilder? _trace;
    private volatile Exception? _failure;
    private long _now;
    private long _order;

    public World(ulong seed, bool traces)
    {
        Chance = new Prng(seed);
        _trace = traces ? new StringBuilder() : null;
        Network = new Strand(this, "network");
    }

    public Prng Chance { get; }

    /// <summary>Where things run that belong to nobody: messages under way, the faults' plan.</summary>
    public Strand Network { get; }

    /// <summary>Pieces of work run so far.</summary>
    public long Steps { get; private set; }

    public TimeSpan Now => new(_now);

    public long NowMs => _now / TimeSpan.TicksPerMillisecond;

    public bool Traces => _trace is not null;

    public string TraceText => _trace?.ToString() ?? "";

    public override DateTimeOffset GetUtcNow() => Epoch + new TimeSpan(_now);

    public override long GetTimestamp() => _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("Grains wait by deadlines and grain timers only.");

    /// <summary>One line of the trace; guard calls that build text by <see cref="Traces"/>.</summary>
    public void Trace(string text)
    {
        if (_trace is null)
            return;
        _trace.Append(string.Create(CultureInfo.InvariantCulture, $"{_now / 10_000_000.0,11:f6} ")).Append(text).Append('\n');
    }

    /// <summary>Runs <paramref name="action"/> on a strand after a time, unless the strand died meanwhile.</summary>
    public void After(TimeSpan wait, Strand strand, Action action) => After(wait, strand, Strand.RunAction, action);

    /// <inheritdoc cref="After(TimeSpan, Strand, Action)"/>
    public void After(TimeSpan wait, Strand strand, SendOrPostCallback callback, object? state)
    {
        if (!_spare.TryPop(out var waiting))
            waiting = new Waiting();
        (waiting.Strand, waiting.Callback, waiting.State) = (strand, callback, state);
        _timers.Enqueue(waiting, (_now + Math.Max(0, wait.Ticks), ++_order));
    }

    /// <summary>Waits on the current strand.</summary>
    public Pause Delay(TimeSpan wait) => new(this, wait);

    /// <summary>Fails on the current strand after a time: what waits for it is told, nothing is thrown on the way.</summary>
    public Task FailAfter(TimeSpan wait, Exception error)
    {
        var done = new TaskCompletionSource();
        After(wait, Strand.Current, () => done.SetException(error));
        return done.Task;
    }

    /// <summary>Starts something nobody waits for. What it throws is a mistake of the simulation and ends the run.</summary>
    public void Spawn(Func<Task> work)
    {
        _ = Watch();

        async Task Watch()
        {
            try
            {
                await work();
            }
            catch (Exception error)
            {
                Fail(error);
            }
        }
    }

    /// <summary>Ends the run.</summary>
    public void Fail(Exception error) => _failure ??= error;

    /// <summary>Does something outside the simulated world: storage answers at once there.</summary>
    public static T Outside<T>(Func<T> work)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Runs until that time has come or nothing is left to do.</summary>
    public void RunUntil(TimeSpan end)
    {
        var outer = SynchronizationContext.Current;
        try
        {
            while (true)
            {
                if (_failure is not null)
                    throw new SimulationException(_failure.Message, _failure);
                if (_ready.Count > 0)
                {
                    var index = _ready.Count == 1 ? 0 : Chance.Below(_ready.Count);
                    RunOne(index);
                }
                else if (_timers.TryPeek(out _, out var due) && due.At <= end.Ticks)
                {
                    Due(due.At);
                }
                else
                {
                    _now = Math.Max(_now, end.Ticks);
                    if (_failure is null)
                        return;
                }
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    /// <summary>The end: nothing is left to run.</summary>
    public void Forget()
    {
        _timers.Clear();
        _ready.Clear();
    }

    /// <summary>False, and the run ends, where something resumes from another thread: it could not be replayed.</summary>
    internal bool IsOwnThread(Strand strand)
    {
        if (Environment.CurrentManagedThreadId == _thread)
            return true;
        _failure ??= new SimulationException(
            $"Something resumed {strand.Name} from another thread: it can't be replayed.\n{Environment.StackTrace}");
        return false;
    }

    internal void Ready(Strand strand)
    {
        if (strand.IsReady)
            return;
        strand.IsReady = true;
        _ready.Add(strand);
    }

    /// <summary>The next timer. Nothing else is ready, so what it waited for runs at once.</summary>
    private void Due(long at)
    {
        var waiting = _timers.Dequeue();
        _now = Math.Max(_now, at);
        var strand = waiting.Strand;
        if (strand.FrozenUntil > _now)
        {
            _timers.Enqueue(waiting, (strand.FrozenUntil, ++_order));
            return;
        }
        var (callback, state) = (waiting.Callback, waiting.State);
        (waiting.Strand, waiting.Callback, waiting.State) = (null!, null!, null);
        _spare.Push(waiting);
        if (strand.IsDead)
            return;
        if (strand.Waiting > 0)
        {
            strand.Post(callback, state); // It stood still: what came before goes first.
            return;
        }
        Steps++;
        strand.Run(callback, state);
    }

    private void RunOne(int index)
    {
        var strand = _ready[index];
        if (strand.IsDead || strand.Waiting == 0 || strand.FrozenUntil > _now)
        {
            Leave(index, strand);
            if (!strand.IsDead && strand.Waiting > 0)
                After(new TimeSpan(strand.FrozenUntil - _now), Network, () => Ready(strand));
            return;
        }
        Steps++;
        strand.RunOne();
        if (strand.Waiting == 0 && index < _ready.Count && ReferenceEquals(_ready[index], strand))
            Leave(index, strand);
    }

    private void Leave(int index, Strand strand)
    {
        strand.IsReady = false;
        _ready[index] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
    }

    /// <summary>Something to run at its time; used again and again.</summary>
    private sealed class Waiting
    {
        public Strand Strand { get; set; } = null!;
        public SendOrPostCallback Callback { get; set; } = null!;
        public object? State { get; set; }
    }
}

/// <summary>A wait in virtual time: awaited once, at once, on the strand that is to go on.</summary>
internal readonly struct Pause(World world, TimeSpan wait) : System.Runtime.CompilerServices.ICriticalNotifyCompletion
{
    public bool IsCompleted => false;

    public Pause GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => world.After(wait, Strand.Current, continuation);

    public void UnsafeOnCompleted(Action continuation) => world.After(wait, Strand.Current, continuation);

    /// <summary>The same as a task.</summary>
    public async Task AsTask() => await this;
}
