using CustomerService.Conversations;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Journal;

namespace CustomerService.Grains.Conversations;

/// <summary>How far each party of one conversation has read. The table is the truth; this remembers it while the grain
/// lives, to tell what is news.</summary>
internal sealed class ReadMarks(string id, string streamName, IJournal journal, IConversationIndex index)
{
    /// <summary>Events looked through for the visitors' number of an agent's mark: notes in a row beyond that only cost
    /// the signal.</summary>
    private const int LookBackEvents = 50;

    private const string VisitorReader = "visitor";
    private const int ReadersMax = 256;
    private readonly SortedDictionary<string, long> _marks = new(StringComparer.Ordinal);

    /// <summary>Name under which an agent's marks are stored.</summary>
    public static string AgentReader(string agentId) => "agent:" + agentId;

    /// <summary>Reads the stored marks; what is known and not yet written stays. Until that has succeeded once the grain
    /// does not answer: a mark of zero would show as a conversation that nobody has read.</summary>
    public async Task Load()
    {
        foreach (var mark in await index.ReadMarks(id))
            _marks[mark.Reader] = Math.Max(mark.UpTo, _marks.GetValueOrDefault(mark.Reader));
    }

    /// <summary>An agent's mark.</summary>
    public long Of(string agentId) => _marks.GetValueOrDefault(AgentReader(agentId));

    /// <summary>Raises a mark, capped at the head. False where it was there already.</summary>
    public bool Raise(Actor by, long upTo, Conversation now)
    {
        var reader = Reader(by);
        var capped = Math.Min(upTo, by.Kind == ActorKind.Visitor ? now.VisitorHead : now.Version);
        var known = _marks.TryGetValue(reader, out var before);
        if (capped <= before || (!known && _marks.Count >= ReadersMax))
            return false;
        _marks[reader] = capped;
        index.MarkRead(id, reader, capped);
        return true;
    }

    /// <summary>The mark in the other side's numbering; null where that is not worth finding.</summary>
    public Task<long?> ForOtherSide(Actor by, Conversation now)
    {
        var mark = _marks[Reader(by)];
        if (by.Kind == ActorKind.Visitor)
            return mark == now.VisitorHead ? Task.FromResult<long?>(now.Version) : ForAgents(journal, streamName, mark);
        return mark == now.Version ? Task.FromResult<long?>(now.VisitorHead) : ForVisitors(journal, streamName, mark);
    }

    /// <summary>How far the side that the caller is not on has read, in the caller's numbering, as stored.</summary>
    public static async Task<long?> OfOtherSide(
        IJournal journal, IConversationIndex index, string id, string streamName, bool forVisitor)
    {
        var marks = await index.ReadMarks(id);
        var mark = marks.Where(mark => (mark.Reader == VisitorReader) != forVisitor)
            .Select(mark => mark.UpTo).DefaultIfEmpty().Max();
        if (mark == 0)
            return null;
        return forVisitor ? await ForVisitors(journal, streamName, mark) : await ForAgents(journal, streamName, mark);
    }

    /// <summary>A mark of one side in the numbering of the other, which is to see it; null where that is not worth
    /// finding.</summary>
    public Task<long?> InNumberingOf(Audience audience, long mark) => audience == Audience.Agents
        ? ForAgents(journal, streamName, mark)
        : ForVisitors(journal, streamName, mark);

    private static async Task<long?> ForAgents(IJournal journal, string streamName, long visitorsMark) =>
        await journal.ReadVisibleBefore(streamName, visitorsMark + 1, 1) is [{ } last] ? last.Version : null;

    private static async Task<long?> ForVisitors(IJournal journal, string streamName, long agentsMark)
    {
        var back = await journal.ReadBefore(streamName, agentsMark + 1, LookBackEvents);
        return back.LastOrDefault(stored => stored.VisitorSequence is not null)?.VisitorSequence;
    }

    private static string Reader(Actor by) => by.Kind == ActorKind.Visitor ? VisitorReader : AgentReader(by.Id);
}
