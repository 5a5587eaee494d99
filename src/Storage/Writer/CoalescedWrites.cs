using CustomerService.Storage.Conversations;

namespace CustomerService.Storage.Writer;

/// <summary>Writes that nobody waits for, merged by key until the next flush. Not safe for concurrent use.</summary>
internal sealed class CoalescedWrites
{
    // Reached only when the database is away for long; what is dropped is repaired from the journal, delivered once
    // more by the sweep, or, for a read mark, raised by the reader's next one.
    private const int CountMax = 100_000;

    // Every message comes here, a flush now and then: sorted then, not kept sorted.
    private readonly Dictionary<string, ConversationActivity> _activities = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Conversation, string Reader), long> _marks = [];
    private readonly HashSet<string> _completed = new(StringComparer.Ordinal);

    public bool IsEmpty => _activities.Count == 0 && _marks.Count == 0 && _completed.Count == 0;

    /// <summary>In the order of their ids, so that two processes lock what they share in one order.</summary>
    public List<KeyValuePair<string, ConversationActivity>> Activities() =>
        Sorted(_activities, static (x, y) => string.CompareOrdinal(x.Key, y.Key));

    /// <summary>In the order of conversation and reader.</summary>
    public List<KeyValuePair<(string Conversation, string Reader), long>> Marks() =>
        Sorted(_marks, static (x, y) => string.CompareOrdinal(x.Key.Conversation, y.Key.Conversation) is var first and not 0
            ? first
            : string.CompareOrdinal(x.Key.Reader, y.Key.Reader));

    /// <summary>In their order.</summary>
    public List<string> Completed() => Sorted(_completed, string.CompareOrdinal);

    /// <summary>The same in pieces of so many rows: the locks of one piece are gone before the next one is begun.</summary>
    public IEnumerable<CoalescedWrites> Pieces(int rowsMax)
    {
        if (_activities.Count + _marks.Count + _completed.Count <= rowsMax)
        {
            if (!IsEmpty)
                yield return this;
            yield break;
        }
        foreach (var rows in Activities().Chunk(rowsMax))
            yield return Piece(piece => Array.ForEach(rows, row => piece._activities.Add(row.Key, row.Value)));
        foreach (var rows in Marks().Chunk(rowsMax))
            yield return Piece(piece => Array.ForEach(rows, row => piece._marks.Add(row.Key, row.Value)));
        foreach (var rows in Completed().Chunk(rowsMax))
            yield return Piece(piece => piece._completed.UnionWith(rows));
    }

    public void Touch(string id, ConversationActivity activity)
    {
        if (_activities.TryGetValue(id, out var known) ? known.Version < activity.Version : _activities.Count < CountMax)
            _activities[id] = activity;
    }

    public void Mark(string conversation, string reader, long upTo)
    {
        var key = (conversation, reader);
        if (_marks.TryGetValue(key, out var known) ? known < upTo : _marks.Count < CountMax)
            _marks[key] = upTo;
    }

    public void Complete(string effectId)
    {
        if (_completed.Count < CountMax)
            _completed.Add(effectId);
    }

    /// <summary>Takes back what a failed flush did not write; newer values here stay.</summary>
    public void Merge(CoalescedWrites older)
    {
        foreach (var (id, activity) in older._activities)
            Touch(id, activity);
        foreach (var ((conversation, reader), upTo) in older._marks)
            Mark(conversation, reader, upTo);
        foreach (var id in older._completed)
            Complete(id);
    }

    private static CoalescedWrites Piece(Action<CoalescedWrites> fill)
    {
        var piece = new CoalescedWrites();
        fill(piece);
        return piece;
    }

    private static List<T> Sorted<T>(IEnumerable<T> items, Comparison<T> order)
    {
        var sorted = items.ToList();
        sorted.Sort(order);
        return sorted;
    }
}
