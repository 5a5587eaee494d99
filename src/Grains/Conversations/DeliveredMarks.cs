using System.Collections.Immutable;
using System.Globalization;
using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>
/// How far clients of each side say that they hold one conversation. Soft state: no event and no row. It lives with the
/// grain, goes on to the next activation as a hint beside the snapshot, and after a crash clients say it again. Marks
/// only rise, and none is over the head.
/// </summary>
internal sealed class DeliveredMarks
{
    private const string VisitorsHint = "delivered-to-visitor ", AgentsHint = "delivered-to-agents ";

    private Mark _visitors, _agents;

    /// <summary>Takes what an earlier activation knew, in the numbering of who is told.</summary>
    public void Restore(ImmutableArray<string> hints, Conversation now)
    {
        foreach (var hint in hints)
        {
            if (Number(hint, VisitorsHint) is { } version)
                _visitors.Told = Math.Min(version, now.Version);
            else if (Number(hint, AgentsHint) is { } sequence)
                _agents.Told = Math.Min(sequence, now.VisitorHead);
        }
    }

    /// <summary>For the next activation. An older version of this program passes over them.</summary>
    public ImmutableArray<string> Hints()
    {
        var hints = ImmutableArray<string>.Empty;
        if (_visitors.Told > 0)
            hints = hints.Add(string.Create(CultureInfo.InvariantCulture, $"{VisitorsHint}{_visitors.Told}"));
        return _agents.Told > 0
            ? hints.Add(string.Create(CultureInfo.InvariantCulture, $"{AgentsHint}{_agents.Told}"))
            : hints;
    }

    /// <summary>What the side that looks with these eyes is told: how far the other side has it, in the numbering of
    /// these eyes; 0: nothing is known.</summary>
    public long For(Audience audience) => audience == Audience.Visitors ? _agents.Told : _visitors.Told;

    /// <summary>Takes a client's word, in the caller's numbering.</summary>
    /// <returns>The mark in the other side's numbering; null where it is no news there.</returns>
    public async Task<long?> Raise(
        Actor by, long upTo, Conversation now, Func<long, Task<long?>> inOtherNumbering)
    {
        var isVisitor = by.Kind == ActorKind.Visitor;
        var (said, told) = isVisitor ? _visitors : _agents;
        var (head, otherHead) = isVisitor ? (now.VisitorHead, now.Version) : (now.Version, now.VisitorHead);
        if (upTo <= said)
            return null;
        var capped = Math.Min(upTo, head);
        var converted = capped == head ? otherHead : await inOtherNumbering(capped) ?? 0;
        var mark = new Mark(capped, Math.Max(told, converted));
        if (isVisitor)
            _visitors = mark;
        else
            _agents = mark;
        return mark.Told > told ? mark.Told : null;
    }

    private static long? Number(string hint, string prefix) =>
        hint.StartsWith(prefix, StringComparison.Ordinal)
        && long.TryParse(hint.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <param name="Said">In the numbering of the side that received it.</param>
    /// <param name="Told">In the numbering of the side that is told.</param>
    private record struct Mark(long Said, long Told);
}
