using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Grains.Feed;

namespace CustomerService.Grains.Conversations;

/// <summary>The fronts that watch one conversation, per audience. Soft state: lost, fronts heal by heads and epoch.
/// </summary>
internal sealed class Watchers(IFeed feed)
{
    /// <summary>Most fronts of one conversation: far more than a cluster has, so that hints can't pile up.</summary>
    private const int FrontsMax = 256;

    private readonly SortedDictionary<string, Entry> _fronts = new(StringComparer.Ordinal);

    /// <summary>Takes what an earlier activation knew: used until the front says so itself or this activation ends.
    /// </summary>
    public void Restore(ImmutableArray<string> hints)
    {
        foreach (var hint in hints)
        {
            if (hint.Length > 2 && hint[1] == ' ' && hint[0] is >= '1' and <= '3')
                _fronts.TryAdd(hint[2..], new Entry((Audiences)(hint[0] - '0'), Confirmed: false));
        }
    }

    /// <summary>For the next activation: only those that registered with this one, so that dead fronts drop out.
    /// </summary>
    public ImmutableArray<string> Hints() =>
        [.. _fronts.Where(pair => pair.Value.Confirmed).Select(pair => $"{(int)pair.Value.Audiences} {pair.Key}")];

    public void Add(string frontId, Audience audience)
    {
        var before = _fronts.TryGetValue(frontId, out var entry) && entry.Confirmed ? entry.Audiences : Audiences.None;
        if (entry is not null || _fronts.Count < FrontsMax)
            _fronts[frontId] = new Entry(before | Of(audience), Confirmed: true);
    }

    public void Remove(string frontId, Audience audience)
    {
        if (!_fronts.TryGetValue(frontId, out var entry))
            return;
        var left = entry.Audiences & ~Of(audience);
        if (left == Audiences.None)
            _fronts.Remove(frontId);
        else
            _fronts[frontId] = entry with { Audiences = left };
    }

    /// <summary>Tells every front the new events, each only for the audiences it watches with.</summary>
    public void Announce(EventsEnvelope envelope)
    {
        foreach (var (frontId, entry) in _fronts)
        {
            feed.Send(frontId, entry.Audiences == Audiences.Both ? envelope : envelope with
            {
                ForAgents = entry.Audiences.HasFlag(Audiences.Agents) ? envelope.ForAgents : [],
                ForVisitors = entry.Audiences.HasFlag(Audiences.Visitors) ? envelope.ForVisitors : [],
            });
        }
    }

    /// <summary>Tells the watchers of one audience.</summary>
    public void Signal(string conversationId, Audience audience, SignalView signal)
    {
        foreach (var (frontId, entry) in _fronts)
        {
            if (entry.Audiences.HasFlag(Of(audience)))
                feed.Send(frontId, new SignalEnvelope(conversationId, audience, signal));
        }
    }

    public bool IsEmpty => _fronts.Count == 0;

    private static Audiences Of(Audience audience) =>
        audience == Audience.Agents ? Audiences.Agents : Audiences.Visitors;

    [Flags]
    private enum Audiences
    {
        None = 0,
        Visitors = 1,
        Agents = 2,
        Both = 3,
    }

    private sealed record Entry(Audiences Audiences, bool Confirmed);
}
