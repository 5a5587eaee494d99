namespace CustomerService.Storage.Library;

/// <summary>What agents share for their work: canned replies, macros, saved views, tags to choose from. Small JSON
/// bodies that are edited by hand; nobody overwrites what he has not seen.</summary>
public interface ILibrary
{
    /// <summary>The items of a kind in these scopes, by id: 10,000 at most. Null: all but other agents' own.</summary>
    /// <param name="kind">Such as <c>replies</c>.</param>
    /// <param name="scopes">See <see cref="LibraryItem.Scope"/>; null for every shared scope.</param>
    /// <param name="agentScope">The caller's own scope, always included.</param>
    Task<IReadOnlyList<LibraryItem>> List(
        string kind, IReadOnlyList<string>? scopes, string agentScope, CancellationToken cancellationToken = default);

    /// <summary>One item, or null.</summary>
    Task<LibraryItem?> Find(string kind, string id, CancellationToken cancellationToken = default);

    /// <summary>How many items of a kind a scope has.</summary>
    Task<long> Count(string kind, string scope, CancellationToken cancellationToken = default);

    /// <summary>Adds it (revision 0) or replaces it at the revision that its editor saw. False: somebody else was
    /// faster, and nothing changed. Durable when the task completes.</summary>
    Task<bool> Save(LibraryItem item, CancellationToken cancellationToken = default);

    /// <summary>Removes it at the revision that its editor saw; false as in <see cref="Save"/>.</summary>
    Task<bool> Delete(string kind, string id, long revision, CancellationToken cancellationToken = default);
}

/// <summary>One item.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">1 to 64 characters, unique in its kind.</param>
/// <param name="Scope"><c>all</c>, <c>queue:ID</c> or <c>agent:ID</c>.</param>
/// <param name="Revision">Rises by one with each change; 0: not stored yet.</param>
/// <param name="Body">JSON, checked by the front.</param>
/// <param name="UpdatedBy">Who changed it last, by name.</param>
/// <param name="UpdatedAt">When.</param>
public sealed record LibraryItem(
    string Kind, string Id, string Scope, long Revision, string Body, string UpdatedBy, DateTimeOffset UpdatedAt);

/// <summary>What an agent wrote and did not send, per conversation: the same on every machine. The last write
/// wins.</summary>
public interface IDrafts
{
    /// <summary>Drafts that are kept for an agent: the ones written longest ago go first.</summary>
    const int KeptMax = 200;

    /// <summary>All of an agent's drafts, the newest first.</summary>
    Task<IReadOnlyList<StoredDraft>> Of(string agentId, CancellationToken cancellationToken = default);

    /// <summary>Replaces the agent's draft of a conversation; empty texts remove it. The new revision, which only ever
    /// rises.</summary>
    Task<long> Save(
        string agentId, string conversationId, string reply, string note, string mode, DateTimeOffset at,
        CancellationToken cancellationToken = default);
}

/// <summary>One draft.</summary>
public sealed record StoredDraft(
    string ConversationId, string Reply, string Note, string Mode, long Revision, DateTimeOffset UpdatedAt);
