namespace CustomerService.Storage.Deadlines;

/// <summary>The one deadline of each stream, by time. Written by appends (see DeadlineChange) and re-armed here.</summary>
public interface IDeadlines
{
    /// <summary>Streams whose deadline is at or before <paramref name="now"/>, earliest first.</summary>
    Task<IReadOnlyList<Deadline>> Due(DateTimeOffset now, int limit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a stream's deadline to <paramref name="dueAt"/>, or removes it where null, but only if it is still
    /// <paramref name="expected"/>: an append in between wins. Durable when the task completes; safe to repeat.
    /// </summary>
    Task Rearm(
        string stream, DateTimeOffset expected, DateTimeOffset? dueAt, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes or renews the named lease for <paramref name="holder"/> until <paramref name="until"/>. True where it now
    /// holds it: it was free, expired at <paramref name="now"/>, or its own.
    /// </summary>
    Task<bool> TryLease(
        string name, string holder, DateTimeOffset now, DateTimeOffset until,
        CancellationToken cancellationToken = default);

    /// <summary>Gives a lease back early, so that another host need not wait for it to expire.</summary>
    Task ReleaseLease(string name, string holder, CancellationToken cancellationToken = default);
}

/// <summary>A stream and the moment at which its grain must look.</summary>
public readonly record struct Deadline(string Stream, DateTimeOffset DueAt);
