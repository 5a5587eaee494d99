using CustomerService.Storage.Journal;

namespace CustomerService.Support.MemoryStorage;

/// <summary>Streams in memory.</summary>
internal sealed class MemoryJournal(MemoryDatabase database) : IJournal
{
    private const int EventsMax = 64;
    private const int DataBytesMax = 64 * 1024;
    private const int StreamNameLengthMax = 160;

    private readonly SortedDictionary<string, StoredStream> _streams = new(StringComparer.Ordinal);
    private long _position;

    public Task Append(Append append, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Check(append);
        return database.Call(nameof(Append), append.Stream, () => Commit(append), append);
    }

    public Task<IReadOnlyList<StoredEvent>> Read(
        string stream, long after, int limit, CancellationToken cancellationToken = default) =>
        Query(nameof(Read), stream, all => From(all.Events, after, limit));

    public Task<IReadOnlyList<StoredEvent>> ReadBefore(
        string stream, long before, int limit, CancellationToken cancellationToken = default) =>
        Query(nameof(ReadBefore), stream, all => Below(all.Events, before, limit));

    public Task<IReadOnlyList<StoredEvent>> ReadVisible(
        string stream, long afterVisitorSequence, int limit, CancellationToken cancellationToken = default) =>
        Query(nameof(ReadVisible), stream, all =>
            all.Visible.SkipWhile(stored => stored.VisitorSequence <= afterVisitorSequence).Take(limit));

    public Task<IReadOnlyList<StoredEvent>> ReadVisibleBefore(
        string stream, long beforeVisitorSequence, int limit, CancellationToken cancellationToken = default) =>
        Query(nameof(ReadVisibleBefore), stream, all =>
            all.Visible.TakeWhile(stored => stored.VisitorSequence < beforeVisitorSequence).TakeLast(limit));

    public Task<IReadOnlyList<StreamHead>> Heads(
        IReadOnlyList<string> streams, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<StreamHead>>(nameof(Heads), "", () => [.. streams.Select(Head)]);

    public Task<StoredEvent?> FindByClientId(
        string stream, string author, string clientId, CancellationToken cancellationToken = default) =>
        database.Call(nameof(FindByClientId), stream, () =>
            _streams.TryGetValue(stream, out var all) && all.ByClientId.TryGetValue((author, clientId), out var version)
                ? all.Events[(int)version - 1]
                : null);

    /// <summary>Head of one stream; the caller holds the gate.</summary>
    internal StreamHead Head(string stream) =>
        _streams.TryGetValue(stream, out var all)
            ? new StreamHead(stream, all.Events.Count, all.Visible is [.., { } last] ? last.VisitorSequence!.Value : 0)
            : new StreamHead(stream, 0, 0);

    private static void Check(Append append)
    {
        ArgumentException.ThrowIfNullOrEmpty(append.Stream);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(append.Stream.Length, StreamNameLengthMax);
        ArgumentOutOfRangeException.ThrowIfNegative(append.ExpectedVersion);
        ArgumentOutOfRangeException.ThrowIfZero(append.Events.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(append.Events.Length, EventsMax);
        foreach (var fact in append.Events)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(fact.Data.Length, DataBytesMax);
            if (fact.Author is null != fact.ClientId is null)
                throw new ArgumentException("Author and client id are set together.", nameof(append));
        }
    }

    private void Commit(Append append)
    {
        var all = _streams.GetValueOrDefault(append.Stream) ?? new StoredStream();
        if (all.Events.Count != append.ExpectedVersion)
            throw new StreamConflictException(append.Stream, append.ExpectedVersion);
        var keys = append.Events.Where(fact => fact.ClientId is not null).Select(fact => (fact.Author!, fact.ClientId!)).ToList();
        if (keys.Count != keys.Distinct().Count() || keys.Any(all.ByClientId.ContainsKey))
            throw new DuplicateClientIdException(append.Stream);
        var head = all.Visible is [.., { } last] ? last.VisitorSequence!.Value : 0;
        foreach (var number in append.Events.Select(fact => fact.VisitorSequence).OfType<long>())
        {
            if (number <= head)
                throw new StreamConflictException(append.Stream, append.ExpectedVersion);
            head = number;
        }

        // Nothing refuses from here on: all or nothing.
        _streams[append.Stream] = all;
        foreach (var fact in append.Events)
        {
            var stored = new StoredEvent(
                append.Stream, all.Events.Count + 1, ++_position, fact.Type, Microseconds(fact.At), fact.Data.ToArray())
            {
                VisitorSequence = fact.VisitorSequence,
                Author = fact.Author,
                ClientId = fact.ClientId,
                ContentHash = fact.ContentHash.ToArray(),
            };
            all.Events.Add(stored);
            if (stored.VisitorSequence is not null)
                all.Visible.Add(stored);
            if (stored.ClientId is not null)
                all.ByClientId.Add((stored.Author!, stored.ClientId), stored.Version);
        }
        foreach (var erasure in append.Erased)
            all.Erase(erasure);
        database.MemoryOutbox.Add(append.Owed);
        database.MemoryDeadlines.Change(append.Stream, append.Deadline);
        if (append.Row is not null)
            database.MemoryIndex.Upsert(append.Row);
    }

    private Task<IReadOnlyList<StoredEvent>> Query(
        string operation, string stream, Func<StoredStream, IEnumerable<StoredEvent>> select) =>
        database.Call<IReadOnlyList<StoredEvent>>(operation, stream, () =>
            _streams.TryGetValue(stream, out var all) ? [.. select(all)] : []);

    private static List<StoredEvent> From(List<StoredEvent> events, long after, int limit)
    {
        var start = (int)Math.Clamp(after, 0, events.Count);
        return events.GetRange(start, Math.Min(limit, events.Count - start));
    }

    private static List<StoredEvent> Below(List<StoredEvent> events, long before, int limit)
    {
        var end = (int)Math.Clamp(before - 1, 0, events.Count);
        var start = Math.Max(0, end - limit);
        return events.GetRange(start, end - start);
    }

    /// <summary>Databases keep microseconds.</summary>
    private static DateTimeOffset Microseconds(DateTimeOffset at) =>
        new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    private sealed class StoredStream
    {
        public List<StoredEvent> Events { get; } = [];
        public List<StoredEvent> Visible { get; } = [];
        public Dictionary<(string Author, string ClientId), long> ByClientId { get; } = [];

        public void Erase(Erasure erasure)
        {
            var before = Events[(int)erasure.Version - 1];
            var after = before with { Data = erasure.Data.ToArray(), ContentHash = default };
            Events[(int)erasure.Version - 1] = after;
            if (Visible.IndexOf(before) is >= 0 and var seen)
                Visible[seen] = after;
        }
    }
}
