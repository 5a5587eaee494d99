using System.Diagnostics;
using CustomerService.Storage.Journal;

namespace CustomerService.Storage.Writer;

/// <summary>An append on its way through the writer.</summary>
internal sealed class PendingAppend(Append append)
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Refused = 2;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;
    private int _state;

    public Append Append { get; } = append;

    /// <summary>Stored with its events: by it an interrupted commit is found again.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    public long Bytes { get; } = Size(append);

    public long EnqueuedAt { get; } = Stopwatch.GetTimestamp();

    public Task Completion => _completion.Task;

    /// <summary>Set by the engine: null where committed.</summary>
    public Exception? Outcome { get; set; }

    public void CancelWith(CancellationToken token)
    {
        if (token.CanBeCanceled)
            _registration = token.UnsafeRegister(static (state, token) =>
            {
                var self = (PendingAppend)state!;
                if (Interlocked.CompareExchange(ref self._state, Refused, Waiting) == Waiting)
                    self._completion.TrySetCanceled(token);
            }, this);
    }

    /// <summary>False where it was cancelled meanwhile. After true it runs to its end.</summary>
    public bool TryTake()
    {
        if (Interlocked.CompareExchange(ref _state, Taken, Waiting) != Waiting)
            return false;
        _registration.Dispose();
        return true;
    }

    /// <summary>Refuses one that was not taken.</summary>
    public void Refuse(Exception reason)
    {
        if (TryTake())
            _completion.TrySetException(reason);
    }

    public void Complete()
    {
        if (Outcome is null)
            _completion.TrySetResult();
        else
            _completion.TrySetException(Outcome);
    }

    private static long Size(Append append)
    {
        // Strings and headers are counted roughly: the bound protects memory, it is no account.
        long size = 512 + (2 * append.Stream.Length);
        foreach (var fact in append.Events)
            size += fact.Data.Length + fact.ContentHash.Length + 256;
        foreach (var effect in append.Owed)
            size += effect.Payload.Length + 512;
        foreach (var erasure in append.Erased)
            size += erasure.Data.Length + 64;
        return append.Row is null ? size : size + 1_024;
    }
}
