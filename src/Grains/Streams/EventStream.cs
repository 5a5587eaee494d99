using System.Collections.Immutable;
using CustomerService.Grains.Effects;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;

namespace CustomerService.Grains.Streams;

/// <summary>
/// The one way in which a grain owns a stream: it loads the fold (snapshot and tail), appends at the version it knows,
/// and forgets itself when another owner wrote or when it can't know whether it wrote.
/// </summary>
/// <param name="name">The stream's name; see <see cref="StreamNames"/>.</param>
/// <param name="journal">Where events are stored.</param>
/// <param name="snapshot">A cache of the fold: losing it costs time, never truth.</param>
/// <param name="forget">Deactivates the grain: <c>DeactivateOnIdle</c>.</param>
public sealed class EventStream<TState, TEvent>(
    string name, IJournal journal, IPersistentState<Snapshot<TState>> snapshot, Action forget)
    where TState : IFold<TState, TEvent>
    where TEvent : DomainEvent
{
    /// <summary>A snapshot each so many events: a longer tail takes longer to replay, a shorter one writes more.</summary>
    public const int EventsPerSnapshot = 256;

    /// <summary>Events read at a time while loading.</summary>
    private const int PageEvents = 500;

    private static readonly EventCodec<TEvent> Codec = EventCodec<TEvent>.Instance;
    private long _snapshotVersion;
    private ImmutableArray<string> _savedHints = [];
    private bool _forgotten;

    /// <summary>The fold of everything stored, as far as this owner knows.</summary>
    public TState State { get; private set; } = TState.Start;

    /// <summary>Soft state kept beside the snapshot, such as who watched: a hint for the next activation, never truth.
    /// Written by <see cref="SaveSnapshot"/> only.</summary>
    public ImmutableArray<string> Hints { get; set; } = [];

    /// <summary>Reads the snapshot and what came after it.</summary>
    /// <exception cref="StreamQuarantinedException">An event can't be folded.</exception>
    public async Task Load(CancellationToken cancellationToken)
    {
        if (snapshot is { RecordExists: true, State.Hints: { IsDefault: false } hints })
            Hints = _savedHints = hints;
        if (snapshot.RecordExists && snapshot.State is { Version: > 0 } saved && saved.Schema == TState.SnapshotSchema
            && saved.State is not null)
        {
            // The journal must hold the snapshot's last event: a snapshot that outlived a restored database is no cache.
            var tail = await journal.Read(name, saved.Version - 1, PageEvents, cancellationToken);
            if (tail is [{ } last, ..] && last.Version == saved.Version)
            {
                State = saved.State;
                _snapshotVersion = saved.Version;
                Fold(tail.Skip(1));
                if (tail.Count == PageEvents)
                    await FoldRest(cancellationToken);
                return;
            }
        }
        await FoldRest(cancellationToken);
    }

    /// <summary>
    /// Stores facts and what goes with them. <see cref="AppendOutcome.Stored"/> means on disk and folded in. Otherwise
    /// nothing changed as far as is known, and <see cref="AppendOutcome.Refusal"/> is what to answer.
    /// </summary>
    /// <param name="facts">At least one.</param>
    /// <param name="effects">What they owe to others.</param>
    /// <param name="row">The new line of the lists, from the state after the facts; null to leave it.</param>
    /// <param name="deadline">What becomes of the stream's deadline.</param>
    public Task<AppendOutcome> Append(
        ImmutableArray<NewFact<TEvent>> facts,
        ImmutableArray<Effect> effects = default,
        Func<TState, ConversationRow?>? row = null,
        Func<TState, DeadlineChange>? deadline = null)
    {
        var after = facts.Aggregate(State, (state, fact) => state.Apply(fact.Event));
        return Append(facts, after, effects, row?.Invoke(after), deadline?.Invoke(after) ?? DeadlineChange.Keep);
    }

    /// <summary>The same for a caller that has folded already: <paramref name="after"/> is <see cref="State"/> with the
    /// facts. <paramref name="erased"/> is what earlier events say from now on: the fold of the stream must be the same
    /// with it as without. <paramref name="discarded"/> are files that go with it.</summary>
    public async Task<AppendOutcome> Append(
        ImmutableArray<NewFact<TEvent>> facts, TState after, ImmutableArray<Effect> effects, ConversationRow? row,
        DeadlineChange deadline, ImmutableArray<(long Version, TEvent Fact)> erased = default,
        ImmutableArray<string> discarded = default)
    {
        if (_forgotten)
            return AppendOutcome.Refused(Refusal.Unavailable);
        var before = State.Version;
        var owed = Owe(effects, after.Version, facts[0].Event.At);
        try
        {
            await journal.Append(new Append(name, before, [.. facts.Select(Codec.Encode)])
            {
                Owed = owed,
                Row = row,
                Deadline = deadline,
                Erased = erased.IsDefaultOrEmpty
                    ? []
                    : [.. erased.Select(one => new Erasure(one.Version, EventCodec<TEvent>.Data(one.Fact)))],
                Discarded = discarded.IsDefault ? [] : discarded,
            });
        }
        catch (JournalOverloadedException)
        {
            return AppendOutcome.Refused(Refusal.Overloaded); // Definite: the state is still right.
        }
        catch (JournalUnavailableException)
        {
            return AppendOutcome.Refused(Refusal.Unavailable); // Definite as well: nothing was sent.
        }
        catch (DuplicateClientIdException)
        {
            return AppendOutcome.Duplicate;
        }
        catch (Exception error) when (error is StreamConflictException or AppendOutcomeUnknownException)
        {
            Forget();
            return AppendOutcome.Refused(Refusal.Unavailable);
        }
        catch
        {
            Forget(); // It may have landed: let the next activation read the truth.
            throw;
        }
        State = after;
        if (State.Version - _snapshotVersion >= EventsPerSnapshot)
            await SaveSnapshot();
        return AppendOutcome.StoredWith(owed);
    }

    /// <summary>Writes the snapshot where it is behind: on deactivation. Never throws: it is only a cache.</summary>
    public async Task SaveSnapshot()
    {
        if (_forgotten || (State.Version == _snapshotVersion && Hints.SequenceEqual(_savedHints)))
            return;
        try
        {
            snapshot.State = new Snapshot<TState>
            {
                State = State, Version = State.Version, Schema = TState.SnapshotSchema, Hints = Hints,
            };
            await snapshot.WriteStateAsync();
            _snapshotVersion = State.Version;
            _savedHints = Hints;
        }
        catch (Exception)
        {
            // Another activation's snapshot, or the snapshot store is away: the next one will do.
            _snapshotVersion = State.Version;
        }
    }

    /// <summary>Drops what is known: calls that still arrive here are refused, the next activation reads the truth.
    /// </summary>
    public void Forget()
    {
        _forgotten = true;
        forget();
    }

    private async Task FoldRest(CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await journal.Read(name, State.Version, PageEvents, cancellationToken);
            Fold(page);
            if (page.Count < PageEvents)
                return;
        }
    }

    private void Fold(IEnumerable<StoredEvent> page) => State = page.Aggregate(State, Next);

    private static TState Next(TState state, StoredEvent stored)
    {
        if (stored.Version != state.Version + 1)
            throw new StreamQuarantinedException(stored, $"event {state.Version + 1} before it is missing");
        var fact = Codec.Decode(stored);
        try
        {
            return state.Apply(fact);
        }
        catch (Exception error)
        {
            // JSON of the right shape and with the wrong content: members that are not there, for example.
            throw new StreamQuarantinedException(stored, "it can't be folded", error);
        }
    }

    private ImmutableArray<OwedEffect> Owe(ImmutableArray<Effect> effects, long version, DateTimeOffset at) =>
        effects.IsDefaultOrEmpty
            ? []
            : [.. effects.Select((effect, index) => new OwedEffect(
                $"{name}#{version}#{index}", effect.Kind, effect.Target, effect.Payload, at + Effect.SweepDelay)
            {
                Content = effect.Content,
            })];
}

/// <summary>What became of an append.</summary>
/// <param name="Stored">On disk and folded in.</param>
/// <param name="IsDuplicate">The client id is already stored: look it up and answer what was answered.</param>
/// <param name="Refusal">What to answer where it was not stored.</param>
/// <param name="Owed">What is to be delivered now.</param>
public readonly record struct AppendOutcome(
    bool Stored, bool IsDuplicate, Refusal? Refusal, ImmutableArray<OwedEffect> Owed)
{
    /// <summary>The client id is already stored.</summary>
    public static AppendOutcome Duplicate { get; } = new(false, true, null, []);

    /// <summary>Not stored.</summary>
    public static AppendOutcome Refused(Refusal refusal) => new(false, false, refusal, []);

    /// <summary>Stored.</summary>
    public static AppendOutcome StoredWith(ImmutableArray<OwedEffect> owed) => new(true, false, null, owed);
}

/// <summary>A cached fold.</summary>
[GenerateSerializer, Alias("snapshot`1")]
public sealed record Snapshot<TState>
{
    /// <summary>The fold; null in a snapshot never written.</summary>
    [Id(0)]
    public TState? State { get; init; }

    /// <summary>Version of the stream it reflects.</summary>
    [Id(1)]
    public long Version { get; init; }

    /// <summary>Shape of the state when it was written; see <see cref="IFold{TSelf,TEvent}.SnapshotSchema"/>.</summary>
    [Id(2)]
    public int Schema { get; init; }

    /// <summary>See <see cref="EventStream{TState,TEvent}.Hints"/>.</summary>
    [Id(3)]
    public ImmutableArray<string> Hints { get; init; } = [];
}

/// <summary>Names of streams.</summary>
public static class StreamNames
{
    /// <summary>The grain storage of snapshots; state names in it are the prefixes without the slash, distinct because
    /// its rows are keyed without the grain's class.</summary>
    public const string SnapshotStorage = "snapshots";

    /// <summary>Prefixes by which the sweep finds the grain of a stream.</summary>
    public const string ConversationPrefix = "conversation/", AgentPrefix = "agent/", VisitorPrefix = "visitor/";

    /// <summary>Stream of a conversation.</summary>
    public static string Conversation(string id) => ConversationPrefix + id;

    /// <summary>Stream of an agent.</summary>
    public static string Agent(string id) => AgentPrefix + id;

    /// <summary>Stream of a visitor; <paramref name="key"/> is <c>site/visitor</c>.</summary>
    public static string Visitor(string key) => VisitorPrefix + key;
}
