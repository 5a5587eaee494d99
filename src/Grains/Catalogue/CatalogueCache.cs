using System.Collections.Frozen;
using System.Collections.Immutable;
using CustomerService.Storage.Catalogue;

namespace CustomerService.Grains.Catalogue;

/// <summary>This process's copy of sites and queues: five seconds old at most while the database answers.</summary>
public interface ICatalogueCache
{
    /// <summary>The copy, at once where it is fresh. Where the database is out of reach an older copy is given; without
    /// any the database's exception comes through.</summary>
    ValueTask<CatalogueCopy> Get();

    /// <summary>Reads the database now: after settings were changed. Fails where it is out of reach.</summary>
    Task<CatalogueCopy> Reload();
}

/// <summary>An immutable copy of the catalogue.</summary>
public sealed class CatalogueCopy(ImmutableArray<QueueSettings> queues, ImmutableArray<SiteSettings> sites)
{
    private readonly FrozenDictionary<string, QueueSettings> _queues =
        queues.ToFrozenDictionary(queue => queue.Id, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, SiteSettings> _sites =
        sites.ToFrozenDictionary(site => site.Key, StringComparer.Ordinal);

    /// <summary>All queues, by id.</summary>
    public ImmutableArray<QueueSettings> Queues => queues;

    /// <summary>All sites, by key.</summary>
    public ImmutableArray<SiteSettings> Sites => sites;

    /// <summary>A queue, or null where there is none.</summary>
    public QueueSettings? Queue(string id) => _queues.GetValueOrDefault(id);

    /// <summary>A site, or null where there is none.</summary>
    public SiteSettings? Site(string key) => _sites.GetValueOrDefault(key);
}

/// <summary>The copy, read again by whoever needs it when it has aged. Safe for calls from many threads: each reader
/// awaits a read of its own, so nobody resumes on another's scheduler.</summary>
public sealed class CatalogueCache(ICatalogue catalogue, TimeProvider clock) : ICatalogueCache
{
    /// <summary>From this age on one reader begins to read again while others go on with the copy.</summary>
    public static readonly TimeSpan RefreshAge = TimeSpan.FromSeconds(2);

    /// <summary>From this age on a reader waits for the database.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(5);

    private volatile Held? _held;
    private long _attempted;

    /// <inheritdoc/>
    public ValueTask<CatalogueCopy> Get()
    {
        if (_held is not { } held)
            return new ValueTask<CatalogueCopy>(Reload());
        var age = clock.GetElapsedTime(held.ReadAt);
        if (age >= AgeMax)
            return new ValueTask<CatalogueCopy>(ReloadOr(held.Copy));
        if (age >= RefreshAge && MayAttempt())
            _ = ReloadOr(held.Copy);
        return new ValueTask<CatalogueCopy>(held.Copy);
    }

    /// <inheritdoc/>
    public async Task<CatalogueCopy> Reload()
    {
        var readAt = clock.GetTimestamp();
        Volatile.Write(ref _attempted, readAt);
        var queues = await catalogue.Queues();
        var sites = await catalogue.Sites();
        // Mostly nothing changed, and then there is nothing to build.
        var copy = _held is { } last && last.Copy.Queues.SequenceEqual(queues) && last.Copy.Sites.SequenceEqual(sites)
            ? last.Copy
            : new CatalogueCopy(queues, sites);
        // A slow reader must not put an older copy over a newer one.
        if (_held is not { } held || held.ReadAt <= readAt)
            _held = new Held(copy, readAt);
        return copy;
    }

    private async Task<CatalogueCopy> ReloadOr(CatalogueCopy older)
    {
        try
        {
            return await Reload();
        }
        catch (Exception)
        {
            return older; // The database is away: settings of a while ago are better than none.
        }
    }

    /// <summary>One attempt a second is enough, whoever makes it.</summary>
    private bool MayAttempt()
    {
        var last = Volatile.Read(ref _attempted);
        return clock.GetElapsedTime(last) >= TimeSpan.FromSeconds(1)
            && Interlocked.CompareExchange(ref _attempted, clock.GetTimestamp(), last) == last;
    }

    private sealed record Held(CatalogueCopy Copy, long ReadAt);
}
