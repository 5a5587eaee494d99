using CustomerService.Load.Wire;

namespace CustomerService.Load.Measure;

/// <summary>What became of one event at a client.</summary>
public enum Applied
{
    /// <summary>It was the next one.</summary>
    Next,

    /// <summary>It was there already: allowed, a push may come again.</summary>
    Repeat,

    /// <summary>Something before it is missing: the client resumes.</summary>
    Gap,
}

/// <summary>
/// Whether one client sees one conversation as promised: dense, each message once, each sender's in the order it sent.
/// A few numbers, whatever the length. Used by one thread at a time.
/// </summary>
public sealed class SequenceCheck
{
    private long _lastVisitorIndex = -1;
    private long _lastAgentIndex = -1;

    /// <summary>The last sequence applied.</summary>
    public long Head { get; private set; }

    /// <summary>Messages of the load applied so far.</summary>
    public long Messages { get; private set; }

    /// <summary>Pushes that were missing and had to be asked for; allowed, but worth knowing.</summary>
    public long Gaps { get; private set; }

    public long Repeats { get; private set; }

    /// <summary>Messages that came under a second sequence.</summary>
    public long Doubled { get; private set; }

    /// <summary>Messages that came after one their sender sent later.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Begins after a prefix that this client was told to skip (<c>recovered: false</c>).</summary>
    public void StartAfter(long sequence)
    {
        Skipped |= sequence > Head;
        Head = sequence;
    }

    /// <summary>Passes over numbers this client is never told.</summary>
    public void JumpTo(long sequence) => Head = sequence;

    /// <summary>Whether it was told to skip something: its count of messages is not the whole.</summary>
    public bool Skipped { get; private set; }

    public Applied Apply(in WireEvent fact)
    {
        if (fact.Sequence <= Head)
        {
            Repeats++;
            return Applied.Repeat;
        }
        if (fact.Sequence > Head + 1)
        {
            Gaps++;
            return Applied.Gap;
        }
        Head = fact.Sequence;
        if (fact.Index >= 0)
        {
            Messages++;
            ref var last = ref fact.ByAgent ? ref _lastAgentIndex : ref _lastVisitorIndex;
            if (fact.Index == last)
                Doubled++;
            else if (fact.Index < last)
                OutOfOrder++;
            last = Math.Max(last, fact.Index);
        }
        return Applied.Next;
    }
}
