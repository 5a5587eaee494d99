using System.Collections.Frozen;

namespace CustomerService.Checker.History;

/// <summary>The kinds of lines and what each must carry.</summary>
public static class LineKinds
{
    public const string History = "history";
    public const string Client = "client";
    public const string Invoke = "invoke";
    public const string Ok = "ok";
    public const string Fail = "fail";
    public const string Unknown = "unknown";
    public const string Join = "join";
    public const string Apply = "apply";
    public const string Push = "push";
    public const string Leave = "leave";
    public const string Revoked = "revoked";
    public const string Capacity = "capacity";
    public const string Available = "available";
    public const string Unavailable = "unavailable";
    public const string Mark = "mark";
    public const string Stored = "stored";
    public const string AgentStored = "agent-stored";
    public const string Row = "row";
    public const string Load = "load";
    public const string QueueLength = "queue-length";
    public const string Unread = "unread";
    public const string Fold = "fold";
    public const string End = "end";

    /// <summary>A member that a kind needs.</summary>
    private sealed record Need(string Name, Func<HistoryLine, bool> Given);

    private static readonly FrozenDictionary<string, Need[]> Needs = new Dictionary<string, Need[]>
    {
        [History] = [new("format", l => l.Format is not null), new("source", l => l.Source is not null)],
        [Client] = [OfClient, new("actor", l => l.Actor is not null), new("audience", l => l.Audience is "visitors" or "agents")],
        [Invoke] = [OfClient, OfOp, new("do", l => l.Do is not null)],
        [Ok] = [OfClient, OfOp],
        [Fail] = [OfClient, OfOp, new("code", l => l.Code is not null)],
        [Unknown] = [OfClient, OfOp],
        [Join] = [OfClient, OfConversation, new("from", l => l.From >= 0)],
        [Apply] = [OfClient, OfConversation, OfSequence, OfFact, OfContent],
        [Push] = [OfClient, OfConversation, OfSequence, OfFact],
        [Leave] = [OfClient, OfConversation],
        [Revoked] = [OfClient],
        [Capacity] = [OfAgent, new("capacity", l => l.Capacity >= 0)],
        [Available] = [OfAgent, new("queues", l => l.Queues is not null)],
        [Unavailable] = [OfAgent],
        [Mark] = [new("what", l => l.What is "healed" or "drained")],
        [Stored] = [OfConversation, OfVersion, OfFact, OfContent, OfAt, OfPosition],
        [AgentStored] = [OfAgent, OfVersion, OfFact, OfAt, OfPosition],
        [Row] = [OfConversation, OfVersion, new("state", l => l.State is not null)],
        [Load] = [OfAgent, new("load", l => l.Load >= 0)],
        [QueueLength] = [new("queue", l => l.Queue is not null), new("waiting", l => l.Waiting >= 0)],
        [Unread] = [OfConversation, new("reader", l => l.Reader is not null), new("audience", l => l.Audience is "visitors" or "agents"),
            new("head", l => l.Head is not null), new("upTo", l => l.UpTo is not null), new("unread", l => l.Unread is not null)],
        [Fold] = [new("stream", l => l.Stream is not null), OfVersion, new("schema", l => l.Schema is not null),
            new("whole", l => l.Whole is not null), new("tail", l => l.Tail is not null)],
        [End] = [new("lines", l => l.Lines is not null)],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All kinds, in ordinal order.</summary>
    public static IReadOnlyList<string> All => [.. Needs.Keys.Order(StringComparer.Ordinal)];

    private static Need OfClient => new("client", l => l.Client is not null);
    private static Need OfOp => new("op", l => l.Op is not null);
    private static Need OfConversation => new("conversation", l => l.Conversation is not null);
    private static Need OfSequence => new("sequence", l => l.Sequence >= 1);
    private static Need OfFact => new("fact", l => l.Fact is not null);
    private static Need OfContent => new("content", l => l.Content is not null);
    private static Need OfVersion => new("version", l => l.Version >= 0);
    private static Need OfAgent => new("agent", l => l.Agent is not null);
    private static Need OfAt => new("at", l => l.At is not null);
    private static Need OfPosition => new("position", l => l.Position is not null);

    /// <summary>Refuses a line whose kind is unknown or that lacks what its kind needs.</summary>
    public static void Check(HistoryLine line)
    {
        if (!Needs.TryGetValue(line.Kind, out var needs))
            throw new BadHistoryException(line.N, $"unknown kind '{line.Kind}'; known are {string.Join(", ", All)}.");
        foreach (var need in needs)
        {
            if (!need.Given(line))
                throw new BadHistoryException(line.N, $"a line of kind '{line.Kind}' needs a valid '{need.Name}'.");
        }
    }
}
