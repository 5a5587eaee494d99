using CustomerService.Checker.History;

namespace CustomerService.Checker;

/// <summary>A client of the run: one connection's worth of memory. A page that is loaded anew is a new client.</summary>
internal sealed class ClientOfRun(HistoryLine line)
{
    public HistoryLine Line => line;
    public string Name => line.Client!;
    public string Actor => line.Actor!;
    public bool IsVisitor => line.Audience == "visitors";
    public HistoryLine? Revoked { get; set; }
}

/// <summary>One call and its answer.</summary>
internal sealed class Operation(HistoryLine invoke)
{
    public HistoryLine Invoke => invoke;
    public HistoryLine? Answer { get; set; }
    public bool IsSend => invoke.Id is not null;
    public bool IsOk => Answer?.Kind == LineKinds.Ok;
    public bool IsUnknown => Answer is null || Answer.Kind == LineKinds.Unknown;
    public string? Conversation => Answer?.Conversation ?? invoke.Conversation;
}

/// <summary>What one client saw of one conversation, in the order in which it saw it.</summary>
internal sealed class View(ClientOfRun client, string conversation)
{
    public ClientOfRun Client => client;
    public string Conversation => conversation;
    public List<HistoryLine> Lines { get; } = [];
}

/// <summary>All lines of one conversation's stored stream.</summary>
internal sealed class StoredConversation(string id)
{
    public string Id => id;
    public List<HistoryLine> Events { get; } = [];
    public List<HistoryLine> Visible { get; } = [];

    /// <summary>The stored event behind a sequence of one audience; null where there is none.</summary>
    public HistoryLine? At(bool forVisitors, long sequence)
    {
        var events = forVisitors ? Visible : Events;
        return sequence >= 1 && sequence <= events.Count ? events[(int)sequence - 1] : null;
    }
}

/// <summary>A history, sorted by what the invariants speak of.</summary>
internal sealed class Model
{
    public Dictionary<string, ClientOfRun> Clients { get; } = new(StringComparer.Ordinal);
    public List<Operation> Operations { get; } = [];
    public List<View> Views { get; } = [];
    public Dictionary<string, StoredConversation> Conversations { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, List<HistoryLine>> Agents { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, List<HistoryLine>> Capacities { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, List<HistoryLine>> Availability { get; } = new(StringComparer.Ordinal);
    public List<HistoryLine> Rows { get; } = [];
    public List<HistoryLine> Loads { get; } = [];
    public List<HistoryLine> QueueLengths { get; } = [];
    public List<HistoryLine> Unreads { get; } = [];
    public List<HistoryLine> Folds { get; } = [];
    public HistoryLine? Healed { get; private set; }
    public HistoryLine? Drained { get; private set; }
    public HistoryLine End { get; private set; } = new();
    public bool HasDump => Conversations.Count > 0;

    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Client, string Conversation), View> _views = [];

    /// <summary>Reads all lines; refuses those that contradict each other.</summary>
    public static Model Of(IEnumerable<HistoryLine> lines)
    {
        var model = new Model();
        foreach (var line in HistoryReader.Verify(lines))
            model.Add(line);
        if (model.Operations.FirstOrDefault(operation => operation.Answer is null) is { } open)
        {
            throw new BadHistoryException(open.Invoke.N,
                $"operation '{open.Invoke.Op}' has no answer: a recorder writes 'unknown' for what is still open.");
        }
        foreach (var conversation in model.Conversations.Values)
        {
            conversation.Events.Sort((a, b) => a.Version!.Value.CompareTo(b.Version!.Value));
            conversation.Visible.AddRange(conversation.Events.Where(e => e.Sequence is not null).OrderBy(e => e.Sequence));
        }
        foreach (var events in model.Agents.Values)
            events.Sort((a, b) => a.Version!.Value.CompareTo(b.Version!.Value));
        return model;
    }

    private void Add(HistoryLine line)
    {
        switch (line.Kind)
        {
            case LineKinds.Client:
                if (!Clients.TryAdd(line.Client!, new ClientOfRun(line)))
                    throw new BadHistoryException(line.N, $"client '{line.Client}' was introduced before.");
                break;
            case LineKinds.Invoke:
                ClientOf(line);
                var operation = new Operation(line);
                if (!_operations.TryAdd(line.Op!, operation))
                    throw new BadHistoryException(line.N, $"operation '{line.Op}' was invoked before.");
                Operations.Add(operation);
                break;
            case LineKinds.Ok or LineKinds.Fail or LineKinds.Unknown:
                Answer(line);
                break;
            case LineKinds.Join or LineKinds.Apply or LineKinds.Push or LineKinds.Leave:
                ViewOf(line).Lines.Add(line);
                break;
            case LineKinds.Revoked:
                ClientOf(line).Revoked ??= line;
                break;
            case LineKinds.Capacity:
                ListOf(Capacities, line.Agent!).Add(line);
                break;
            case LineKinds.Available or LineKinds.Unavailable:
                ListOf(Availability, line.Agent!).Add(line);
                break;
            case LineKinds.Mark when line.What == "healed":
                Healed = line;
                break;
            case LineKinds.Mark:
                Drained = line;
                break;
            case LineKinds.Stored:
                if (!Conversations.TryGetValue(line.Conversation!, out var stored))
                    Conversations.Add(line.Conversation!, stored = new StoredConversation(line.Conversation!));
                stored.Events.Add(line);
                break;
            case LineKinds.AgentStored:
                ListOf(Agents, line.Agent!).Add(line);
                break;
            case LineKinds.Row:
                Rows.Add(line);
                break;
            case LineKinds.Load:
                Loads.Add(line);
                break;
            case LineKinds.QueueLength:
                QueueLengths.Add(line);
                break;
            case LineKinds.Unread:
                Unreads.Add(line);
                break;
            case LineKinds.Fold:
                Folds.Add(line);
                break;
            case LineKinds.End:
                End = line;
                break;
        }
    }

    private void Answer(HistoryLine line)
    {
        ClientOf(line);
        if (!_operations.TryGetValue(line.Op!, out var operation))
            throw new BadHistoryException(line.N, $"answers operation '{line.Op}', which was never invoked.");
        if (operation.Answer is { } first)
            throw new BadHistoryException(line.N, $"answers operation '{line.Op}' again; line {first.N} did before.");
        if (operation.Invoke.Client != line.Client)
            throw new BadHistoryException(line.N, $"answers '{line.Client}', but '{operation.Invoke.Client}' invoked it.");
        if (line.Kind == LineKinds.Ok && operation.IsSend && (line.Sequence is not >= 1 || operation.Conversation is null && line.Conversation is null))
            throw new BadHistoryException(line.N, "the ok of a send needs a sequence and a conversation.");
        operation.Answer = line;
    }

    private ClientOfRun ClientOf(HistoryLine line) => Clients.TryGetValue(line.Client!, out var client)
        ? client
        : throw new BadHistoryException(line.N, $"client '{line.Client}' was not introduced.");

    private View ViewOf(HistoryLine line)
    {
        var key = (line.Client!, line.Conversation!);
        if (!_views.TryGetValue(key, out var view))
        {
            _views.Add(key, view = new View(ClientOf(line), line.Conversation!));
            Views.Add(view);
        }
        return view;
    }

    private static List<HistoryLine> ListOf(Dictionary<string, List<HistoryLine>> lists, string key)
    {
        if (!lists.TryGetValue(key, out var list))
            lists.Add(key, list = []);
        return list;
    }
}
