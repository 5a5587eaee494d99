using CustomerService.Storage.Database;
using CustomerService.Storage.Journal;

namespace CustomerService.Storage.Search;

/// <summary>Keeps the index up with the journal. Used by one caller at a time.</summary>
internal sealed class SearchWriter(IDatabase database, SearchBlocks blocks, SearchAmendments amendments)
{
    private const int EventsPerRead = 1_024;
    private const int ReadsPerBlock = 4;

    private readonly JournalTail _tail = new(database);
    private readonly BlockBuilder _builder = new();

    public async Task<bool> Advance(SearchReader read, CancellationToken cancellationToken)
    {
        var all = await blocks.All(cancellationToken).ConfigureAwait(false);
        var mark = all is [.., var last] ? last.UpTo : 0;
        var builder = _builder;
        builder.Clear();
        var amended = new List<Amendment>();
        var (upTo, isMore) = (mark, true);
        for (var reads = 0; reads < ReadsPerBlock && isMore; reads++)
        {
            var (events, reached) = await _tail.Read(upTo, EventsPerRead, cancellationToken).ConfigureAwait(false);
            var found = Read(events, read);
            var some = SearchAmendments.Of(found);
            // What it removes may have been read before it was removed: the next block begins here, and finds it stored.
            if (builder.Messages.Count > 0 && some.Exists(one => one.IsRemoval))
                break;
            Take(found, builder);
            amended.AddRange(some);
            isMore = events.Count == EventsPerRead;
            upTo = reached;
        }
        if (upTo == mark)
            return false;
        // Before the block: after a crash in between the same is taken again.
        await amendments.Add(amended, cancellationToken).ConfigureAwait(false);
        await Forget(all, amended.FindAll(one => one.IsRemoval), read, cancellationToken).ConfigureAwait(false);
        await Append(await blocks.All(cancellationToken).ConfigureAwait(false), mark, upTo, builder, cancellationToken)
            .ConfigureAwait(false);
        await new BlockMerge(blocks).MergeDue(cancellationToken).ConfigureAwait(false);
        return isMore;
    }

    public async Task Rebuild(string conversationId, SearchReader read, CancellationToken cancellationToken)
    {
        foreach (var block in await blocks.All(cancellationToken).ConfigureAwait(false))
        {
            if (block.Messages == 0)
                continue;
            var messages = await blocks.AllMessages(block.Pages, cancellationToken).ConfigureAwait(false);
            if (messages.Exists(m => m.ConversationId == conversationId))
                await Rebuild(block, read, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Derives blocks anew that still have entries of what was removed.</summary>
    private async Task Forget(
        List<SearchBlock> all, List<Amendment> removals, SearchReader read, CancellationToken cancellationToken)
    {
        var positions = await amendments.Positions(removals, cancellationToken).ConfigureAwait(false);
        foreach (var block in all)
        {
            if (block.Messages == 0 || !positions.Any(at => at > block.After && at <= block.UpTo))
                continue;
            var messages = await blocks.AllMessages(block.Pages, cancellationToken).ConfigureAwait(false);
            if (messages.Exists(message => positions.Contains(message.Position)))
                await Rebuild(block, read, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task Rebuild(SearchBlock block, SearchReader read, CancellationToken cancellationToken)
    {
        var builder = new BlockBuilder();
        for (var mark = block.After; mark < block.UpTo;)
        {
            var events = await database.Query(
                new Statement(
                    """
                    select stream, version, position, type, at, data from journal
                    where position > @mark and position <= @upto order by position limit @limit
                    """,
                    ("@mark", mark), ("@upto", block.UpTo), ("@limit", (long)EventsPerRead)),
                static row => new StoredEvent(
                    row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), row.Time(4), row.Bytes(5)),
                cancellationToken).ConfigureAwait(false);
            Take(Read(events, read), builder);
            mark = events.Count == EventsPerRead ? events[^1].Position : block.UpTo;
        }
        var anew = await Stored(block.After, block.UpTo, builder, cancellationToken).ConfigureAwait(false);
        var replaced = await blocks.Replace(block, anew, cancellationToken).ConfigureAwait(false);
        await blocks.Remove([], [replaced ? block.Pages : anew.Pages], cancellationToken).ConfigureAwait(false);
    }

    private async Task Append(
        List<SearchBlock> all, long mark, long upTo, BlockBuilder builder, CancellationToken cancellationToken)
    {
        if (builder.Messages.Count == 0 && all is [.., var last])
        {
            // Nothing to find in between: the block before reaches further.
            await blocks.Replace(last, last with { UpTo = upTo }, cancellationToken).ConfigureAwait(false);
            return;
        }
        var block = await Stored(mark, upTo, builder, cancellationToken).ConfigureAwait(false);
        if (!await blocks.Add(block, cancellationToken).ConfigureAwait(false))
            await blocks.Remove([], [block.Pages], cancellationToken).ConfigureAwait(false);
    }

    private async Task<SearchBlock> Stored(
        long after, long upTo, BlockBuilder builder, CancellationToken cancellationToken)
    {
        var messages = builder.Messages;
        if (messages.Count == 0)
            return new SearchBlock(after, upTo, "", 0, 0, 0);
        var pages = await blocks.Write(builder.Pages(), messages, cancellationToken).ConfigureAwait(false);
        return new SearchBlock(after, upTo, pages, messages.Count, messages.Min(m => m.At), messages.Max(m => m.At));
    }

    private static List<(StoredEvent, Searchable)> Read(List<StoredEvent> events, SearchReader read)
    {
        var all = new List<(StoredEvent, Searchable)>(events.Count);
        foreach (var stored in events)
        {
            if (read(stored) is { } found)
                all.Add((stored, found));
        }
        return all;
    }

    private static void Take(List<(StoredEvent Stored, Searchable Found)> all, BlockBuilder builder)
    {
        foreach (var (stored, found) in all)
        {
            if (found.Text.Length > 0)
                builder.Add(new IndexedMessage(stored.Position, found.ConversationId, stored.Version, Times.ToMicros(stored.At)), found.Text);
        }
    }
}
