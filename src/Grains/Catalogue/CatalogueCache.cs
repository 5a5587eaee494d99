using System.Collections.Frozen;
using CustomerService.Storage.Catalogue;

namespace CustomerService.Grains.Catalogue;

/// <summary>This host's copy of sites and queues: five seconds old at most while the database answers, older while it
/// does not. Safe for calls from many threads.</summary>
public interface ICatalogueCache
{
    /// <summary>A queue, or null where unknown. Completes at once while the copy is fresh.</summary>
    ValueTask<QueueSettings?> Queue(string id);

    /// <summary>A site, or null where unknown. Completes at once while the copy is fresh.</summary>
    ValueTask<SiteSettings?> Site(string key);

    /// <summary>All queues, by id.</summary>
    ValueTask<IReadOnlyList<QueueSettings>> Queues();

    /// <summary>The next read asks the database: after a change made here.</summary>
    void Invalidate();
}

/// <summary>See <see cref="ICatalogueCache"/>.</summary>
public sealed class CatalogueCache(ICatalogue catalogue, TimeProvider clock) : ICatalogueCache
{
    /// <summary>The seam's promise: hosts see a changed setting within five seconds.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Copy? _copy;
    private Task<Copy>? _loading;

    public async ValueTask<QueueSettings?> Queue(string id) => (await Fresh()).QueuesById.GetValueOrDefault(id);

    public async ValueTask<SiteSettings?> Site(string key) => (await Fresh()).SitesByKey.GetValueOrDefault(key);

    public async ValueTask<IReadOnlyList<QueueSettings>> Queues() => (await Fresh()).Queues;

    public void Invalidate()
    {
        lock (_gate)
        {
            if (_copy is not null)
                _copy = _copy with { ReadAt = null };
        }
    }

    private ValueTask<Copy> Fresh()
    {
        lock (_gate)
        {
            if (_copy is { ReadAt: { } readAt } copy && clock.GetElapsedTime(readAt) < AgeMax)
                return ValueTask.FromResult(copy);
            return new ValueTask<Copy>(_loading ??= Load(_copy));
        }
    }

    private async Task<Copy> Load(Copy? old)
    {
        // Not under the caller's lock, and not on its scheduler alone: many grains may wait for this one read.
        await Task.Yield();
        Copy copy;
        try
        {
            var queues = await catalogue.Queues();
            var sites = await catalogue.Sites();
            copy = new Copy(
                queues, queues.ToFrozenDictionary(queue => queue.Id), sites.ToFrozenDictionary(site => site.Key),
                clock.GetTimestamp());
        }
        catch (Exception) when (old is not null)
        {
            copy = old with { ReadAt = clock.GetTimestamp() }; // Settings of a minute ago serve better than none.
        }
        finally
        {
            lock (_gate)
                _loading = null;
        }
        lock (_gate)
            _copy = copy;
        return copy;
    }

    private sealed record Copy(
        IReadOnlyList<QueueSettings> Queues, FrozenDictionary<string, QueueSettings> QueuesById,
        FrozenDictionary<string, SiteSettings> SitesByKey, long? ReadAt);
}
