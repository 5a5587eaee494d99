namespace CustomerService.Storage.Search;

/// <summary>A page of a block's index: tokens, ascending, each with the numbers of the messages that have it.</summary>
internal sealed record PostingPage(uint FirstToken, byte[] Data);

/// <summary>
/// Writes pages. An entry is the token less the one before, the length of its numbers in bytes, and the numbers, each less
/// the one before. The first page begins with token 0, so that a token's page is the last that begins at or before it.
/// </summary>
internal sealed class PostingWriter
{
    // Small enough to lie in the row itself on PostgreSQL, large enough that a block of 65,536 has few thousand.
    private const int PageBytes = 1_800;

    private readonly List<byte> _page = [];
    private readonly List<byte> _numbers = [];
    private uint _first;
    private uint _last;

    public List<PostingPage> Pages { get; } = [];

    public void Add(uint token, IReadOnlyList<int> numbers)
    {
        _numbers.Clear();
        var before = -1;
        for (var i = 0; i < numbers.Count; i++)
        {
            VarInts.Write(_numbers, (ulong)(numbers[i] - before - 1));
            before = numbers[i];
        }
        if (_page.Count > 0 && _page.Count + _numbers.Count > PageBytes)
        {
            Cut();
            _first = _last = token;
        }
        VarInts.Write(_page, token - _last);
        VarInts.Write(_page, (ulong)_numbers.Count);
        _page.AddRange(_numbers);
        _last = token;
    }

    /// <summary>Ends the last page.</summary>
    public void Cut()
    {
        if (_page.Count == 0 && (_first > 0 || Pages.Count > 0))
            return;
        Pages.Add(new PostingPage(_first, [.. _page]));
        _page.Clear();
    }
}

/// <summary>Reads the entries of a page in order.</summary>
internal ref struct PostingReader(uint firstToken, ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _at;

    public uint Token { get; private set; } = firstToken;

    public ReadOnlySpan<byte> Numbers { get; private set; }

    public bool Next()
    {
        if (_at >= _data.Length)
            return false;
        Token += (uint)VarInts.Read(_data, ref _at);
        var length = (int)VarInts.Read(_data, ref _at);
        Numbers = _data.Slice(_at, length);
        _at += length;
        return true;
    }

    /// <summary>Appends the numbers, each raised by <paramref name="by"/>.</summary>
    public static void Decode(ReadOnlySpan<byte> numbers, List<int> into, int by = 0)
    {
        var last = -1;
        for (var at = 0; at < numbers.Length;)
        {
            last += (int)VarInts.Read(numbers, ref at) + 1;
            into.Add(last + by);
        }
    }

    /// <summary>The numbers of the messages with a token, ascending; empty where none has it.</summary>
    public static List<int> Find(uint firstToken, ReadOnlySpan<byte> data, uint token)
    {
        var found = new List<int>();
        var reader = new PostingReader(firstToken, data);
        while (reader.Next() && reader.Token <= token)
        {
            if (reader.Token == token)
                Decode(reader.Numbers, found);
        }
        return found;
    }
}
