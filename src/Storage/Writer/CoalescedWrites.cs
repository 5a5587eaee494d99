using CustomerService.Storage.Conversations;

namespace CustomerService.Storage.Writer;

/// <summary>Writes that nobody waits for, merged by key until the next flush. Not safe for concurrent use.</summary>
internal sealed class CoalescedWrites
{
    // Reached only when the database is away for long; what is dropped is repaired from the journal, delivered once
    // more by the sweep, or, for a read mark, raised by the reader's next one.
    private const int CountMax = 100_000;

    public SortedDictionary<string, ConversationActivity> Activities { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<(string Conversation, string Reader), long> Marks { get; } = new(OrdinalPairs.Instance);

    public SortedSet<string> Completed { get; } = new(StringComparer.Ordinal);

    public bool IsEmpty => Activities.Count == 0 && Marks.Count == 0 && Completed.Count == 0;

    public void Touch(string id, ConversationActivity activity)
    {
        if (Activities.TryGetValue(id, out var known) ? known.Version < activity.Version : Activities.Count < CountMax)
            Activities[id] = activity;
    }

    public void Mark(string conversation, string reader, long upTo)
    {
        var key = (conversation, reader);
        if (Marks.TryGetValue(key, out var known) ? known < upTo : Marks.Count < CountMax)
            Marks[key] = upTo;
    }

    public void Complete(string effectId)
    {
        if (Completed.Count < CountMax)
            Completed.Add(effectId);
    }

    /// <summary>Takes back what a failed flush did not write; newer values here stay.</summary>
    public void Merge(CoalescedWrites older)
    {
        foreach (var (id, activity) in older.Activities)
            Touch(id, activity);
        foreach (var ((conversation, reader), upTo) in older.Marks)
            Mark(conversation, reader, upTo);
        foreach (var id in older.Completed)
            Complete(id);
    }

    private sealed class OrdinalPairs : IComparer<(string, string)>
    {
        public static OrdinalPairs Instance { get; } = new();

        public int Compare((string, string) x, (string, string) y) =>
            string.CompareOrdinal(x.Item1, y.Item1) is var first and not 0
                ? first
                : string.CompareOrdinal(x.Item2, y.Item2);
    }
}
