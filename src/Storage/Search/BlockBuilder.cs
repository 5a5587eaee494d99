namespace CustomerService.Storage.Search;

/// <summary>A block of the index in memory: neighbouring messages and their tokens.</summary>
internal sealed class BlockBuilder
{
    private readonly Dictionary<uint, List<int>> _postings = [];
    private readonly HashSet<uint> _tokens = [];

    public List<IndexedMessage> Messages { get; } = [];

    public void Add(IndexedMessage message, string text)
    {
        _tokens.Clear();
        SearchText.AddTokens(text, _tokens);
        foreach (var token in _tokens)
        {
            if (!_postings.TryGetValue(token, out var numbers))
                _postings.Add(token, numbers = []);
            numbers.Add(Messages.Count);
        }
        Messages.Add(message);
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
