using System.Data.Common;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Writer;

/// <summary>Everything of one transaction. The engine sets the outcome of each part before its task ends.</summary>
internal sealed class WriteBatch
{
    /// <summary>Sorted by stream; a stream occurs once at most, so that appends of a batch never depend on each
    /// other.</summary>
    public List<PendingAppend> Appends { get; } = [];

    public List<SmallWrite> Writes { get; } = [];

    public bool IsEmpty => Appends.Count == 0 && Writes.Count == 0;
}

/// <summary>A statement that shares the writer's transaction. A failure of its own leaves the others alone.</summary>
internal abstract class SmallWrite(Statement statement)
{
    public Statement Statement { get; } = statement;

    /// <summary>Set by the engine: null where committed.</summary>
    public Exception? Outcome { get; set; }

    /// <summary>Takes a row that RETURNING gave.</summary>
    public abstract void Row(DbDataReader row);

    /// <summary>Forgets the rows of an attempt that was rolled back.</summary>
    public abstract void Reset();

    public abstract void Complete();
}

internal sealed class SmallWrite<T>(Statement statement, Func<DbDataReader, T> row) : SmallWrite(statement)
{
    private readonly TaskCompletionSource<List<T>> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<T> _rows = [];

    public Task<List<T>> Completion => _completion.Task;

    public override void Row(DbDataReader row1) => _rows.Add(row(row1));

    public override void Reset() => _rows.Clear();

    public override void Complete()
    {
        if (Outcome is null)
            _completion.TrySetResult(_rows);
        else
            _completion.TrySetException(Outcome);
    }
}

/// <summary>Writes to one database. Batches come one at a time, and so do merged writes; the two may overlap.</summary>
internal interface IJournalEngine : IAsyncDisposable
{
    /// <summary>Writes a batch and sets every outcome in it. Throws only when it can't say what happened.</summary>
    Task Write(WriteBatch batch);

    /// <summary>Writes what was merged, in a transaction of its own that no append waits for. Throws where it is not known
    /// to be written: it may be given again.</summary>
    Task Write(CoalescedWrites coalesced);
}
