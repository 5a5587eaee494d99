using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Actors;

/// <summary>
/// Silos, the directory of activations and the calls between them, with what may go wrong: slow and lost messages,
/// answers that come after their time, silos that vanish and are missed only later, two activations of one grain.
/// </summary>
internal sealed class Cluster
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Activation> _directory = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Activation Second, Silo Seen)> _doubles = new(StringComparer.Ordinal);
    private readonly Queue<CallRequest> _outstanding = new();
    private readonly Dictionary<(Type, string), object> _references = [];
    private readonly FaultOptions _faults;
    private int _made;

    public Cluster(World world, FaultOptions faults)
    {
        (World, _faults) = (world, faults);
        Grains = new SimGrainFactory(this);
        world.After(TimeSpan.FromSeconds(1), world.Network, ExpireCalls);
    }

    public World World { get; }
    public IGrainFactory Grains { get; }
    public List<Silo> Silos { get; } = [];
    public IReadOnlyList<Silo> Living => [.. Silos.Where(silo => !silo.IsDead)];

    /// <summary>Where planted bugs change a call or its answer; null runs it as it is.</summary>
    public Func<CallRequest, Grain, Task?>? Intercept { get; set; }

    public T Reference<T>(string key)
    {
        if (!_references.TryGetValue((typeof(T), key), out var reference))
            _references.Add((typeof(T), key), reference = Actors.Reference.Create<T>(this, key)!);
        return (T)reference;
    }

    public object? Call(GrainName grain, MethodShape shape, object?[] arguments)
    {
        var caller = Strand.Current;
        var answer = shape.IsOneWay ? null : shape.NewAnswer();
        var request = new CallRequest(this, caller, grain, shape, arguments, answer) { Deadline = World.Now + CallTimeout };
        if (World.Traces)
            World.Trace($"{caller.Name} calls {request}");
        if (answer is not null)
            _outstanding.Enqueue(request);
        if (!World.Chance.Chance(_faults.LoseCall))
        {
            request.LoseReply = World.Chance.Chance(_faults.LoseReply);
            World.After(Latency(), World.Network, static state => ((CallRequest)state!).Deliver(), request);
        }
        return answer?.Task ?? Task.CompletedTask;
    }

    /// <summary>An activation would not take it: it goes to the next one.</summary>
    public void Reroute(Request request)
    {
        if (request is not CallRequest call)
            return;
        if (++call.Hops > 3)
            call.Fail(new SiloUnavailableException("Forwarded too often."));
        else
            World.After(Latency(), World.Network, static state => ((CallRequest)state!).Deliver(), call);
    }

    public Task Invoke(CallRequest call, Grain grain)
    {
        if (Intercept?.Invoke(call, grain) is { } instead)
            return instead;
        try
        {
            return (Task)call.Shape.Invoker.Invoke(grain, call.Arguments.AsSpan())!;
        }
        catch (Exception error) when (error is not SimulationException)
        {
            return Task.FromException(error);
        }
    }

    public void Reply(CallRequest call, Task finished)
    {
        if (World.Traces)
            World.Trace($"{call} answers {Answer.Show(finished)}");
        World.After(Latency(), call.Caller, static state => ((CallRequest)state!).Complete(), call);
    }

    /// <summary>It takes no more requests: the next one makes another.</summary>
    public void Left(Activation activation, string why)
    {
        if (World.Traces)
            World.Trace($"{activation.Name} leaves: {why}");
        var name = activation.Grain.Full;
        if (_directory.TryGetValue(name, out var known) && ReferenceEquals(known, activation))
            _directory.Remove(name);
        if (_doubles.TryGetValue(name, out var other) && ReferenceEquals(other.Second, activation))
            _doubles.Remove(name);
        activation.Silo.Activations.Remove(activation);
    }

    public void Kill(Silo silo, TimeSpan detectedAfter)
    {
        World.Trace($"{silo} is killed");
        silo.IsDead = true;
        silo.SweepStrand?.Kill();
        foreach (var activation in silo.Activations.ToArray())
            activation.Crash();
        World.After(detectedAfter, World.Network, () =>
        {
            World.Trace($"{silo} is missed");
            foreach (var activation in silo.Activations.ToArray())
                Left(activation, "its silo is dead");
            foreach (var call in _outstanding.Where(call => !call.IsOver && call.Where == silo).ToArray())
                call.Fail(new SiloUnavailableException("The silo is gone."));
        });
    }

    /// <summary>One activation vanishes, as by a fault of its own; the directory knows at once.</summary>
    public void Crash(Activation activation)
    {
        Left(activation, "crashes");
        activation.Crash();
    }

    /// <summary>From now on callers on one silo find another activation of that grain.</summary>
    public void Double(Activation activation)
    {
        if (Living.Count < 2)
            return;
        var silo = World.Chance.Pick(Living);
        var name = activation.Grain.Full;
        if (_doubles.ContainsKey(name))
            return;
        World.Trace($"{activation.Name} is doubled for {silo}");
        var second = Make(silo, activation.Grain);
        _doubles.Add(name, (second, silo));
        second.Start();
        World.After(TimeSpan.FromSeconds(20), World.Network, () =>
        {
            if (_doubles.TryGetValue(name, out var held) && ReferenceEquals(held.Second, second))
                second.Leave("it is one too many");
        });
    }

    /// <summary>Ends all doubles: the faults are over.</summary>
    public void EndDoubles()
    {
        foreach (var (second, _) in _doubles.Values.ToArray())
            second.Strand.Post(() => second.Leave("it is one too many"));
    }

    /// <summary>All that live, in the order of their names.</summary>
    public IReadOnlyList<Activation> Activations => 
        [.. _directory.Values.Where(activation => activation.Takes).OrderBy(activation => activation.Grain.Full, StringComparer.Ordinal)];

    internal void Deliver(CallRequest call)
    {
        var activation = Find(call);
        if (activation is null)
        {
            call.Fail(new SiloUnavailableException("No silo."));
            return;
        }
        call.Where = activation.Silo;
        if (activation.Strand.IsDead)
        {
            // Its silo is dead and not yet missed: sometimes the socket says so, sometimes nobody does.
            if (World.Chance.Chance(0.5))
                call.Fail(new SiloUnavailableException("Connection refused."));
            return;
        }
        activation.Receive(call);
    }

    private Activation? Find(CallRequest call)
    {
        var name = call.Grain.Full;
        if (_doubles.Count > 0 && _doubles.TryGetValue(name, out var doubled) && doubled.Second.Takes
            && (call.Caller.Silo == doubled.Seen || (call.Caller.Silo is null && World.Chance.Chance(0.5))))
            return doubled.Second;
        if (_directory.TryGetValue(name, out var known))
        {
            if (known.Takes || known.Strand.IsDead)
                return known;
        }
        var living = Living;
        if (living.Count == 0)
            return null;
        var silo = call.Caller.Silo is { IsDead: false } own && World.Chance.Chance(0.3) ? own : World.Chance.Pick(living);
        var made = Make(silo, call.Grain);
        _directory[name] = made;
        made.Start();
        return made;
    }

    private Activation Make(Silo silo, GrainName grain)
    {
        var activation = new Activation(this, silo, grain, $"{grain.Short}#{++_made}@{silo}");
        silo.Activations.Add(activation);
        return activation;
    }

    private TimeSpan Latency()
    {
        if (World.Chance.Chance(_faults.DelayCall))
            return World.Chance.Milliseconds(5, 3_000);
        return World.Chance.Milliseconds(0.02, 0.6);
    }

    private void ExpireCalls()
    {
        while (_outstanding.TryPeek(out var oldest) && (oldest.IsOver || oldest.Deadline <= World.Now))
        {
            _outstanding.Dequeue();
            if (!oldest.IsOver)
            {
                if (World.Traces)
                    World.Trace($"{oldest.Caller.Name} waited too long for {oldest}");
                oldest.Fail(new TimeoutException("No answer in time."));
            }
        }
        World.After(TimeSpan.FromSeconds(1), World.Network, ExpireCalls);
    }
}

/// <summary>A grain's contract and key, and its names, put together once.</summary>
internal sealed class GrainName(Type contract, string key)
{
    public Type Contract => contract;
    public string Key => key;
    public string Full { get; } = contract.Name + "/" + key;
    public string Short { get; } = contract.Name[1..].Replace("Grain", "", StringComparison.Ordinal) + "/" + key;
    public override string ToString() => Full;
}

/// <summary>The factory that grains, fronts and the sweep get.</summary>
internal sealed class SimGrainFactory(Cluster cluster) : IGrainFactory
{
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => As<TGrainInterface>(primaryKey);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => As<TGrainInterface>("0");

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => throw Unused();

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey => throw Unused();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey => throw Unused();

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => throw Unused();

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => throw Unused();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw Unused();
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw Unused();
    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw Unused();
    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw Unused();
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw Unused();
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable => throw Unused();
    public IAddressable GetGrain(GrainId grainId) => throw Unused();
    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => throw Unused();
    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw Unused();
    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => throw Unused();

    private T As<T>(string key) => cluster.Reference<T>(key);

    private static NotSupportedException Unused() => new("The simulation hosts grains with string keys only.");
}
