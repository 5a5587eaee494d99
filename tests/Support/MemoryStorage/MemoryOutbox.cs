using System.Collections.Immutable;
using CustomerService.Storage.Effects;

namespace CustomerService.Support.MemoryStorage;

/// <summary>Owed effects in memory.</summary>
internal sealed class MemoryOutbox(MemoryDatabase database) : IOutbox
{
    private const double FirstDelaySeconds = 5;
    private const double DelaySecondsMax = 300;

    private readonly SortedDictionary<string, OwedEffect> _owed = new(StringComparer.Ordinal);

    public void Complete(IReadOnlyList<OwedEffect> effects)
    {
        lock (database.Gate)
        {
            foreach (var effect in effects)
                _owed.Remove(effect.Id);
        }
    }

    public Task<IReadOnlyList<OwedEffect>> TakeDue(
        DateTimeOffset now, int limit, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<OwedEffect>>(nameof(TakeDue), "", () =>
        {
            var due = _owed.Values.Where(effect => effect.DueAt <= now)
                .OrderBy(effect => effect.DueAt).ThenBy(effect => effect.Id, StringComparer.Ordinal).Take(limit).ToList();
            return [.. due.Select(effect =>
            {
                var delay = Math.Min(FirstDelaySeconds * Math.Pow(2, Math.Min(effect.Attempts, 16)), DelaySecondsMax);
                var taken = effect with
                {
                    Attempts = effect.Attempts + 1, DueAt = now.AddSeconds(delay), Payload = effect.Payload.ToArray(),
                };
                _owed[effect.Id] = taken;
                return taken;
            })];
        });

    public Task<long> Count(CancellationToken cancellationToken = default) =>
        database.Call<long>(nameof(Count), "", () => _owed.Count);

    internal void Add(ImmutableArray<OwedEffect> effects)
    {
        foreach (var effect in effects)
            _owed.TryAdd(effect.Id, effect with { Payload = effect.Payload.ToArray() });
    }
}
