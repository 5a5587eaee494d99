using System.Collections.Immutable;
using CustomerService.Grains.Catalogue;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Journal;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.Unit.Tests.Catalogue;

public class CatalogueCacheTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Rows _rows = new();

    private CatalogueCache Cache() => new(_rows, _clock);

    [Fact]
    public async Task Reads_once_and_again_when_it_has_aged()
    {
        var cache = Cache();
        Assert.Equal("first", (await cache.Get()).Queue("default")!.Name);
        Assert.Null((await cache.Get()).Queue("unknown"));
        Assert.Equal("demo", (await cache.Get()).Site("demo")!.Key);
        Assert.Equal(1, _rows.Reads);
        _rows.Name = "second";
        _clock.Advance(TimeSpan.FromSeconds(3));
        await cache.Get(); // Begins to read.
        Assert.Equal("second", (await cache.Get()).Queue("default")!.Name);
        Assert.Equal(2, _rows.Reads);
        _rows.Name = "third";
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("third", (await cache.Get()).Queue("default")!.Name);
    }

    [Fact]
    public async Task A_changed_setting_is_there_after_a_reload()
    {
        var cache = Cache();
        await cache.Get();
        _rows.Name = "second";
        await cache.Reload();
        Assert.Equal("second", (await cache.Get()).Queue("default")!.Name);
    }

    [Fact]
    public async Task Without_the_database_the_older_copy_serves()
    {
        var cache = Cache();
        _rows.Away = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(async () => await cache.Get());
        _rows.Away = false;
        await cache.Get();
        _rows.Away = true;
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("first", (await cache.Get()).Queue("default")!.Name);
        await Assert.ThrowsAsync<JournalUnavailableException>(cache.Reload);
    }

    private sealed class Rows : ICatalogue
    {
        public string Name { get; set; } = "first";

        public bool Away { get; set; }

        public int Reads { get; private set; }

        public Task<ImmutableArray<QueueSettings>> Queues(CancellationToken cancellationToken = default)
        {
            Reads++;
            return Away
                ? Task.FromException<ImmutableArray<QueueSettings>>(new JournalUnavailableException())
                : Task.FromResult<ImmutableArray<QueueSettings>>([new QueueSettings { Id = "default", Name = Name }]);
        }

        public Task<ImmutableArray<SiteSettings>> Sites(CancellationToken cancellationToken = default) =>
            Task.FromResult<ImmutableArray<SiteSettings>>([new SiteSettings { Key = "demo", Name = "Demo" }]);

        public Task Save(QueueSettings queue, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task Save(SiteSettings site, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task<bool> Replace(QueueSettings queue, CancellationToken cancellationToken = default) =>
            Task.FromResult(true);

        public Task<bool> Replace(SiteSettings site, CancellationToken cancellationToken = default) =>
            Task.FromResult(true);
    }
}
