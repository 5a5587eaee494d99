using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Runs;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;
using CustomerService.Support.MemoryStorage;
using System.Collections.Immutable;

namespace CustomerService.Simulation.Storage;

/// <summary>
/// The database of a run: the storage seam in memory, with a database's manners. A commit happens on the database's own
/// strand, so that it may land although the silo that asked for it is dead by then; answers may be lost, late or unsure.
/// </summary>
internal sealed class SimStore
{
    private readonly World _world;
    private readonly FaultOptions _faults;
    private readonly Dictionary<string, long> _changes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<long>> _commits = new(StringComparer.Ordinal);

    public SimStore(World world, FaultOptions faults)
    {
        (_world, _faults) = (world, faults);
        Strand = new Strand(world, "database");
        Database.Faults.Before = Before;
        Journal = new SimJournal(this);
        Index = new SimIndex(Database.Index, world);
        Outbox = new SimOutbox(Database.Outbox, world);
    }

    public MemoryDatabase Database { get; } = new();
    public Strand Strand { get; }
    public IJournal Journal { get; set; }
    public IConversationIndex Index { get; set; }
    public IOutbox Outbox { get; set; }
    public SnapshotStore Snapshots { get; } = new();
    public World World => _world;
    public FaultOptions Faults => _faults;

    /// <summary>Where planted bugs change what is written.</summary>
    public Func<Append, Append?>? Alter { get; set; }

    /// <summary>Answers an append before it is committed: a planted bug.</summary>
    public bool AcksBeforeCommit { get; set; }

    /// <summary>All streams, by name, and when each of their events was committed, ms.</summary>
    public IReadOnlyDictionary<string, List<long>> Commits => _commits;

    /// <summary>When that conversation, or one of that queue, last changed in more than its messages, ms.</summary>
    public long LastChange(string id) => _changes.GetValueOrDefault(id);

    /// <summary>Called after each commit with the stream and the events' versions.</summary>
    public Action<Append, long>? Committed { get; set; }

    private Task Before(StorageCall call)
    {
        if (SynchronizationContext.Current is not Engine.Strand current || current == Strand || call.Operation == nameof(IJournal.Append))
            return Task.CompletedTask;
        if (_faults.Outage || _world.Chance.Chance(_faults.FailRead))
            return _world.FailAfter(_world.Chance.Milliseconds(0.1, 200), new JournalUnavailableException());
        if (_world.Chance.Chance(_faults.SlowRead))
            return _world.Delay(_world.Chance.Milliseconds(20, 2_000)).AsTask();
        // Most reads take no time at all: a step less to simulate, and an interleaving less.
        return _world.Chance.Chance(0.25) ? _world.Delay(_world.Chance.Milliseconds(0.05, 2)).AsTask() : Task.CompletedTask;
    }

    internal Task Append(Append append)
    {
        if (Alter is not null)
        {
            if (Alter(append) is not { } altered)
                return Task.CompletedTask;
            append = altered;
        }
        var chance = _world.Chance;
        if (chance.Chance(_faults.AppendOverloaded))
            return Task.FromException(new JournalOverloadedException());
        if (_faults.Outage || chance.Chance(_faults.AppendUnavailable))
            return _world.FailAfter(chance.Milliseconds(0.1, 300), new JournalUnavailableException());
        var wait = chance.Chance(_faults.SlowAppend) ? chance.Milliseconds(100, 6_000) : chance.Milliseconds(0.2, 3);
        var caller = Engine.Strand.Current;
        if (chance.Chance(_faults.UnknownNotStored))
            return _world.FailAfter(wait, new AppendOutcomeUnknownException());
        var later = chance.Chance(_faults.UnknownStoredLater);
        var unsure = later || chance.Chance(_faults.CommitThenUnknown);
        var done = new TaskCompletionSource();
        _world.After(later ? wait + chance.Milliseconds(1, 2_000) : wait, Strand, () =>
        {
            var task = Commit(append);
            if (!unsure && !AcksBeforeCommit)
                _world.After(chance.Milliseconds(0.05, 0.5), caller, () => Answer(task, done));
        });
        if (AcksBeforeCommit)
            return Task.CompletedTask;
        return unsure ? _world.FailAfter(wait + chance.Milliseconds(0.1, 50), new AppendOutcomeUnknownException()) : done.Task;
    }

    /// <summary>Synchronous by nature: the memory answers at once on the database's strand.</summary>
    private Task Commit(Append append)
    {
        var task = Database.Journal.Append(append);
        if (!task.IsCompleted)
            throw new SimulationException("The memory did not answer at once.");
        if (task.IsCompletedSuccessfully)
        {
            if (!_commits.TryGetValue(append.Stream, out var times))
                _commits.Add(append.Stream, times = []);
            for (var i = 0; i < append.Events.Length; i++)
                times.Add(_world.NowMs);
            if (append.Row is { } row)
                _changes[row.QueueId] = _changes[row.Id] = _world.NowMs;
            Committed?.Invoke(append, times.Count);
        }
        if (_world.Traces)
            _world.Trace($"database {append.Stream}@{append.ExpectedVersion} {string.Join(",", append.Events.Select(e => e.Type))}: {(task.IsFaulted ? task.Exception!.InnerException!.GetType().Name : "stored")}");
        return task;
    }

    private static void Answer(Task task, TaskCompletionSource done)
    {
        if (task.IsFaulted)
            done.SetException(task.Exception!.InnerExceptions);
        else
            done.SetResult();
    }
}

/// <summary>The journal as grains and fronts see it.</summary>
internal class SimJournal(SimStore store) : IJournal
{
    private IJournal Inner => store.Database.Journal;

    public Task Append(Append append, CancellationToken cancellationToken = default) => store.Append(append);

    public virtual Task<IReadOnlyList<StoredEvent>> Read(string stream, long after, int limit, CancellationToken cancellationToken = default) =>
        Inner.Read(stream, after, limit, cancellationToken);

    public virtual Task<IReadOnlyList<StoredEvent>> ReadBefore(string stream, long before, int limit, CancellationToken cancellationToken = default) =>
        Inner.ReadBefore(stream, before, limit, cancellationToken);

    public virtual Task<IReadOnlyList<StoredEvent>> ReadVisible(string stream, long afterVisitorSequence, int limit, CancellationToken cancellationToken = default) =>
        Inner.ReadVisible(stream, afterVisitorSequence, limit, cancellationToken);

    public virtual Task<IReadOnlyList<StoredEvent>> ReadVisibleBefore(string stream, long beforeVisitorSequence, int limit, CancellationToken cancellationToken = default) =>
        Inner.ReadVisibleBefore(stream, beforeVisitorSequence, limit, cancellationToken);

    public virtual Task<IReadOnlyList<StreamHead>> Heads(IReadOnlyList<string> streams, CancellationToken cancellationToken = default) =>
        Inner.Heads(streams, cancellationToken);

    public virtual Task<StoredEvent?> FindByClientId(string stream, string author, string clientId, CancellationToken cancellationToken = default) =>
        Inner.FindByClientId(stream, author, clientId, cancellationToken);
}

/// <summary>The read model: what is coalesced comes up to a second late and is lost with the process.</summary>
internal class SimIndex(IConversationIndex inner, World world) : IConversationIndex
{
    public Task<ConversationRow?> Find(string id, CancellationToken cancellationToken = default) => inner.Find(id, cancellationToken);

    public virtual Task<IReadOnlyList<ConversationRow>> Waiting(string queueId, ConversationRow? after, int limit, CancellationToken cancellationToken = default) =>
        inner.Waiting(queueId, after, limit, cancellationToken);

    public Task<IReadOnlyList<ConversationRow>> HeldBy(string agentId, CancellationToken cancellationToken = default) =>
        inner.HeldBy(agentId, cancellationToken);

    public Task<ConversationRow?> NewestOf(string siteId, string visitorId, CancellationToken cancellationToken = default) =>
        inner.NewestOf(siteId, visitorId, cancellationToken);

    public Task<ConversationPage> List(ConversationQuery query, CancellationToken cancellationToken = default) => inner.List(query, cancellationToken);

    public Task<IReadOnlyList<QueueCounts>> Counts(CancellationToken cancellationToken = default) => inner.Counts(cancellationToken);

    public void Touch(string id, ConversationActivity activity) => Later(() => inner.Touch(id, activity));

    public Task<IReadOnlyList<string>> StaleActivity(string? afterId, int limit, CancellationToken cancellationToken = default) =>
        inner.StaleActivity(afterId, limit, cancellationToken);

    public void MarkRead(string conversationId, string reader, long upTo) => Later(() => inner.MarkRead(conversationId, reader, upTo));

    public Task<ImmutableArray<ReadMark>> ReadMarks(string conversationId, CancellationToken cancellationToken = default) =>
        inner.ReadMarks(conversationId, cancellationToken);

    public Task<IReadOnlyDictionary<string, long>> ReadUpTo(
        IReadOnlyList<string> conversationIds, string reader, CancellationToken cancellationToken = default) =>
        inner.ReadUpTo(conversationIds, reader, cancellationToken);

    private void Later(Action write) => world.After(world.Chance.Milliseconds(0, 1_000), Strand.Current, write);
}

/// <summary>The outbox: what was acknowledged is removed up to a second later, or never if the process dies.</summary>
internal sealed class SimOutbox(IOutbox inner, World world) : IOutbox
{
    public void Complete(IReadOnlyList<OwedEffect> effects) =>
        world.After(world.Chance.Milliseconds(0, 1_000), Strand.Current, () => inner.Complete(effects));

    public Task<IReadOnlyList<OwedEffect>> TakeDue(DateTimeOffset now, int limit, CancellationToken cancellationToken = default) =>
        inner.TakeDue(now, limit, cancellationToken);

    public Task<long> Count(CancellationToken cancellationToken = default) => inner.Count(cancellationToken);
}
