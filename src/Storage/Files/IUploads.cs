namespace CustomerService.Storage.Files;

/// <summary>Where an upload stands.</summary>
public enum UploadState
{
    /// <summary>Bytes are still to come, or to be looked at.</summary>
    Receiving = 0,

    /// <summary>Complete, cleaned and, where a scanner is set up, found clean: may go into a message.</summary>
    Ready = 1,

    /// <summary>In a message: kept.</summary>
    Used = 2,

    /// <summary>Looked at and refused for good.</summary>
    Refused = 3,

    /// <summary>Given up or too old: about to be deleted.</summary>
    Expired = 4,

    /// <summary>The message it was in was removed: nobody may read it, and its bytes go. The row stays, so that a retry of
    /// that send still gets its answer.</summary>
    Removed = 5,
}

/// <summary>A file that somebody sends or has sent.</summary>
public sealed record Upload
{
    /// <summary>Its id, which nobody can guess.</summary>
    public required string Id { get; init; }

    /// <summary>Who sends it, as an author key such as <c>visitor:3k…</c>. Nobody else may use it.</summary>
    public required string Owner { get; init; }

    /// <summary>Name as shown, without anything that could mislead.</summary>
    public required string Name { get; init; }

    /// <summary>Announced length; once ready, the length of what is stored.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes stored so far; 0 again once they are deleted.</summary>
    public long Received { get; init; }

    /// <summary>Where it stands.</summary>
    public UploadState State { get; init; }

    /// <summary>Why it was refused, such as <c>type</c>; empty otherwise.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Media type found in its bytes; empty until it is ready.</summary>
    public string Type { get; init; } = "";

    /// <summary>Of an image, pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Of an image, pixels.</summary>
    public int? Height { get; init; }

    /// <summary>Whether a small picture of it is stored too.</summary>
    public bool HasPreview { get; init; }

    /// <summary>When it was announced.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The rows of uploads. Every write is durable when its task completes.</summary>
public interface IUploads
{
    /// <summary>Announces one.</summary>
    Task Add(Upload upload, CancellationToken cancellationToken = default);

    /// <summary>Those with these ids that exist, in no order.</summary>
    Task<IReadOnlyList<Upload>> Find(IReadOnlyList<string> ids, CancellationToken cancellationToken = default);

    /// <summary>Bytes that an owner has announced since <paramref name="since"/>, and how many it has under way.
    /// </summary>
    Task<(long Bytes, int UnderWay)> Announced(
        string owner, DateTimeOffset since, CancellationToken cancellationToken = default);

    /// <summary>Bytes up to <paramref name="received"/> are stored. False where it did not stand at
    /// <paramref name="before"/> any more: nothing changed.</summary>
    Task<bool> Advance(string id, long before, long received, CancellationToken cancellationToken = default);

    /// <summary>Says what became of it: ready or refused. False where that was said before.</summary>
    Task<bool> Settle(Upload upload, CancellationToken cancellationToken = default);

    /// <summary>Marks ready ones as used, so that none is cleaned away under a message. False where one of them can't
    /// be used any more; safe to repeat. Removed ones stay so: who names one again retries, or sends a file that nobody
    /// can read.</summary>
    Task<bool> Use(IReadOnlyList<string> ids, CancellationToken cancellationToken = default);

    /// <summary>Takes up to 100 that were announced before <paramref name="before"/> and never used, or were given up,
    /// out of use for good, and returns their ids. The same are returned until <see cref="Remove"/>.</summary>
    Task<IReadOnlyList<Upload>> Expire(DateTimeOffset before, CancellationToken cancellationToken = default);

    /// <summary>Up to 100 whose message was removed and whose bytes are not deleted yet.</summary>
    Task<IReadOnlyList<Upload>> Removed(CancellationToken cancellationToken = default);

    /// <summary>The bytes of a removed one are deleted.</summary>
    Task Emptied(string id, CancellationToken cancellationToken = default);

    /// <summary>Gives one up. A used one stays.</summary>
    Task GiveUp(string id, CancellationToken cancellationToken = default);

    /// <summary>Forgets one whose bytes are deleted.</summary>
    Task Remove(string id, CancellationToken cancellationToken = default);
}
