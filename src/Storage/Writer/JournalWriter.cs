using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Database;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;
using Microsoft.Extensions.Logging;

namespace CustomerService.Storage.Writer;

/// <summary>
/// The one writer of a process. Whatever waits when the last transaction is on disk becomes the next transaction: under
/// load batches grow, alone an append waits for nobody. What waits is bounded in count and bytes.
/// </summary>
internal sealed class JournalWriter : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    // With the tick a list is two seconds behind at most. Under load most of what is merged would be one conversation's
    // next message: a row whose every index on activity changes costs the database more than an event.
    private static readonly TimeSpan CoalesceFor = TimeSpan.FromMilliseconds(1_700);

    // What waits for a transaction is gathered for a millisecond more from so many appends on, up to where another row costs
    // the database as much as it would alone. That takes a fifth of the processor time off a message and adds one to
    // three milliseconds to its answer; with fewer at a time nobody waits (docs/performance.md).
    private const int GatherFrom = 4;
    private const int GatherBelow = 64;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(1);

    // Rows of one transaction: on SQLite appends wait for it.
    private const int PieceRows = 100;

    private readonly Lock _gate = new();
    private readonly Queue<PendingAppend> _waiting = [];
    private readonly List<PendingAppend> _deferred = [];
    private readonly Queue<SmallWrite> _writes = [];
    private readonly HashSet<string> _streams = new(StringComparer.Ordinal); // Of the batch that is being taken.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _ticking = new();
    private readonly IJournalEngine _engine;
    private readonly StorageOptions _options;
    private readonly StorageMetrics _metrics;
    private readonly ILogger _log;
    private readonly TimeProvider _time; // Of the gathering alone: what is late is told by the machine's own clock.
    private readonly Task _running;
    private readonly Task _ticks;
    private CoalescedWrites _coalesced = new();
    private long _coalescedAt = Stopwatch.GetTimestamp();
    private long _waitingBytes;
    private long _progressAt;
    private Task _merging = Task.CompletedTask; // Only the ticks touch it, and the end after them.
    private bool _stopping;

    public JournalWriter(
        IJournalEngine engine, StorageOptions options, StorageMetrics metrics, ILogger log, TimeProvider? time = null)
    {
        (_engine, _options, _metrics, _log, _time) = (engine, options, metrics, log, time ?? TimeProvider.System);
        metrics.Waiting = () => WaitingCount;
        _running = Task.Run(Run);
        _ticks = Task.Run(TickOn);
    }

    public int WaitingCount
    {
        get
        {
            lock (_gate)
                return _waiting.Count + _deferred.Count;
        }
    }

    /// <summary>See <see cref="IJournal.Append"/>.</summary>
    public Task Append(Append append, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled(cancellationToken);
        var pending = new PendingAppend(append);
        lock (_gate)
        {
            if (_stopping)
                return Task.FromException(new JournalUnavailableException());
            if (_waiting.Count + _deferred.Count >= _options.WaitingCountMax
                || _waitingBytes + pending.Bytes > _options.WaitingBytesMax)
            {
                _metrics.Refused();
                return Task.FromException(new JournalOverloadedException());
            }
            _waiting.Enqueue(pending);
            _waitingBytes += pending.Bytes;
        }
        pending.CancelWith(cancellationToken);
        _signal.Writer.TryWrite(true);
        return pending.Completion;
    }

    /// <summary>Runs a statement in the writer's next transaction.</summary>
    public Task<List<T>> Write<T>(Statement statement, Func<DbDataReader, T> row)
    {
        var write = new SmallWrite<T>(statement, row);
        lock (_gate)
        {
            if (_stopping)
                return Task.FromException<List<T>>(new JournalUnavailableException());
            if (_writes.Count >= _options.WaitingCountMax)
                return Task.FromException<List<T>>(new JournalOverloadedException());
            _writes.Enqueue(write);
        }
        _signal.Writer.TryWrite(true);
        return write.Completion;
    }

    public void Touch(string id, ConversationActivity activity)
    {
        lock (_gate)
            _coalesced.Touch(id, activity);
    }

    public void MarkRead(string conversationId, string reader, long upTo)
    {
        lock (_gate)
            _coalesced.Mark(conversationId, reader, upTo);
    }

    public void Complete(IReadOnlyList<OwedEffect> effects)
    {
        lock (_gate)
        {
            foreach (var effect in effects)
                _coalesced.Complete(effect.Id);
        }
    }

    /// <summary>Takes nothing new, writes everything that waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _stopping = true;
        _signal.Writer.TryWrite(true);
        await _running.ConfigureAwait(false);
        await _ticking.CancelAsync().ConfigureAwait(false);
        await _ticks.ConfigureAwait(false);
        _ticking.Dispose();
        await _merging.ConfigureAwait(false);
        await WriteMerged().ConfigureAwait(false);
        await _engine.DisposeAsync().ConfigureAwait(false);
    }

    private async Task Run()
    {
        var last = false;
        while (!last)
        {
            await _signal.Reader.ReadAsync().ConfigureAwait(false);
            while (Take(out last) is { IsEmpty: false } batch)
            {
                await Write(batch).ConfigureAwait(false);
                // Enough waits as it is: a busy thread pool must not come first.
                if (WaitingCount >= GatherBelow)
                    continue;
                // A transaction costs nearly the same for one row and for ten.
                if (batch.Appends.Count is >= GatherFrom and < GatherBelow)
                    await Task.Delay(Gather, _time).ConfigureAwait(false);
                // After what the thread pool has to do already: some of that is on its way to append. An idle pool comes
                // back at once.
                else if (batch.Appends.Count > 1)
                    await Task.Yield();
            }
        }
    }

    private async Task Write(WriteBatch batch)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await _engine.Write(batch).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _log.LogError(failure, "The journal's writer does not know what became of {Count} appends.",
                batch.Appends.Count);
            foreach (var append in batch.Appends)
                append.Outcome = new AppendOutcomeUnknownException(failure);
            foreach (var write in batch.Writes)
                write.Outcome = new AppendOutcomeUnknownException(failure);
        }
        if (batch.Appends.Exists(static a => a.Outcome is null))
            Volatile.Write(ref _progressAt, Stopwatch.GetTimestamp());
        _metrics.Flushed(batch, started);
        foreach (var append in batch.Appends)
            append.Complete();
        foreach (var write in batch.Writes)
            write.Complete();
    }

    private WriteBatch Take(out bool last)
    {
        var batch = new WriteBatch();
        lock (_gate)
        {
            TakeAppends(batch);
            while (batch.Writes.Count < _options.BatchCountMax && _writes.TryDequeue(out var write))
                batch.Writes.Add(write);
            last = _stopping && batch.IsEmpty;
        }
        batch.Appends.Sort(static (x, y) => string.CompareOrdinal(x.Append.Stream, y.Append.Stream));
        return batch;
    }

    /// <summary>Writes what was merged, beside the batches: nobody waits for it, so it must not stand in an append's way.
    /// What fails is merged with what came meanwhile.</summary>
    private async Task WriteMerged()
    {
        CoalescedWrites merged;
        lock (_gate)
        {
            merged = _coalesced;
            _coalesced = new CoalescedWrites();
            _coalescedAt = Stopwatch.GetTimestamp();
        }
        foreach (var piece in merged.Pieces(PieceRows))
        {
            try
            {
                await _engine.Write(piece).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                _log.LogWarning(failure, "Merged writes were not written; the next flush tries again.");
                lock (_gate)
                {
                    // While stopping there is no later flush: what these carry is repaired at the next start.
                    if (!_stopping)
                        _coalesced.Merge(piece);
                }
            }
        }
    }

    private void TakeAppends(WriteBatch batch)
    {
        _streams.Clear();
        var bytes = 0L;
        if (_deferred.Count > 0)
        {
            var again = _deferred.ToArray();
            _deferred.Clear();
            foreach (var pending in again)
                Sort(pending);
        }
        while (batch.Appends.Count + _deferred.Count < _options.BatchCountMax && bytes < _options.BatchBytesMax
            && _waiting.TryDequeue(out var pending))
        {
            Sort(pending);
        }

        void Sort(PendingAppend pending)
        {
            // A second append of the same stream waits one transaction: it stands on the first.
            if (bytes >= _options.BatchBytesMax || _streams.Contains(pending.Append.Stream))
            {
                _deferred.Add(pending);
                return;
            }
            _waitingBytes -= pending.Bytes;
            if (!pending.TryTake())
                return;
            _streams.Add(pending.Append.Stream);
            bytes += pending.Bytes;
            batch.Appends.Add(pending);
        }
    }

    /// <summary>Sees to what no append triggers: coalesced writes that are due, and appends that have waited too long.
    /// Those were never sent.</summary>
    private async Task TickOn()
    {
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(_ticking.Token).ConfigureAwait(false))
            {
                var late = new List<PendingAppend>();
                var due = false;
                lock (_gate)
                {
                    while (_deferred.Count > 0 && IsLate(_deferred[0]))
                    {
                        late.Add(_deferred[0]);
                        _waitingBytes -= _deferred[0].Bytes;
                        _deferred.RemoveAt(0);
                    }
                    while (_waiting.TryPeek(out var first) && IsLate(first))
                    {
                        late.Add(_waiting.Dequeue());
                        _waitingBytes -= first.Bytes;
                    }
                    due = !_coalesced.IsEmpty && Stopwatch.GetElapsedTime(_coalescedAt) >= CoalesceFor;
                }
                // A database that is slow but works is overloaded; one that wrote nothing meanwhile is out of reach.
                var works = IsWithin(Volatile.Read(ref _progressAt));
                foreach (var append in late)
                    append.Refuse(works ? new JournalOverloadedException() : new JournalUnavailableException());
                if (due && _merging.IsCompleted)
                    _merging = WriteMerged();
            }
        }
        catch (OperationCanceledException)
        {
            // The writer has ended.
        }
    }

    private bool IsLate(PendingAppend append) => !IsWithin(append.EnqueuedAt);

    private bool IsWithin(long since) => since != 0 && Stopwatch.GetElapsedTime(since) <= _options.WaitMax;
}
