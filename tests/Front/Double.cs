using System.Reflection;
using System.Runtime.ExceptionServices;

namespace CustomerService.FrontTests;

/// <summary>Stands in for an interface with an object that has the methods a test needs; any other one fails.</summary>
public class Double : DispatchProxy
{
    private object _target = null!;

    public static T Of<T>(object target)
        where T : class
    {
        var proxy = Create<T, Double>();
        ((Double)(object)proxy)._target = target;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var name = targetMethod!.Name;
        var parameters = targetMethod.GetParameters().Select(p => p.ParameterType).ToArray();
        if (name == "GetGrain" && _target is World world)
            return world.GetGrain(targetMethod.GetGenericArguments()[0], args![0]!);
        var method = _target.GetType().GetMethod(name, parameters)
            ?? throw new NotSupportedException($"{_target.GetType().Name} stands in without {name}.");
        try
        {
            return method.Invoke(_target, args);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }
}
