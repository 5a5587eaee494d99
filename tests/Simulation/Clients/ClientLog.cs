using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Simulation.Clients;

/// <summary>The log of one conversation as a client holds it: the twin of the web client's <c>log.ts</c>, checked against
/// the same vectors.</summary>
internal sealed class ClientLog
{
    private const int LogLimit = 2_000, TrimmedTo = 1_500;

    private readonly List<(ImmutableArray<EventView> Events, long Head)> _buffer = [];

    /// <summary>Contiguous and ascending: sequences From + 1 to Next - 1.</summary>
    public List<EventView> Events { get; } = [];
    public long From { get; private set; }
    public long Next { get; private set; } = 1;
    public long Head { get; private set; }
    public bool Connected { get; private set; }
    public bool Resuming { get; private set; }

    /// <summary>Applies what is not next as well: a planted bug.</summary>
    public bool AppliesTwice { get; init; }

    public List<LogEffect> Connect()
    {
        (Connected, Resuming) = (true, false);
        _buffer.Clear();
        return Resume([]);
    }

    public void Disconnect()
    {
        (Connected, Resuming) = (false, false);
        _buffer.Clear();
    }

    public List<LogEffect> Heard(ImmutableArray<EventView> events, long head)
    {
        if (Resuming)
        {
            _buffer.Add((events, head));
            return [];
        }
        var effects = new List<LogEffect>();
        Apply(events, head, effects);
        return CatchUp(effects);
    }

    public List<LogEffect> HeardHead(long head)
    {
        Head = Math.Max(Head, head);
        return CatchUp([]);
    }

    public List<LogEffect> Resumed(bool recovered, ImmutableArray<EventView> events, long head)
    {
        // An answer that a broken connection outlived says nothing about this one.
        if (!Resuming)
            return [];
        var effects = new List<LogEffect>();
        var before = Next;
        Resuming = false;
        if (recovered)
        {
            Apply(events, head, effects);
        }
        else
        {
            var sorted = events.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
            var first = sorted is [{ } one, ..] ? one.Sequence : head + 1;
            Events.Clear();
            (From, Next, Head) = (first - 1, first, head);
            var applied = new List<LogEffect>();
            Apply(sorted, head, applied);
            effects.Add(new LogReplaced(From, applied is [LogApplied all] ? all.Events : []));
        }
        foreach (var (some, its) in _buffer.ToArray())
            Apply(some, its, effects);
        _buffer.Clear();
        return CatchUp(effects, delayed: Next == before && recovered);
    }

    public void ResumeFailed()
    {
        Resuming = false;
        _buffer.Clear();
    }

    public List<LogEffect> Check() => Connected && !Resuming ? Resume([]) : [];

    public void Page(IEnumerable<EventView> page)
    {
        var expected = From;
        var older = new List<EventView>();
        foreach (var view in page.OrderByDescending(view => view.Sequence).Where(view => view.Sequence == expected))
        {
            older.Insert(0, view);
            expected--;
        }
        Events.InsertRange(0, older);
        From = expected;
    }

    private void Apply(ImmutableArray<EventView> events, long head, List<LogEffect> effects)
    {
        var highest = Math.Max(Head, head);
        var applied = new List<EventView>();
        foreach (var view in events)
        {
            highest = Math.Max(highest, view.Sequence);
            if (view.Sequence != Next && !(AppliesTwice && view.Sequence < Next))
                continue;
            applied.Add(view);
            Next = Math.Max(Next, view.Sequence + 1);
        }
        Head = highest;
        if (applied.Count == 0)
            return;
        effects.Add(new LogApplied(applied));
        Events.AddRange(applied);
        if (Events.Count > LogLimit)
        {
            From += Events.Count - TrimmedTo;
            Events.RemoveRange(0, Events.Count - TrimmedTo);
        }
    }

    private List<LogEffect> CatchUp(List<LogEffect> effects, bool delayed = false) =>
        Connected && !Resuming && Head >= Next ? Resume(effects, delayed) : effects;

    private List<LogEffect> Resume(List<LogEffect> effects, bool delayed = false)
    {
        Resuming = true;
        effects.Add(new LogResume(Next - 1, delayed));
        return effects;
    }
}

/// <summary>What a client does about its log.</summary>
internal abstract record LogEffect;

/// <summary>Call Resume; delayed where the one before brought nothing.</summary>
internal sealed record LogResume(long After, bool Delayed) : LogEffect;

/// <summary>These were applied, in order.</summary>
internal sealed record LogApplied(List<EventView> Events) : LogEffect;

/// <summary>The log was dropped and begins anew after <paramref name="From"/>.</summary>
internal sealed record LogReplaced(long From, List<EventView> Events) : LogEffect;
