namespace CustomerService.Storage.Journal;

/// <summary>
/// What happened, as streams of events: the only truth of the product. The grain that owns a stream appends to it at the
/// version it believes to be the last; the key (stream, version) refuses everyone who is wrong about that.
/// Safe for calls from many threads.
/// </summary>
public interface IJournal
{
    /// <summary>
    /// Appends events and everything that must be true together with them, all or nothing.
    /// When the task completes the commit is on disk. The order among streams is not defined.
    /// </summary>
    /// <exception cref="StreamConflictException">Another owner wrote that version, or the expected version does not
    /// exist. Nothing of this append is stored. The caller's state is stale: forget it, reload.</exception>
    /// <exception cref="DuplicateClientIdException">A (author, client id) of this append is already in the stream.
    /// Nothing of this append is stored. The caller looks the id up and answers what it answered before.</exception>
    /// <exception cref="JournalOverloadedException">The writer's channel is full: refused at once; or the writer is
    /// so slow that the append waited for seconds unsent. Nothing is stored.
    /// The caller's state is still right; a retry with the same ids is safe.</exception>
    /// <exception cref="AppendOutcomeUnknownException">The database went away while committing and could not be asked.
    /// The append may be stored or may yet be. Forget the state; the same ids find out later.</exception>
    /// <exception cref="JournalUnavailableException">The database can't be reached and nothing was sent or stored.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before it was taken from the channel; nothing is stored.
    /// Once taken, an append runs to its end and ignores the token.</exception>
    Task Append(Append append, CancellationToken cancellationToken = default);

    /// <summary>
    /// Events of <paramref name="stream"/> with a version above <paramref name="after"/>, ascending,
    /// <paramref name="limit"/> (1 to 1,000) at most. Reads what is committed.
    /// </summary>
    Task<IReadOnlyList<StoredEvent>> Read(
        string stream, long after, int limit, CancellationToken cancellationToken = default);

    /// <summary>The <paramref name="limit"/> events with the highest versions below <paramref name="before"/>,
    /// ascending.</summary>
    Task<IReadOnlyList<StoredEvent>> ReadBefore(
        string stream, long before, int limit, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="Read"/>, of events that have a visitor sequence, counted by it.</summary>
    Task<IReadOnlyList<StoredEvent>> ReadVisible(
        string stream, long afterVisitorSequence, int limit, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="ReadBefore"/>, of events that have a visitor sequence, counted by it.</summary>
    Task<IReadOnlyList<StoredEvent>> ReadVisibleBefore(
        string stream, long beforeVisitorSequence, int limit, CancellationToken cancellationToken = default);

    /// <summary>The heads of up to 10,000 streams in one key query, in the order asked. A stream that does not exist has
    /// head 0.</summary>
    Task<IReadOnlyList<StreamHead>> Heads(
        IReadOnlyList<string> streams, CancellationToken cancellationToken = default);

    /// <summary>The event that <paramref name="author"/> stored under <paramref name="clientId"/>, or null. One key
    /// look-up, however long the stream.</summary>
    Task<StoredEvent?> FindByClientId(
        string stream, string author, string clientId, CancellationToken cancellationToken = default);
}

/// <summary>The last version and the last visitor sequence of a stream; zero where there is none.</summary>
public readonly record struct StreamHead(string Stream, long Version, long VisitorSequence);
