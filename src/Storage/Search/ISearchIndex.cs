using System.Collections.Immutable;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Journal;

namespace CustomerService.Storage.Search;

/// <summary>
/// Finds messages by their words. The index is derived from the journal and holds no text: entries are hashes, kept in
/// blocks that are written once and merged as they grow. It follows the journal by position, so a crash loses nothing of
/// it, and every hit is looked up in the journal before it is shown: what is erased there is not found. What was edited is
/// found by its last wording alone, and of what was removed not even a hash stays, both once the index has come that far.
/// </summary>
public interface ISearchIndex
{
    /// <summary>
    /// Takes what is new in the journal into the index, at most about 4,000 messages, and merges small blocks. Durable
    /// when the task completes; safe to repeat. One caller at a time in a cluster: two spoil nothing, but work twice.
    /// </summary>
    /// <returns>True where there is more to take at once.</returns>
    Task<bool> Advance(SearchReader read, CancellationToken cancellationToken = default);

    /// <summary>Removes what an interrupted <see cref="Advance"/> left behind. Once, before the first one.</summary>
    Task Tidy(CancellationToken cancellationToken = default);

    /// <summary>Derives the blocks that hold a conversation's messages anew, after something was erased in the journal:
    /// then nothing of it is left in the index.</summary>
    Task Rebuild(string conversationId, SearchReader read, CancellationToken cancellationToken = default);

    /// <summary>A page of messages that have all the terms, newest first.</summary>
    /// <exception cref="InvalidCursorException">The cursor is not one of an earlier page.</exception>
    Task<SearchPage> Find(SearchQuery query, SearchReader read, CancellationToken cancellationToken = default);
}

/// <summary>Reads a stored event: what of it can be found, or null where nothing.</summary>
public delegate Searchable? SearchReader(StoredEvent stored);

/// <summary>A text that can be found.</summary>
/// <param name="ConversationId">The conversation it is of.</param>
/// <param name="Text">The text; empty where nothing of it can be found.</param>
public readonly record struct Searchable(string ConversationId, string Text)
{
    /// <summary>The version of the message that this is a later wording of, or the removal of where the text is empty;
    /// null for a message itself.</summary>
    public long? Amends { get; init; }
}

/// <summary>Terms, a filter and a page.</summary>
public sealed record SearchQuery
{
    /// <summary>What is looked for.</summary>
    public required SearchTerms Terms { get; init; }

    /// <summary>Which conversations the caller may see and asks for; its cursor and limit do not count.</summary>
    public ConversationQuery Conversations { get; init; } = new();

    /// <summary>Sent at or after; null for no bound.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Sent before; null for no bound.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Cursor from the page before, or null.</summary>
    public string? Cursor { get; init; }

    /// <summary>1 to 50.</summary>
    public int Limit { get; init; } = 20;
}

/// <summary>A message found.</summary>
/// <param name="Conversation">Its conversation's line.</param>
/// <param name="Event">As stored.</param>
/// <param name="Text">Its text.</param>
/// <param name="Places">Where the terms are in it.</param>
public sealed record SearchHit(
    ConversationRow Conversation, StoredEvent Event, string Text, ImmutableArray<TextRange> Places);

/// <summary>A page and the cursor of the next one; null at the end. A page may hold less than was asked for and still not
/// be the last one: the messages that one call looks at are bounded.</summary>
public sealed record SearchPage(IReadOnlyList<SearchHit> Hits, string? NextCursor);
