using CustomerService.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage;
using Xunit;

namespace CustomerService.Storage.Tests;

/// <summary>Orleans' own grain storage, and its clustering on PostgreSQL, over the tables of our migrations.</summary>
public sealed class OrleansStorageTests
{
    private const string Provider = "snapshots";

    [Fact]
    public async Task Grain_state_works_on_SQLite()
    {
        using var folder = new TemporaryFolder();
        var options = new StorageOptions { DataDirectory = folder.Path };
        await WritesReadsRefusesAndClears(options, 5930);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    [Fact]
    [Trait("Category", "Postgres")]
    public async Task Grain_state_and_clustering_work_on_PostgreSQL() => await WritesReadsRefusesAndClears(
        new StorageOptions
        {
            Provider = StorageProvider.PostgreSql,
            ConnectionString = await (await SharedPostgres.Get()).NewDatabase(),
        },
        5932);

    private static async Task WritesReadsRefusesAndClears(StorageOptions options, int port)
    {
        await using var storage = StorageCore.Open(options, NullLogger.Instance);
        using var host = Silo(OrleansStorage.For(options), options.Provider, port);
        await host.StartAsync();
        var states = host.Services.GetRequiredKeyedService<IGrainStorage>(Provider);
        var grain = GrainId.Create("conversation", "c1");

        var mine = new GrainState<Snapshot>(new Snapshot());
        await states.ReadStateAsync("snapshot", grain, mine);
        Assert.False(mine.RecordExists);
        mine.State = new Snapshot { Text = "你好" };
        await states.WriteStateAsync("snapshot", grain, mine);
        mine.State = new Snapshot { Text = "再见" };
        await states.WriteStateAsync("snapshot", grain, mine);

        var other = new GrainState<Snapshot>(new Snapshot());
        await states.ReadStateAsync("snapshot", grain, other);
        Assert.Equal(("再见", mine.ETag), (other.State?.Text, other.ETag));
        await states.WriteStateAsync("snapshot", grain, other);
        // Mine is stale now, and someone who never read is wrong as well.
        await Assert.ThrowsAsync<InconsistentStateException>(() => states.WriteStateAsync("snapshot", grain, mine));
        await Assert.ThrowsAsync<InconsistentStateException>(() => states.WriteStateAsync(
            "snapshot", grain, new GrainState<Snapshot>(new Snapshot())));

        await states.ClearStateAsync("snapshot", grain, other);
        await states.ReadStateAsync("snapshot", grain, mine);
        Assert.False(mine.RecordExists);
        await states.WriteStateAsync("snapshot", grain, mine);
        await host.StopAsync();
    }

    private static IHost Silo(OrleansStorage orleans, StorageProvider provider, int port)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleans(silo =>
        {
            if (provider == StorageProvider.PostgreSql)
            {
                silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) =
                    (orleans.Invariant, orleans.ConnectionString));
                silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("test", "test"));
                silo.ConfigureEndpoints(System.Net.IPAddress.Loopback, port, port + 1);
            }
            else
            {
                silo.UseLocalhostClustering(port, port + 1);
            }
            silo.AddAdoNetGrainStorage(Provider, o => (o.Invariant, o.ConnectionString) =
                (orleans.Invariant, orleans.ConnectionString));
        });
        return builder.Build();
    }

    [GenerateSerializer]
    public sealed class Snapshot
    {
        [Id(0)]
        public string Text { get; set; } = "";
    }
}
