using System.Reflection;
using CustomerService.Simulation.Engine;
using Orleans.Concurrency;
using Orleans.Core;
using Orleans.Timers;

namespace CustomerService.Simulation.Actors;

/// <summary>
/// One activation: a grain object, its strand and its queue of requests. As in Orleans one request runs at a time unless
/// class or method allow otherwise, while continuations of whatever was started without awaiting run in between.
/// </summary>
internal sealed class Activation : IGrainContext, IGrainRuntime, ITimerRegistry, IServiceProvider
{
    private delegate void SetContext(IGrainContext? context, out IGrainContext? before);

    private static readonly SetContext Enter = typeof(Grain).Assembly.GetType("Orleans.Runtime.RuntimeContext", throwOnError: true)!
        .GetMethod("SetExecutionContext", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!
        .CreateDelegate<SetContext>();

    private readonly Cluster _cluster;
    private readonly Queue<Request> _requests = new();
    private readonly List<SimTimer> _timers = [];
    private Grain? _grain;
    private bool _interleaves;
    private int _running;
    private bool _leaving;
    private readonly TaskCompletionSource _deactivated = new();

    public Activation(Cluster cluster, Silo silo, GrainName grain, string name)
    {
        (_cluster, Silo, Grain) = (cluster, silo, grain);
        Strand = new Strand(cluster.World, name) { Silo = silo };
        GrainId = GrainId.Create(grain.Contract.Name, grain.Key);
    }

    public Silo Silo { get; }
    public GrainName Grain { get; }
    public string Key => Grain.Key;
    public Strand Strand { get; }
    public string Name => Strand.Name;

    /// <summary>Nothing runs and nothing waits.</summary>
    public bool IsIdle => _state == State.Active && _running == 0 && _requests.Count == 0;

    /// <summary>Takes requests, now or once it has begun.</summary>
    public bool Takes => !Strand.IsDead && !_leaving && _state != State.Gone;

    /// <summary>Reads of stored state, done before the grain begins.</summary>
    public List<Func<Task>> Snapshots { get; } = [];

    private State _state = State.Starting;

    private enum State
    {
        Starting,
        Active,
        Gone,
    }

    /// <summary>Begins to live: constructor, stored snapshot, activation, then what waited.</summary>
    public void Start() => Strand.Post(() => _cluster.World.Spawn(Begin));

    /// <summary>A request arrives.</summary>
    public void Receive(Request request)
    {
        if (_state == State.Gone || _leaving)
        {
            _cluster.Reroute(request);
            return;
        }
        _requests.Enqueue(request);
        Pump();
    }

    /// <summary>Ends it once what runs has ended; what waits goes to the next activation.</summary>
    public void Leave(string why)
    {
        if (_leaving || _state == State.Gone)
            return;
        _leaving = true;
        _cluster.Left(this, why);
        while (_requests.TryDequeue(out var request))
        {
            if (request.IsLocal)
                continue;
            _cluster.Reroute(request);
        }
        if (_running == 0 && _state == State.Active)
            Strand.Post(() => _cluster.World.Spawn(Finish));
    }

    /// <summary>It is gone at this very moment, wherever it stood.</summary>
    public void Crash()
    {
        _state = State.Gone;
        Strand.Kill();
        _requests.Clear();
        foreach (var timer in _timers)
            timer.Dispose();
    }

    private async Task Begin()
    {
        try
        {
            _grain = Construct();
            _interleaves = _grain.GetType().GetCustomAttribute<ReentrantAttribute>() is not null
                || _grain.GetType().GetCustomAttribute<StatelessWorkerAttribute>() is not null;
            foreach (var read in Snapshots)
                await read();
            await _grain.OnActivateAsync(CancellationToken.None);
            _state = State.Active;
        }
        catch (Exception error) when (error is not SimulationException)
        {
            _state = State.Gone;
            _cluster.Left(this, "could not begin: " + error.GetType().Name);
            while (_requests.TryDequeue(out var request))
                request.Fail(new OrleansException("The activation could not begin.", error));
            return;
        }
        if (_leaving)
            _cluster.World.Spawn(Finish);
        else
            Pump();
    }

    private Grain Construct()
    {
        Enter(this, out var before);
        try
        {
            return Silo.Maker.Make(Grain.Contract, Key, this);
        }
        finally
        {
            Enter(before, out _);
        }
    }

    private void Pump()
    {
        if (_state != State.Active)
            return;
        while (_requests.TryPeek(out var next) && (_running == 0 || _interleaves || next.Interleaves))
        {
            _requests.Dequeue();
            _running++;
            next.At = this;
            Strand.Post(static state => _ = ((Request)state!).At!.Run((Request)state), next);
        }
    }

    private async Task Run(Request request)
    {
        try
        {
            await request.Execute(_grain!);
        }
        catch (SimulationException error)
        {
            _cluster.World.Fail(error);
        }
        catch (Exception)
        {
            // The request carries it to whoever asked.
        }
        request.Finished();
        _running--;
        if (_leaving && _running == 0)
            _cluster.World.Spawn(Finish);
        else
            Pump();
    }

    private async Task Finish()
    {
        if (_state == State.Gone)
            return;
        _state = State.Gone;
        foreach (var timer in _timers)
            timer.Dispose();
        try
        {
            await _grain!.OnDeactivateAsync(
                new DeactivationReason(DeactivationReasonCode.ApplicationRequested, ""), CancellationToken.None);
        }
        catch (Exception error) when (error is not SimulationException)
        {
            if (_cluster.World.Traces)
                _cluster.World.Trace($"{Name} failed while leaving: {error.Message}");
        }
        // Its strand lives on, as in Orleans: what was started and not awaited goes on.
    }

    internal void Tick(Func<Task> callback) => Receive(new LocalRequest(callback));

    // What Orleans gives a grain.
    public GrainReference GrainReference => null!;
    public GrainId GrainId { get; }
    public object? GrainInstance => _grain;
    public ActivationId ActivationId => default;
    public GrainAddress Address => null!;
    public IServiceProvider ActivationServices => this;
    public IGrainLifecycle ObservableLifecycle => throw new NotSupportedException("A grain's life cycle.");
    public IWorkItemScheduler Scheduler => throw new NotSupportedException("A scheduler by itself.");
    public Task Deactivated => _deactivated.Task;
    public object GetService(Type serviceType) =>
        serviceType.IsInstanceOfType(this) ? this : throw new NotSupportedException($"No service {serviceType}.");
    public TTarget? GetTarget<TTarget>() where TTarget : class => _grain as TTarget;
    public object? GetTarget() => _grain;
    public object? GetComponent(Type componentType) => null;
    public void SetComponent<TComponent>(TComponent? value) where TComponent : class => throw new NotSupportedException();
    public void ReceiveMessage(object message) => throw new NotSupportedException();
    public void Activate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) { }
    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) => Leave("asked to");
    public void Rehydrate(IRehydrationContext context) => throw new NotSupportedException();
    public void Migrate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);
    public override int GetHashCode() => 0;

    public string SiloIdentity => Silo.Name;
    public SiloAddress SiloAddress => throw new NotSupportedException("A silo's address.");
    public IGrainFactory GrainFactory => _cluster.Grains;
    public ITimerRegistry TimerRegistry => this;
    public IServiceProvider ServiceProvider => this;
    public TimeProvider TimeProvider => _cluster.World;
    public void DeactivateOnIdle(IGrainContext grainContext) => Leave("asked to");
    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) { }
    public IStorage<TGrainState> GetStorage<TGrainState>(IGrainContext grainContext) => throw new NotSupportedException();

    public IDisposable RegisterTimer(
        IGrainContext grainContext, Func<object?, Task> asyncCallback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("Grain timers of the old kind.");

    public IGrainTimer RegisterGrainTimer<TState>(
        IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state,
        GrainTimerCreationOptions options)
    {
        var timer = new SimTimer(this, _cluster.World, () => callback(state, CancellationToken.None));
        _timers.Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }
}

/// <summary>A grain timer: its ticks are requests of the activation, so they interleave with nothing.</summary>
internal sealed class SimTimer(Activation activation, World world, Func<Task> callback) : IGrainTimer
{
    private long _generation;
    private TimeSpan _period;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        var generation = ++_generation;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
            world.After(dueTime, activation.Strand, () => Due(generation));
    }

    public void Dispose() => _generation++;

    private void Due(long generation)
    {
        if (generation != _generation)
            return;
        activation.Tick(callback);
        if (_period != Timeout.InfiniteTimeSpan && _period > TimeSpan.Zero)
            world.After(_period, activation.Strand, () => Due(generation));
    }
}
