namespace CustomerService.Storage.Search;

/// <summary>A block of the index in memory: neighbouring messages and their tokens.</summary>
internal sealed class BlockBuilder
{
    /// <summary>Tokens whose room is kept for the next block: of what comes in a second or two. A backlog's is let go.
    /// </summary>
    private const int TokensKeptMax = 16_384;

    private readonly HashSet<uint> _tokens = [];
    private readonly Stack<List<int>> _spare = [];
    private Dictionary<uint, List<int>> _postings = [];

    public List<IndexedMessage> Messages { get; } = [];

    public void Add(IndexedMessage message, string text)
    {
        _tokens.Clear();
        SearchText.AddTokens(text, _tokens);
        foreach (var token in _tokens)
        {
            if (!_postings.TryGetValue(token, out var numbers))
                _postings.Add(token, numbers = _spare.TryPop(out var spare) ? spare : []);
            numbers.Add(Messages.Count);
        }
        Messages.Add(message);
    }

    /// <summary>Begins another block.</summary>
    public void Clear()
    {
        Messages.Clear();
        if (_postings.Count > TokensKeptMax)
        {
            _postings = [];
            _spare.Clear();
            return;
        }
        foreach (var numbers in _postings.Values)
        {
            numbers.Clear();
            _spare.Push(numbers);
        }
        _postings.Clear();
    }

    public List<PostingPage> Pages()
    {
        var writer = new PostingWriter();
        var tokens = _postings.Keys.ToArray();
        Array.Sort(tokens);
        foreach (var token in tokens)
            writer.Add(token, _postings[token]);
        writer.Cut();
        return writer.Pages;
    }
}
