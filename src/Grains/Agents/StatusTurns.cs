using CustomerService.Agents;

namespace CustomerService.Grains.Agents;

/// <summary>Which wishes for a status were done, so that an older one that comes late does not undo a newer one. Soft
/// state: an activation does only what it gave the turn for itself.</summary>
public sealed class StatusTurns
{
    /// <summary>Fronts remembered: those whose wishes were done last.</summary>
    public const int FrontsMax = 16;

    private readonly List<StatusOrder> _done = [];
    private long _given;

    /// <summary>The next turn, from 1.</summary>
    public long Next() => ++_given;

    /// <summary>Whether a newer wish was done already.</summary>
    public bool IsOvertaken(StatusOrder order) => _done.Exists(done => done.FrontId == order.FrontId
        ? done.Received > order.Received
        : done.Turn > order.Turn);

    /// <summary>It was done, and was not overtaken.</summary>
    public void Done(StatusOrder order)
    {
        var turn = order.Turn;
        if (_done.Find(done => done.FrontId == order.FrontId) is { } before)
        {
            // What one front received later may have got its turn earlier: the turns were under way together.
            turn = Math.Max(turn, before.Turn);
            _done.Remove(before);
        }
        _done.Add(order with { Turn = turn });
        if (_done.Count > FrontsMax)
            _done.RemoveAt(0);
    }
}
