namespace CustomerService.Grains.Agents;

/// <summary>
/// On which fronts an agent has living connections, each by a lease that the front renews. Soft state: gone with the
/// activation, rebuilt by the fronts within seconds.
/// </summary>
/// <param name="startedAt">When the activation began: the earliest moment from which absence can count, because what was
/// before is not known.</param>
public sealed class AgentPresence(DateTimeOffset startedAt)
{
    /// <summary>Longest lease a front may take: its word should not outlive it by more.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromMinutes(1);

    private readonly SortedDictionary<string, DateTimeOffset> _leases = new(StringComparer.Ordinal);

    /// <summary>The last moment at which it was known to be there: grace counts from here.</summary>
    public DateTimeOffset LastKnown { get; private set; } = startedAt;

    /// <summary>Whether any connection is alive, as far as is known.</summary>
    public bool IsPresent => _leases.Count > 0;

    /// <summary>Fronts with a living connection, in ordinal order.</summary>
    public IEnumerable<string> Fronts => _leases.Keys;

    /// <summary>When the last lease runs out; null where none runs.</summary>
    public DateTimeOffset? Until => _leases.Count > 0 ? _leases.Values.Max() : null;

    /// <summary>A front's word, from now on for that long.</summary>
    public void Arrive(string frontId, DateTimeOffset now, TimeSpan lease)
    {
        _leases[frontId] = now + (lease > LeaseMax ? LeaseMax : lease < TimeSpan.Zero ? TimeSpan.Zero : lease);
        LastKnown = now;
    }

    /// <summary>The front's last connection is gone.</summary>
    public void Leave(string frontId, DateTimeOffset now)
    {
        if (_leases.Remove(frontId))
            LastKnown = now;
    }

    /// <summary>Drops leases that ran out. The last known moment stays that of the last word: a front that died said
    /// nothing after it.</summary>
    public void Expire(DateTimeOffset now)
    {
        foreach (var frontId in _leases.Where(lease => lease.Value <= now).Select(lease => lease.Key).ToArray())
            _leases.Remove(frontId);
    }
}
