using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Journal;

namespace CustomerService.Support.MemoryStorage;

/// <summary>Deadlines and leases in memory.</summary>
internal sealed class MemoryDeadlines(MemoryDatabase database) : IDeadlines
{
    private readonly SortedDictionary<string, DateTimeOffset> _due = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (string Holder, DateTimeOffset Until)> _leases = new(StringComparer.Ordinal);

    public Task<IReadOnlyList<Deadline>> Due(
        DateTimeOffset now, int limit, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<Deadline>>(nameof(Due), "", () =>
            [.. _due.Where(pair => pair.Value <= now).Select(pair => new Deadline(pair.Key, pair.Value))
                .OrderBy(deadline => deadline.DueAt).ThenBy(deadline => deadline.Stream, StringComparer.Ordinal).Take(limit)]);

    public Task Rearm(
        string stream, DateTimeOffset expected, DateTimeOffset? dueAt, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Rearm), stream, () =>
        {
            if (!_due.TryGetValue(stream, out var current) || current != expected)
                return;
            if (dueAt is { } at)
                _due[stream] = at;
            else
                _due.Remove(stream);
        });

    public Task<bool> TryLease(
        string name, string holder, DateTimeOffset now, DateTimeOffset until,
        CancellationToken cancellationToken = default) =>
        database.Call(nameof(TryLease), name, () =>
        {
            if (_leases.TryGetValue(name, out var lease) && lease.Holder != holder && lease.Until > now)
                return false;
            _leases[name] = (holder, until);
            return true;
        });

    public Task ReleaseLease(string name, string holder, CancellationToken cancellationToken = default) =>
        database.Call(nameof(ReleaseLease), name, () =>
        {
            if (_leases.TryGetValue(name, out var lease) && lease.Holder == holder)
                _leases.Remove(name);
        });

    internal void Change(string stream, DeadlineChange change)
    {
        if (change.Kind == DeadlineChangeKind.Set)
            _due[stream] = change.DueAt;
        else if (change.Kind == DeadlineChangeKind.Clear)
            _due.Remove(stream);
    }
}
