using System.Globalization;
using CustomerService.Storage.Database;
using CustomerService.Storage.Journal;

namespace CustomerService.Storage.Search;

/// <summary>A later wording of a message, or its removal.</summary>
/// <param name="Stream">The conversation's stream.</param>
/// <param name="ConversationId">The conversation.</param>
/// <param name="Message">The version of the message.</param>
/// <param name="Version">The version of the event that amends it.</param>
/// <param name="IsRemoval">Whether nothing of it is left.</param>
internal sealed record Amendment(string Stream, string ConversationId, long Message, long Version, bool IsRemoval);

/// <summary>Which messages have later wordings. Derived from the journal, as the rest of the index is: an event can't say
/// by itself that a later one took its place.</summary>
internal sealed class SearchAmendments(IDatabase database)
{
    private const int RowsPerWrite = 256;

    /// <summary>Those among stored events.</summary>
    public static List<Amendment> Of(List<(StoredEvent Stored, Searchable Found)> all)
    {
        var amended = new List<Amendment>();
        foreach (var (stored, found) in all)
        {
            if (found.Amends is { } message)
            {
                amended.Add(new Amendment(
                    stored.Stream, found.ConversationId, message, stored.Version, found.Text.Length == 0));
            }
        }
        return amended;
    }

    /// <summary>Remembers them; safe to repeat.</summary>
    public async Task Add(List<Amendment> amended, CancellationToken cancellationToken)
    {
        foreach (var some in amended.Chunk(RowsPerWrite))
        {
            await database.WriteOne(
                new Statement(
                    $"""
                    insert into search_amended (conversation_id, message, version)
                    select c.value, cast(m.value as bigint), cast(v.value as bigint)
                    from (select value, n from {database.Listed("@ids")}) as c
                    join (select value, n from {database.Listed("@messages")}) as m on m.n = c.n
                    join (select value, n from {database.Listed("@versions")}) as v on v.n = c.n
                    where 1 = 1
                    on conflict do nothing returning 1
                    """,
                    Listed(some, one => one.ConversationId, one => one.Message, one => one.Version)),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Where in the journal the messages and all their wordings lie.</summary>
    public async Task<HashSet<long>> Positions(List<Amendment> removals, CancellationToken cancellationToken)
    {
        var positions = new HashSet<long>();
        foreach (var removal in removals)
        {
            positions.UnionWith(await database.Query(
                new Statement(
                    """
                    select position from journal where stream = @stream and (version = @message or version in (
                        select version from search_amended where conversation_id = @id and message = @message))
                    """,
                    ("@stream", removal.Stream), ("@message", removal.Message), ("@id", removal.ConversationId)),
                static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false));
        }
        return positions;
    }

    /// <summary>Those of the given wordings that a later one took the place of.</summary>
    /// <param name="wordings">Conversation, version of the message, version of the wording: the message's own for its
    /// first.</param>
    /// <returns>Conversation and version of the wording.</returns>
    public async Task<HashSet<(string ConversationId, long Version)>> Overtaken(
        IReadOnlyList<(string ConversationId, long Message, long Version)> wordings, CancellationToken cancellationToken)
    {
        if (wordings.Count == 0)
            return [];
        var rows = await database.Query(
            new Statement(
                $"""
                select c.value, v.value
                from (select value, n from {database.Listed("@ids")}) as c
                join (select value, n from {database.Listed("@messages")}) as m on m.n = c.n
                join (select value, n from {database.Listed("@versions")}) as v on v.n = c.n
                where exists (select 1 from search_amended a where a.conversation_id = c.value
                    and a.message = cast(m.value as bigint) and a.version > cast(v.value as bigint))
                """,
                Listed(wordings, one => one.ConversationId, one => one.Message, one => one.Version)),
            static row => (row.GetString(0), long.Parse(row.GetString(1), CultureInfo.InvariantCulture)),
            cancellationToken).ConfigureAwait(false);
        return [.. rows];
    }

    private (string, object?)[] Listed<T>(
        IReadOnlyList<T> all, Func<T, string> id, Func<T, long> message, Func<T, long> version) =>
    [
        ("@ids", database.List([.. all.Select(id)])),
        ("@messages", database.List([.. all.Select(one => Text(message(one)))])),
        ("@versions", database.List([.. all.Select(one => Text(version(one)))])),
    ];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
