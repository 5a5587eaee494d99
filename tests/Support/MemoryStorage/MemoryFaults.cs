using CustomerService.Storage.Journal;

namespace CustomerService.Support.MemoryStorage;

/// <summary>One call of the storage, as a fault hook sees it.</summary>
/// <param name="Operation">Name of the method, such as <c>Append</c>.</param>
/// <param name="Target">The stream, row or name it is about.</param>
/// <param name="Append">Of an append: what is written.</param>
public sealed record StorageCall(string Operation, string Target, Append? Append = null);

/// <summary>Where tests break the storage: both hooks may wait (a barrier, a slow disk) or throw.</summary>
public sealed class MemoryFaults
{
    /// <summary>Runs before anything is read or written: what it throws was not stored.</summary>
    public Func<StorageCall, Task>? Before { get; set; }

    /// <summary>Runs after the work is done: an append it throws for is stored all the same. Throw
    /// <see cref="AppendOutcomeUnknownException"/> here for the ambiguous commit.</summary>
    public Func<StorageCall, Task>? After { get; set; }

    /// <summary>The next call that matches throws before anything is stored.</summary>
    public void FailNext(Func<StorageCall, bool> match, Func<Exception> error) =>
        Before = Once(match, error, () => Before = null);

    /// <summary>The next call that matches is done, then throws.</summary>
    public void FailNextAfter(Func<StorageCall, bool> match, Func<Exception> error) =>
        After = Once(match, error, () => After = null);

    /// <summary>The next append to streams of that prefix is stored, but its caller can't know.</summary>
    public void CommitThenUnknown(string streamPrefix) => FailNextAfter(
        call => call.Operation == nameof(IJournal.Append) && call.Target.StartsWith(streamPrefix, StringComparison.Ordinal),
        () => new AppendOutcomeUnknownException());

    internal Task<T> Around<T>(StorageCall call, Func<T> work)
    {
        var waits = Before?.Invoke(call) ?? Task.CompletedTask;
        if (!waits.IsCompleted)
            return Later(waits, call, work);
        if (waits.Exception is { } error)
            return Task.FromException<T>(error.InnerException!);
        return After is null ? Done(work) : Later(waits, call, work);
    }

    internal Task Around(StorageCall call, Action work) => Around(call, () =>
    {
        work();
        return true;
    });

    private async Task<T> Later<T>(Task waits, StorageCall call, Func<T> work)
    {
        await waits;
        var result = work();
        if (After is { } after)
            await after(call);
        return result;
    }

    private static Task<T> Done<T>(Func<T> work)
    {
        try
        {
            return Task.FromResult(work());
        }
        catch (Exception error)
        {
            return Task.FromException<T>(error);
        }
    }

    private static Func<StorageCall, Task> Once(Func<StorageCall, bool> match, Func<Exception> error, Action clear)
    {
        var left = 1;
        return call =>
        {
            if (!match(call) || Interlocked.Exchange(ref left, 0) == 0)
                return Task.CompletedTask;
            clear();
            return Task.FromException(error());
        };
    }
}
