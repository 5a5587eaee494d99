using System.Globalization;
using System.Runtime.InteropServices;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Search;

/// <summary>A block: the messages with positions above <paramref name="After"/> up to <paramref name="UpTo"/>.</summary>
/// <param name="After">Exclusive.</param>
/// <param name="UpTo">Inclusive.</param>
/// <param name="Pages">Name of its pages; written once, then only read.</param>
/// <param name="Messages">How many.</param>
/// <param name="FirstAt">Earliest time of a message, microseconds.</param>
/// <param name="LastAt">Latest.</param>
internal sealed record SearchBlock(long After, long UpTo, string Pages, int Messages, long FirstAt, long LastAt);

/// <summary>
/// The tables of the index. Each step is one small statement, so that the one writer of SQLite is never held up for long;
/// their order makes a crash between any two harmless: pages first, then the row that makes them valid, then the removal of
/// what it replaced.
/// </summary>
internal sealed class SearchBlocks(IDatabase database)
{
    // About 120 kB a statement: a millisecond or two of the writer.
    private const int RowsPerWrite = 64;

    /// <summary>All valid blocks, ascending, none covering another's messages.</summary>
    public async Task<List<SearchBlock>> All(CancellationToken cancellationToken)
    {
        var rows = await database.Query(
            new Statement(
                """
                select after_position, upto_position, pages, messages, first_at, last_at from search_blocks
                order by after_position, upto_position desc
                """),
            static row => new SearchBlock(
                row.GetInt64(0), row.GetInt64(1), row.GetString(2), (int)row.GetInt64(3), row.GetInt64(4),
                row.GetInt64(5)),
            cancellationToken).ConfigureAwait(false);
        var covered = 0L;
        rows.RemoveAll(block =>
        {
            var isCovered = block.UpTo <= covered;
            covered = Math.Max(covered, block.UpTo);
            return isCovered;
        });
        return rows;
    }

    /// <summary>Writes the pages of a block that is not valid yet.</summary>
    /// <returns>Their name.</returns>
    public async Task<string> Write(
        IReadOnlyList<PostingPage> pages, List<IndexedMessage> messages, CancellationToken cancellationToken)
    {
        var name = Guid.CreateVersion7().ToString("n");
        await WritePages(name, pages, cancellationToken).ConfigureAwait(false);
        await WriteMessages(name, messages, cancellationToken).ConfigureAwait(false);
        return name;
    }

    /// <summary>Makes a new block at the end valid; false where there is one already.</summary>
    public Task<bool> Add(SearchBlock block, CancellationToken cancellationToken) =>
        database.WriteOne(
            new Statement(
                """
                insert into search_blocks (after_position, upto_position, pages, messages, first_at, last_at)
                values (@after, @upto, @pages, @messages, @first, @last)
                on conflict (after_position) do nothing returning 1
                """,
                Values(block)),
            cancellationToken);

    /// <summary>Puts a block in the place of <paramref name="old"/>, which begins where it begins; false where that is no
    /// longer there.</summary>
    public Task<bool> Replace(SearchBlock old, SearchBlock block, CancellationToken cancellationToken) =>
        database.WriteOne(
            new Statement(
                """
                update search_blocks set upto_position = @upto, pages = @pages, messages = @messages,
                    first_at = @first, last_at = @last
                where after_position = @after and upto_position = @old_upto and pages = @old_pages returning 1
                """,
                [.. Values(block), ("@old_upto", old.UpTo), ("@old_pages", old.Pages)]),
            cancellationToken);

    /// <summary>Removes blocks and their pages, once others hold what they held.</summary>
    public async Task Remove(
        IReadOnlyList<SearchBlock> blocks, IReadOnlyList<string> pages, CancellationToken cancellationToken)
    {
        foreach (var block in blocks)
        {
            await database.WriteOne(
                new Statement(
                    "delete from search_blocks where after_position = @after and pages = @pages returning 1",
                    ("@after", block.After), ("@pages", block.Pages)),
                cancellationToken).ConfigureAwait(false);
        }
        await RemovePages("pages = @name", [.. pages.Where(p => p.Length > 0)], cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Removes pages that no valid block names.</summary>
    public async Task Tidy(CancellationToken cancellationToken)
    {
        var valid = await All(cancellationToken).ConfigureAwait(false);
        var names = valid.Select(b => b.Pages).ToHashSet(StringComparer.Ordinal);
        var stored = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in (string[])["search_pages", "search_messages"])
            stored.UnionWith(await Names(table, cancellationToken).ConfigureAwait(false));
        stored.ExceptWith(names);
        await RemovePages("pages = @name", [.. stored.Order(StringComparer.Ordinal)], cancellationToken)
            .ConfigureAwait(false);
        var starts = valid.ToDictionary(b => b.After, b => b.Pages);
        var rows = await database.Query(
            new Statement("select after_position, pages from search_blocks"),
            static row => (After: row.GetInt64(0), Pages: row.GetString(1)), cancellationToken).ConfigureAwait(false);
        foreach (var (after, pages) in rows.Where(r => starts.GetValueOrDefault(r.After) != r.Pages))
        {
            await database.WriteOne(
                new Statement(
                    "delete from search_blocks where after_position = @after and pages = @pages returning 1",
                    ("@after", after), ("@pages", pages)),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>For each of the given blocks and tokens, the page in which the token would be. Null where the block has
    /// gone meanwhile.</summary>
    public async Task<Dictionary<(string Pages, uint Token), PostingPage>?> Find(
        IReadOnlyList<SearchBlock> blocks, IReadOnlyList<uint> tokens, CancellationToken cancellationToken)
    {
        var found = await database.Query(
            new Statement(
                $"""
                select b.value, t.value, p.first_token, p.data
                from (select value from {database.Listed("@blocks")}) as b
                cross join (select value from {database.Listed("@tokens")}) as t
                join search_pages p on p.pages = b.value and p.first_token = (
                    select max(q.first_token) from search_pages q
                    where q.pages = b.value and q.first_token <= cast(t.value as bigint))
                """,
                ("@blocks", database.List([.. blocks.Select(b => b.Pages)])),
                ("@tokens", database.List([.. tokens.Select(Text)]))),
            static row => (Key: (row.GetString(0), uint.Parse(row.GetString(1), CultureInfo.InvariantCulture)),
                Page: new PostingPage((uint)row.GetInt64(2), row.Bytes(3))),
            cancellationToken).ConfigureAwait(false);
        return found.Count < blocks.Count * tokens.Count ? null : found.ToDictionary(f => f.Key, f => f.Page);
    }

    /// <summary>Messages by their block's pages and their number in it, in the order asked; null where a block has gone
    /// meanwhile.</summary>
    public async Task<List<IndexedMessage>?> Messages(
        IReadOnlyList<(string Pages, int Number)> numbers, CancellationToken cancellationToken)
    {
        const int size = DirectoryPages.MessagesPerPage;
        var wanted = numbers.Select(n => (n.Pages, First: n.Number / size * size)).Distinct().ToArray();
        var found = (await database.Query(
            new Statement(
                $"""
                select m.pages, m.first, m.data from (select value, n from {database.Listed("@pages")}) as p
                join (select value, n from {database.Listed("@firsts")}) as f on f.n = p.n
                join search_messages m on m.pages = p.value and m.first = cast(f.value as bigint)
                """,
                ("@pages", database.List([.. wanted.Select(w => w.Pages)])),
                ("@firsts", database.List([.. wanted.Select(w => Text((uint)w.First))]))),
            static row => (Key: (row.GetString(0), (int)row.GetInt64(1)), Messages: DirectoryPages.Decode(row.Bytes(2))),
            cancellationToken).ConfigureAwait(false)).ToDictionary(p => p.Key, p => p.Messages);
        return found.Count < wanted.Length
            ? null
            : [.. numbers.Select(n => found[(n.Pages, n.Number / size * size)][n.Number % size])];
    }

    /// <summary>The next pages of a block in order, for a merge.</summary>
    public Task<List<PostingPage>> PagesAfter(
        string pages, long firstToken, int limit, CancellationToken cancellationToken) =>
        database.Query(
            new Statement(
                """
                select first_token, data from search_pages where pages = @pages and first_token > @after
                order by first_token limit @limit
                """,
                ("@pages", pages), ("@after", firstToken), ("@limit", (long)limit)),
            static row => new PostingPage((uint)row.GetInt64(0), row.Bytes(1)), cancellationToken);

    /// <summary>All messages of a block in order.</summary>
    public async Task<List<IndexedMessage>> AllMessages(string pages, CancellationToken cancellationToken) =>
        [.. (await database.Query(
            new Statement("select data from search_messages where pages = @pages order by first", ("@pages", pages)),
            static row => DirectoryPages.Decode(row.Bytes(0)), cancellationToken).ConfigureAwait(false))
            .SelectMany(static m => m)];

    public async Task WritePages(string name, IReadOnlyList<PostingPage> pages, CancellationToken cancellationToken)
    {
        foreach (var chunk in pages.Chunk(RowsPerWrite))
            await WriteRows(
                "search_pages", "first_token", name, [.. chunk.Select(p => (p.FirstToken, p.Data))], cancellationToken)
                .ConfigureAwait(false);
    }

    public async Task WriteMessages(string name, List<IndexedMessage> messages, CancellationToken cancellationToken)
    {
        const int size = DirectoryPages.MessagesPerPage;
        var rows = new List<(uint, byte[])>();
        for (var first = 0; first < messages.Count; first += size)
        {
            var page = CollectionsMarshal.AsSpan(messages).Slice(first, Math.Min(size, messages.Count - first));
            rows.Add(((uint)first, DirectoryPages.Encode(page)));
        }
        foreach (var chunk in rows.Chunk(RowsPerWrite))
            await WriteRows("search_messages", "first", name, chunk, cancellationToken).ConfigureAwait(false);
    }

    private Task<bool> WriteRows(
        string table, string key, string name, (uint Key, byte[] Data)[] rows, CancellationToken cancellationToken) =>
        database.WriteOne(
            new Statement(
                $"""
                insert into {table} (pages, {key}, data)
                select @pages, cast(k.value as bigint), {database.Unhex("d.value")}
                from (select value, n from {database.Listed("@keys")}) as k
                join (select value, n from {database.Listed("@data")}) as d on d.n = k.n
                returning 1
                """,
                ("@pages", name), ("@keys", database.List([.. rows.Select(r => Text(r.Key))])),
                ("@data", database.List([.. rows.Select(r => Convert.ToHexString(r.Data))]))),
            cancellationToken);

    private async Task RemovePages(string where, string[] names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            foreach (var (table, key) in ((string, string)[])
                [("search_pages", "first_token"), ("search_messages", "first")])
            {
                // Some at a time: a large block's removal would hold the writer up.
                while (await database.WriteOne(
                    new Statement(
                        $"""
                        delete from {table} where {where} and {key} in (
                            select {key} from {table} where {where} order by {key} limit 256)
                        returning 1
                        """,
                        ("@name", name)),
                    cancellationToken).ConfigureAwait(false))
                {
                }
            }
        }
    }

    /// <summary>The names of pages stored, found by leaps: a name has thousands of rows.</summary>
    private async Task<List<string>> Names(string table, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        while (true)
        {
            var next = (await database.Query(
                new Statement(
                    $"select pages from {table} where pages > @last order by pages limit 1",
                    ("@last", names is [.., var last] ? last : "")),
                static row => row.GetString(0), cancellationToken).ConfigureAwait(false)).FirstOrDefault();
            if (next is null)
                return names;
            names.Add(next);
        }
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static (string, object?)[] Values(SearchBlock block) =>
    [
        ("@after", block.After), ("@upto", block.UpTo), ("@pages", block.Pages), ("@messages", (long)block.Messages),
        ("@first", block.FirstAt), ("@last", block.LastAt),
    ];
}
