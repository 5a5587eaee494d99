using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Database;
using CustomerService.Storage.Journal;

namespace CustomerService.Storage.Search;

/// <summary>The index in SQL; both databases take the same text.</summary>
internal sealed class SearchTable(IDatabase database) : ISearchIndex
{
    private const int LimitMax = 50;

    // What one call looks at. With it a search whose terms are everywhere, but hardly ever where the caller may look,
    // answers in time too, with a cursor to go on.
    private const int CandidatesMax = 2_000;

    private const int CandidatesAtOnceMax = 600;

    // The newest blocks answer most searches; what is rare needs all of them in few rounds.
    private const int BlocksAtFirst = 2;
    private const int BlocksAtATimeMax = 128;
    private const int TriesMax = 3;

    private readonly SearchBlocks _blocks = new(database);
    private readonly SearchAmendments _amendments = new(database);
    private SearchWriter? _writer;

    public Task<bool> Advance(SearchReader read, CancellationToken cancellationToken = default) =>
        (_writer ??= new SearchWriter(database, _blocks, _amendments)).Advance(read, cancellationToken);

    public Task Tidy(CancellationToken cancellationToken = default) => _blocks.Tidy(cancellationToken);

    public Task Rebuild(string conversationId, SearchReader read, CancellationToken cancellationToken = default) =>
        new SearchWriter(database, _blocks, _amendments).Rebuild(conversationId, read, cancellationToken);

    public async Task<SearchPage> Find(
        SearchQuery query, SearchReader read, CancellationToken cancellationToken = default)
    {
        for (var tries = 1; ; tries++)
        {
            // Blocks that are merged under a search take their pages along: it begins again.
            if (await TryFind(query, read, cancellationToken).ConfigureAwait(false) is { } page)
                return page;
            if (tries == TriesMax)
                throw new JournalOverloadedException();
        }
    }

    private async Task<SearchPage?> TryFind(SearchQuery query, SearchReader read, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, LimitMax);
        var below = query.Cursor is { } cursor ? Parse(cursor) : long.MaxValue;
        var (from, to) = (
            query.From is { } first ? Times.ToMicros(first) : long.MinValue,
            query.To is { } end ? Times.ToMicros(end) : long.MaxValue);
        var blocks = (await _blocks.All(cancellationToken).ConfigureAwait(false))
            .Where(b => b.Messages > 0 && b.After + 1 < below && b.LastAt >= from && b.FirstAt < to).Reverse().ToList();
        var hits = new List<SearchHit>();
        var looked = 0;
        var atATime = BlocksAtFirst;
        var atOnce = limit + 12;
        for (var next = 0; next < blocks.Count; next += atATime, atATime = Math.Min(atATime * 4, BlocksAtATimeMax))
        {
            var some = blocks.Slice(next, Math.Min(atATime, blocks.Count - next));
            if (await _blocks.Find(some, query.Terms.Tokens, cancellationToken).ConfigureAwait(false) is not { } pages)
                return null;
            var numbers = some.SelectMany(block => WithAll(block, query.Terms.Tokens, pages).Select(n => (block.Pages, n)))
                .ToList();
            for (var done = 0; done < numbers.Count;)
            {
                var count = Math.Min(atOnce, numbers.Count - done);
                var candidates = await _blocks.Messages(numbers.GetRange(done, count), cancellationToken)
                    .ConfigureAwait(false);
                if (candidates is null)
                    return null;
                done += count;
                // Where few of them may be shown, more are asked for at a time.
                atOnce = Math.Min(atOnce * 3, CandidatesAtOnceMax);
                var last = candidates[^1].Position;
                candidates.RemoveAll(c => c.Position >= below || c.At < from || c.At >= to);
                if (candidates.Count > 0)
                    hits.AddRange(await Hits(query, read, candidates, cancellationToken).ConfigureAwait(false));
                if (hits.Count > limit)
                    return new SearchPage(hits.GetRange(0, limit), Cursor(hits[limit - 1].Event.Position));
                looked += candidates.Count;
                if (looked >= CandidatesMax)
                    return new SearchPage(hits, Cursor(last));
            }
        }
        return new SearchPage(hits, null);
    }

    /// <summary>The numbers of the messages in a block that have every token, the newest first.</summary>
    private static List<int> WithAll(
        SearchBlock block, ImmutableArray<uint> tokens, Dictionary<(string, uint), PostingPage> pages)
    {
        List<int>? with = null;
        foreach (var token in tokens)
        {
            var page = pages[(block.Pages, token)];
            var numbers = PostingReader.Find(page.FirstToken, page.Data, token);
            with = with is null ? numbers : Both(with, numbers);
            if (with.Count == 0)
                return with;
        }
        with!.Reverse();
        return with;
    }

    private static List<int> Both(List<int> some, List<int> others)
    {
        var both = new List<int>(Math.Min(some.Count, others.Count));
        for (int i = 0, j = 0; i < some.Count && j < others.Count;)
        {
            if (some[i] == others[j])
                both.Add(some[i]);
            (i, j) = (some[i] <= others[j] ? i + 1 : i, some[i] >= others[j] ? j + 1 : j);
        }
        return both;
    }

    /// <summary>Looks candidates up in the journal: those of conversations the caller may see whose text has the terms,
    /// in the order given.</summary>
    private async Task<List<SearchHit>> Hits(
        SearchQuery query, SearchReader read, List<IndexedMessage> candidates, CancellationToken cancellationToken)
    {
        var (sql, values) = ConversationConditions.Of(query.Conversations, database);
        values.AddRange(
        [
            ("@ids", database.List([.. candidates.Select(c => c.ConversationId)])),
            ("@versions", database.List([.. candidates.Select(c => c.Version.ToString(CultureInfo.InvariantCulture))])),
        ]);
        var count = ConversationColumns.ReadCount;
        var rows = await database.Query(
            new Statement(
                $"""
                select {ConversationColumns.ReadOf("c")}, j.version, j.position, j.type, j.at, j.data, j.author, j.stream
                from (select value, n from {database.Listed("@ids")}) as i
                join (select value, n from {database.Listed("@versions")}) as v on v.n = i.n
                join conversations c on c.id = i.value
                join journal j on j.stream = c.stream and j.version = cast(v.value as bigint)
                where 1 = 1{sql} order by j.position desc
                """,
                [.. values]),
            row => (Conversation: ConversationColumns.From(row), Event: new StoredEvent(
                row.GetString(count + 6), row.GetInt64(count), row.GetInt64(count + 1), row.GetString(count + 2),
                row.Time(count + 3), row.Bytes(count + 4))
            {
                Author = row.TextOrNull(count + 5),
            }),
            cancellationToken).ConfigureAwait(false);
        var hits = new List<(SearchHit Hit, long Message)>();
        foreach (var (conversation, stored) in rows)
        {
            if (read(stored) is { } found && query.Terms.Find(found.Text) is { IsEmpty: false } places)
                hits.Add((new SearchHit(conversation, stored, found.Text, places), found.Amends ?? stored.Version));
        }
        var overtaken = await _amendments.Overtaken(
            [.. hits.Select(h => (h.Hit.Conversation.Id, h.Message, h.Hit.Event.Version))], cancellationToken)
            .ConfigureAwait(false);
        return [.. hits.Select(h => h.Hit).Where(h => !overtaken.Contains((h.Conversation.Id, h.Event.Version)))];
    }

    private static string Cursor(long position) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(position.ToString(CultureInfo.InvariantCulture))).TrimEnd('=');

    private static long Parse(string cursor)
    {
        var padded = cursor.PadRight((cursor.Length + 3) / 4 * 4, '=');
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var written)
            && long.TryParse(
                Encoding.UTF8.GetString(bytes, 0, written), NumberStyles.None, CultureInfo.InvariantCulture,
                out var position)
            ? position
            : throw new InvalidCursorException();
    }
}
