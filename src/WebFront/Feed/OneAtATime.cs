using System.Collections.Concurrent;

namespace CustomerService.WebFront.Feed;

/// <summary>Work that is begun now and then and never overtakes itself.</summary>
internal sealed class OneAtATime(string what, ILogger log)
{
    private int _underWay;

    /// <summary>Begins the work unless it is under way. Never waits and never throws.</summary>
    public void Begin(Func<Task> work)
    {
        if (Interlocked.Exchange(ref _underWay, 1) == 0)
            _ = Run(work);
    }

    private async Task Run(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            log.LogWarning(e, "Failed and tried again later: {What}", what);
        }
        finally
        {
            Volatile.Write(ref _underWay, 0);
        }
    }
}

/// <summary>The same for many: each key's work never overtakes itself, and one that hangs holds up no other.</summary>
internal sealed class OneEachAtATime(string what, ILogger log)
{
    private readonly ConcurrentDictionary<string, byte> _underWay = new(StringComparer.Ordinal);

    /// <summary>Begins the work unless that key's is under way. Never waits and never throws.</summary>
    public void Begin(string key, Func<Task> work)
    {
        if (_underWay.TryAdd(key, 0))
            _ = Run(key, work);
    }

    private async Task Run(string key, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            log.LogWarning(e, "Failed and tried again later: {What}", what);
        }
        finally
        {
            _underWay.TryRemove(key, out _);
        }
    }
}
