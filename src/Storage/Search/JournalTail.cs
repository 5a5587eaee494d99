using System.Diagnostics;
using CustomerService.Storage.Database;
using CustomerService.Storage.Journal;

namespace CustomerService.Storage.Search;

/// <summary>
/// Reads the journal in the order of position and never passes an event that may still come. Several processes write at a
/// time and commit out of order, so a position that is missing may be under way: it is passed only after every transaction
/// that ran when it was found missing has ended.
/// </summary>
internal sealed class JournalTail(IDatabase database)
{
    // A transaction takes its position a moment before its number is to be seen: the pause lets it appear.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    private (long Next, long Head, long At)? _seen;
    private long _dead;

    /// <summary>The events after <paramref name="mark"/>, as far as is certain, and the position they reach. What is of
    /// another type has no data.</summary>
    public async Task<(List<StoredEvent> Events, long UpTo)> Read(
        long mark, int limit, CancellationToken cancellationToken)
    {
        // Before the rows: what had ended then is seen by them.
        var frontier = (await database.Query(
            new Statement($"select {database.Frontier}"),
            static row => (Oldest: row.GetInt64(0), Next: row.GetInt64(1), Head: row.GetInt64(2)),
            cancellationToken).ConfigureAwait(false))[0];
        if (_seen is { } seen && frontier.Oldest >= seen.Next && Stopwatch.GetElapsedTime(seen.At) >= Settle)
            (_dead, _seen) = (seen.Head, null);
        if (frontier.Head <= mark)
            return ([], mark);
        var rows = await database.Query(
            new Statement(
                """
                select stream, version, position, type, at, data, author from journal
                where position > @mark order by position limit @limit
                """,
                ("@mark", mark), ("@limit", (long)limit)),
            static row => new StoredEvent(
                row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), row.Time(4), row.Bytes(5))
            {
                Author = row.TextOrNull(6),
            },
            cancellationToken).ConfigureAwait(false);
        var upTo = mark;
        for (var n = 0; n < rows.Count; n++)
        {
            var position = rows[n].Position;
            if (position > upTo + 1 && position - 1 > _dead)
            {
                Missing(frontier.Next, frontier.Head);
                rows.RemoveRange(n, rows.Count - n);
                break;
            }
            upTo = position;
        }
        if (rows.Count == 0)
        {
            if (frontier.Head <= _dead)
                upTo = frontier.Head;
            else
                Missing(frontier.Next, frontier.Head);
        }
        return (rows, upTo);
    }

    private void Missing(long next, long head) => _seen ??= (next, head, Stopwatch.GetTimestamp());
}
