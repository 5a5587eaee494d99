using System.Collections.Immutable;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Effects;

namespace CustomerService.Storage.Journal;

/// <summary>One atomic write: events of one stream and what must be stored in the same transaction.</summary>
/// <param name="Stream">Name of the stream, 1 to 160 characters, for example <c>conversation/7h2…</c>.</param>
/// <param name="ExpectedVersion">The version the writer believes to be the last; 0 for a stream that does not exist.
/// The events get the versions that follow.</param>
/// <param name="Events">1 to 64 events.</param>
public sealed record Append(string Stream, long ExpectedVersion, ImmutableArray<NewEvent> Events)
{
    /// <summary>Effects that these events owe to others. They are rows of the outbox in the same transaction, so that
    /// no effect hangs on this process staying alive.</summary>
    public ImmutableArray<OwedEffect> Owed { get; init; } = [];

    /// <summary>The conversation's new line in the lists, written in the same transaction; null where nothing of it
    /// that matters to lists or waiting order changed.</summary>
    public ConversationRow? Row { get; init; }

    /// <summary>Earlier events of the stream whose data is replaced in the same transaction, 256 at most: the one exception
    /// to "never edited", for words that must be gone for good. Empty for all but a redaction.</summary>
    public ImmutableArray<Erasure> Erased { get; init; } = [];

    /// <summary>Uploads that no message names any more, 64 at most: from the same transaction on nobody can read them, and
    /// their bytes are deleted soon. Empty for all but a redaction.</summary>
    public ImmutableArray<string> Discarded { get; init; } = [];

    /// <summary>What to do with the stream's one deadline.</summary>
    public DeadlineChange Deadline { get; init; } = DeadlineChange.Keep;
}

/// <summary>What an earlier event says from now on. Its type, time, numbers and keys stay; the hash of what was sent goes,
/// because a short text can be guessed from it.</summary>
/// <param name="Version">Which event, at most the append's expected version.</param>
/// <param name="Data">UTF-8 JSON, 64 KiB at most.</param>
public sealed record Erasure(long Version, ReadOnlyMemory<byte> Data);

/// <summary>An event to be stored.</summary>
/// <param name="Type">Its stored name, an alias such as <c>conversation.message-posted.v1</c>; never renamed.</param>
/// <param name="At">When, UTC, microsecond precision.</param>
/// <param name="Data">UTF-8 JSON, 64 KiB at most.</param>
public sealed record NewEvent(string Type, DateTimeOffset At, ReadOnlyMemory<byte> Data)
{
    /// <summary>Its place in the dense numbering of what visitors may see; null for what they may not.</summary>
    public long? VisitorSequence { get; init; }

    /// <summary>Who sent the command, such as <c>visitor:3k…</c>; set together with <see cref="ClientId"/>.</summary>
    public string? Author { get; init; }

    /// <summary>The sender's own id of the message or command: (stream, author, client id) is unique forever.</summary>
    public string? ClientId { get; init; }

    /// <summary>Hash of the content sent under <see cref="ClientId"/>, to tell a retry from other content.</summary>
    public ReadOnlyMemory<byte> ContentHash { get; init; }
}

/// <summary>An event as stored.</summary>
/// <param name="Version">Its number in its stream, dense from 1.</param>
/// <param name="Position">Its number in the whole journal: rising in commit order for one stream, with holes.</param>
public sealed record StoredEvent(
    string Stream, long Version, long Position, string Type, DateTimeOffset At, ReadOnlyMemory<byte> Data)
{
    /// <inheritdoc cref="NewEvent.VisitorSequence"/>
    public long? VisitorSequence { get; init; }

    /// <inheritdoc cref="NewEvent.Author"/>
    public string? Author { get; init; }

    /// <inheritdoc cref="NewEvent.ClientId"/>
    public string? ClientId { get; init; }

    /// <inheritdoc cref="NewEvent.ContentHash"/>
    public ReadOnlyMemory<byte> ContentHash { get; init; }
}

/// <summary>What an append does to its stream's deadline. A stream has one at most: the earliest moment at which its
/// grain must look whether something is due.</summary>
/// <param name="Kind">Whether to touch it.</param>
/// <param name="DueAt">The moment, UTC, where <paramref name="Kind"/> is <see cref="DeadlineChangeKind.Set"/>.</param>
public readonly record struct DeadlineChange(DeadlineChangeKind Kind, DateTimeOffset DueAt)
{
    /// <summary>Leaves it as it is: the hot path's case, because deadlines are lazy.</summary>
    public static DeadlineChange Keep => default;

    /// <summary>Removes it.</summary>
    public static DeadlineChange Clear => new(DeadlineChangeKind.Clear, default);

    /// <summary>Sets it, earlier or later than before.</summary>
    public static DeadlineChange Set(DateTimeOffset dueAt) => new(DeadlineChangeKind.Set, dueAt);
}

/// <summary>See <see cref="DeadlineChange"/>.</summary>
public enum DeadlineChangeKind
{
    /// <summary>Leave it.</summary>
    Keep,

    /// <summary>Write the given moment.</summary>
    Set,

    /// <summary>Remove it.</summary>
    Clear,
}
