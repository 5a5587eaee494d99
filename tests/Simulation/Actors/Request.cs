using System.Collections.Concurrent;
using System.Reflection;
using CustomerService.Simulation.Engine;
using Orleans.Concurrency;

namespace CustomerService.Simulation.Actors;

/// <summary>A call as it waits at an activation.</summary>
internal abstract class Request
{
    /// <summary>The activation that runs it.</summary>
    public Activation? At { get; set; }

    public virtual bool IsLocal => false;
    public virtual bool Interleaves => false;
    public abstract Task Execute(Grain target);
    public virtual void Finished() { }
    public virtual void Fail(Exception error) { }
}

/// <summary>A tick of a timer.</summary>
internal sealed class LocalRequest(Func<Task> callback) : Request
{
    public override bool IsLocal => true;
    public override Task Execute(Grain target) => callback();
}

/// <summary>What is known of a method of a contract, looked up once.</summary>
internal sealed class MethodShape
{
    private static readonly ConcurrentDictionary<MethodInfo, MethodShape> Known = [];

    private MethodShape(MethodInfo method)
    {
        Method = method;
        Name = method.Name;
        IsOneWay = method.GetCustomAttribute<OneWayAttribute>() is not null;
        Interleaves = method.GetCustomAttribute<AlwaysInterleaveAttribute>() is not null
            || method.GetCustomAttribute<ReadOnlyAttribute>() is not null;
        Invoker = MethodInvoker.Create(method);
        var result = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : typeof(bool);
        NewAnswer = typeof(Answer<>).MakeGenericType(result)
            .GetMethod(nameof(Answer<bool>.New), BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Func<Answer>>();
    }

    public MethodInfo Method { get; }
    public string Name { get; }
    public bool IsOneWay { get; }
    public bool Interleaves { get; }
    public MethodInvoker Invoker { get; }
    public Func<Answer> NewAnswer { get; }

    public static MethodShape Of(MethodInfo method) => Known.GetOrAdd(method, static each => new MethodShape(each));
}

/// <summary>The promise a caller holds.</summary>
internal abstract class Answer
{
    public abstract Task Task { get; }
    public abstract void Take(Task finished);
    public abstract void Fail(Exception error);

    /// <summary>For the trace.</summary>
    public static string Show(Task finished) => finished.Exception?.InnerException is { } error
        ? error.GetType().Name
        : finished.GetType().GetProperty("Result")?.GetValue(finished)?.ToString() ?? "";
}

/// <inheritdoc/>
internal sealed class Answer<T> : Answer
{
    private readonly TaskCompletionSource<T> _done = new();

    public override Task Task => _done.Task;

    public static Answer New() => new Answer<T>();

    public override void Take(Task finished)
    {
        if (finished.IsFaulted)
            _done.TrySetException(finished.Exception!.InnerExceptions);
        else if (finished.IsCanceled)
            _done.TrySetCanceled();
        else
            _done.TrySetResult(finished is Task<T> typed ? typed.Result : default!);
    }

    public override void Fail(Exception error) => _done.TrySetException(error);
}

/// <summary>A call of one grain by another, a front or the sweep.</summary>
internal sealed class CallRequest(
    Cluster cluster, Strand caller, GrainName grain, MethodShape shape, object?[] arguments, Answer? answer) : Request
{
    private Task? _finished;
    private bool _over;

    public Strand Caller => caller;
    public GrainName Grain => grain;
    public MethodShape Shape => shape;
    public object?[] Arguments => arguments;

    /// <summary>Where it went: when that silo is found dead, the caller is told.</summary>
    public Silo? Where { get; set; }
    public TimeSpan Deadline { get; init; }
    public int Hops { get; set; }
    public bool LoseReply { get; set; }
    public bool IsOver => _over || answer is null;
    public override bool Interleaves => shape.Interleaves;

    public override Task Execute(Grain target)
    {
        _finished = cluster.Invoke(this, target);
        return _finished;
    }

    public override void Finished()
    {
        if (answer is not null && !LoseReply)
            cluster.Reply(this, _finished!);
    }

    /// <summary>It arrives where it is to run.</summary>
    public void Deliver() => cluster.Deliver(this);

    /// <summary>Its answer arrives.</summary>
    public void Complete()
    {
        if (_over || answer is null)
            return;
        _over = true;
        answer.Take(_finished!);
    }

    public override void Fail(Exception error)
    {
        if (_over || answer is null)
            return;
        caller.Post(() =>
        {
            if (_over)
                return;
            _over = true;
            answer.Fail(error);
        });
    }

    public override string ToString() => $"{grain}.{shape.Name}";
}

/// <summary>A reference to a grain, as any code gets it from the factory.</summary>
internal class Reference : DispatchProxy
{
    private Cluster _cluster = null!;
    private GrainName _name = null!;

    public static T Create<T>(Cluster cluster, string key)
    {
        var proxy = Create<T, Reference>();
        var self = (Reference)(object)proxy!;
        (self._cluster, self._name) = (cluster, new GrainName(typeof(T), key));
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _cluster.Call(_name, MethodShape.Of(targetMethod!), args ?? []);
}
