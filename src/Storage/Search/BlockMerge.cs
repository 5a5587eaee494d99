namespace CustomerService.Storage.Search;

/// <summary>
/// Merges neighbouring blocks of like size, sixteen at a time, so that a search has few to look into: each message is
/// written again three times at most until its block has <see cref="FullMin"/>, and never after that.
/// </summary>
internal sealed class BlockMerge(SearchBlocks blocks)
{
    /// <summary>A block of so many messages is not merged any more.</summary>
    public const int FullMin = 65_536;

    private const int AtATime = 16;
    private const int PagesPerRead = 32;
    private const int PagesPerWrite = 64;

    public async Task MergeDue(CancellationToken cancellationToken)
    {
        while (Due(await blocks.All(cancellationToken).ConfigureAwait(false)) is { Count: > 1 } run)
        {
            if (!await Merge(run, cancellationToken).ConfigureAwait(false))
                return;
        }
    }

    /// <summary>The last sixteen neighbours of one size, or of the largest size as many as fill a block.</summary>
    internal static List<SearchBlock>? Due(List<SearchBlock> all)
    {
        for (var end = all.Count; end > 0;)
        {
            var tier = Tier(all[end - 1]);
            var start = end;
            while (start > 0 && Tier(all[start - 1]) == tier)
                start--;
            var run = all[start..end];
            if (tier == Tier(FullMin - 1))
            {
                var sum = 0;
                var enough = run.FindIndex(b => (sum += b.Messages) >= FullMin);
                if (enough > 0)
                    return run[..(enough + 1)];
            }
            else if (tier < Tier(FullMin) && run.Count >= AtATime)
            {
                return run[..AtATime];
            }
            end = start;
        }
        return null;
    }

    private static int Tier(SearchBlock block) => Tier(block.Messages);

    private static int Tier(int messages) => messages switch
    {
        < 16 => 0,
        < 256 => 1,
        < 4_096 => 2,
        < FullMin => 3,
        _ => 4,
    };

    private async Task<bool> Merge(List<SearchBlock> run, CancellationToken cancellationToken)
    {
        var full = run.Where(b => b.Messages > 0).ToList();
        var messages = new List<IndexedMessage>(full.Sum(b => b.Messages));
        var sources = new List<Source>();
        foreach (var block in full)
        {
            sources.Add(new Source(blocks, block.Pages, messages.Count));
            messages.AddRange(await blocks.AllMessages(block.Pages, cancellationToken).ConfigureAwait(false));
        }
        var name = Guid.CreateVersion7().ToString("n");
        if (full.Count > 0)
        {
            await blocks.WriteMessages(name, messages, cancellationToken).ConfigureAwait(false);
            await WritePages(name, sources, cancellationToken).ConfigureAwait(false);
        }
        var merged = full.Count == 0
            ? new SearchBlock(run[0].After, run[^1].UpTo, "", 0, 0, 0)
            : new SearchBlock(run[0].After, run[^1].UpTo, name, messages.Count, full.Min(b => b.FirstAt),
                full.Max(b => b.LastAt));
        if (messages.Count != run.Sum(b => b.Messages)
            || !await blocks.Replace(run[0], merged, cancellationToken).ConfigureAwait(false))
        {
            // Somebody else merged them meanwhile.
            await blocks.Remove([], [name], cancellationToken).ConfigureAwait(false);
            return false;
        }
        await blocks.Remove(run[1..], [.. run.Select(b => b.Pages)], cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task WritePages(string name, List<Source> sources, CancellationToken cancellationToken)
    {
        var writer = new PostingWriter();
        var numbers = new List<int>();
        foreach (var source in sources)
            await source.Next(cancellationToken).ConfigureAwait(false);
        while (sources.Exists(s => s.Has))
        {
            var token = sources.Where(s => s.Has).Min(s => s.Token);
            numbers.Clear();
            foreach (var source in sources)
            {
                if (!source.Has || source.Token != token)
                    continue;
                source.AddTo(numbers);
                await source.Next(cancellationToken).ConfigureAwait(false);
            }
            writer.Add(token, numbers);
            if (writer.Pages.Count >= PagesPerWrite)
            {
                await blocks.WritePages(name, writer.Pages, cancellationToken).ConfigureAwait(false);
                writer.Pages.Clear();
            }
        }
        writer.Cut();
        await blocks.WritePages(name, writer.Pages, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The entries of one block in the order of tokens, a few pages in memory at a time.</summary>
    private sealed class Source(SearchBlocks blocks, string pages, int firstNumber)
    {
        private readonly Queue<(uint Token, byte[] Numbers)> _entries = [];
        private long _lastPage = -1;
        private bool _began;

        public bool Has => _entries.Count > 0;

        public uint Token => _entries.Peek().Token;

        public void AddTo(List<int> numbers) => PostingReader.Decode(_entries.Peek().Numbers, numbers, firstNumber);

        public async ValueTask Next(CancellationToken cancellationToken)
        {
            if (_began && _entries.Count > 0)
                _entries.Dequeue();
            _began = true;
            if (_entries.Count > 0)
                return;
            foreach (var page in await blocks.PagesAfter(pages, _lastPage, PagesPerRead, cancellationToken)
                .ConfigureAwait(false))
            {
                var reader = new PostingReader(page.FirstToken, page.Data);
                while (reader.Next())
                    _entries.Enqueue((reader.Token, reader.Numbers.ToArray()));
                _lastPage = page.FirstToken;
            }
        }
    }
}
