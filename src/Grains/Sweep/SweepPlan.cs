using System.Collections.Immutable;
using CustomerService.Storage.Deadlines;

namespace CustomerService.Grains.Sweep;

/// <summary>
/// What the sweep does when: holds no clock and does no I/O. Streams that fail, or that stay due although their grain
/// looked, are left alone for a while that doubles, so that they can't take the place of others.
/// Safe for calls from several threads.
/// </summary>
public sealed class SweepPlan
{
    /// <summary>Streams looked at in one round, a second apart: a thousand conversations that idle out together are done
    /// in two seconds, and the database is not flooded by a million.</summary>
    public const int DeadlinesMax = 500;

    /// <summary>Effects delivered in one round.</summary>
    public const int EffectsMax = 500;

    /// <summary>Streams left alone at a time; more than that and the ones to try again first are tried again.</summary>
    private const int LeftAloneMax = 5_000;

    public static readonly TimeSpan LeaseFor = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan ReconcileEvery = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(2), s_longestPause = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LeftAlone> _leftAlone = new(StringComparer.Ordinal);
    private DateTimeOffset _leaseUntil = DateTimeOffset.MinValue, _reconcileAt = DateTimeOffset.MinValue;
    private bool _holds;

    /// <summary>Whether the lease must be asked for before this round: it is not held, or half of it is over.</summary>
    public bool MustLease(DateTimeOffset now) => !_holds || now >= _leaseUntil - LeaseFor / 2;

    /// <summary>What the lease's table answered.</summary>
    /// <returns>True where this host has just become the one that sweeps: then it repairs what a crash may have left.
    /// </returns>
    public bool Leased(bool holds, DateTimeOffset now)
    {
        var began = holds && (!_holds || now > _leaseUntil);
        (_holds, _leaseUntil) = (holds, now + LeaseFor);
        return began;
    }

    /// <summary>Whether this host may sweep now.</summary>
    public bool MaySweep(DateTimeOffset now) => _holds && now < _leaseUntil;

    /// <summary>How many due deadlines to read, so that those left alone don't hide the others.</summary>
    public int DeadlinesToRead
    {
        get
        {
            lock (_gate)
                return DeadlinesMax + _leftAlone.Count;
        }
    }

    /// <summary>Those of the due ones to look at now, at most <see cref="DeadlinesMax"/>.</summary>
    public ImmutableArray<Deadline> Choose(IEnumerable<Deadline> due, DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. due
                .Where(one => !_leftAlone.TryGetValue(one.Stream, out var pause) || pause.Until <= now
                    // Re-armed and due anew, and it did not fail: nothing is wrong with it.
                    || (!pause.Failed && pause.DueAt != one.DueAt))
                .Take(DeadlinesMax)];
        }
    }

    /// <summary>The grain of a stream looked, or could not. Either way the same deadline is not tried again at once.
    /// </summary>
    public void Looked(Deadline deadline, bool failed, DateTimeOffset now)
    {
        lock (_gate)
        {
            var known = _leftAlone.GetValueOrDefault(deadline.Stream);
            var again = known is not null && (failed || known.DueAt == deadline.DueAt);
            var times = again ? known!.Times + 1 : 1;
            var pause = s_firstPause * Math.Pow(2, Math.Min(times - 1, 10));
            _leftAlone[deadline.Stream] = new LeftAlone(
                deadline.DueAt, now + (pause < s_longestPause ? pause : s_longestPause), failed, times);
            if (_leftAlone.Count > LeftAloneMax)
                Forget(now);
        }
    }

    /// <summary>Whether queues are to be reconciled in this round.</summary>
    public bool MustReconcile(DateTimeOffset now)
    {
        if (now < _reconcileAt)
            return false;
        _reconcileAt = now + ReconcileEvery;
        return true;
    }

    /// <summary>Drops what is over; where that is not enough, the half that would be tried again first.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var stream in _leftAlone.Where(one => one.Value.Until <= now).Select(one => one.Key).ToArray())
            _leftAlone.Remove(stream);
        if (_leftAlone.Count <= LeftAloneMax)
            return;
        foreach (var (stream, _) in _leftAlone
            .OrderBy(one => one.Value.Until).ThenBy(one => one.Key, StringComparer.Ordinal)
            .Take(LeftAloneMax / 2).ToArray())
            _leftAlone.Remove(stream);
    }

    private sealed record LeftAlone(DateTimeOffset DueAt, DateTimeOffset Until, bool Failed, int Times);
}
