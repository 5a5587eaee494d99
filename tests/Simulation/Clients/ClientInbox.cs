using CustomerService.Conversations;

namespace CustomerService.Simulation.Clients;

/// <summary>An agent's inbox: the twin of the web client's <c>inbox.ts</c>, checked against the same vectors. A gap in
/// versions means: ask for the whole again.</summary>
internal sealed class ClientInbox
{
    private readonly List<(long Version, string Change, ConversationView Line)> _buffer = [];

    public bool Connected { get; private set; }

    public long Version { get; private set; }
    public SortedDictionary<string, ConversationView> Lines { get; } = new(StringComparer.Ordinal);
    public bool Loading { get; private set; }

    /// <returns>True where it must be loaded.</returns>
    public bool Connect()
    {
        Connected = true;
        return Load();
    }

    public void Disconnect()
    {
        (Connected, Loading) = (false, false);
        _buffer.Clear();
    }

    public bool Changed(long version, string change, ConversationView line)
    {
        if (Loading)
        {
            _buffer.Add((version, change, line));
            return false;
        }
        return Change(version, change, line);
    }

    public bool HeardVersion(long version) => !Loading && version > Version && Load();

    public bool Loaded(InboxPage page)
    {
        if (!Loading)
            return false;
        Loading = false;
        Version = page.Version;
        Lines.Clear();
        foreach (var line in page.Conversations)
            Lines[line.ConversationId] = line;
        var buffered = _buffer.ToArray();
        _buffer.Clear();
        var load = false;
        foreach (var (version, change, line) in buffered)
        {
            if (Loading)
                _buffer.Add((version, change, line));
            else
                load |= Change(version, change, line);
        }
        return load;
    }

    public void LoadFailed()
    {
        Loading = false;
        _buffer.Clear();
    }

    public bool Check() => Connected && !Loading && Load();

    private long ReadUpTo(string id) => Lines.TryGetValue(id, out var line) ? line.ReadUpTo : 0;

    private bool Load()
    {
        if (!Connected)
            return false;
        Loading = true;
        _buffer.Clear();
        return true;
    }

    private bool Change(long version, string change, ConversationView line)
    {
        // A changed line keeps the version; every other change raises it by one.
        var expected = change == "changed" ? Version : Version + 1;
        if (version < expected)
            return false;
        if (version > expected)
            return Load();
        Version = version;
        if (change == "removed")
            Lines.Remove(line.ConversationId);
        else
            Lines[line.ConversationId] = line with { ReadUpTo = Math.Max(line.ReadUpTo, ReadUpTo(line.ConversationId)) };
        return false;
    }
}
