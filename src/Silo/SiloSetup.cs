using System.Net;
using System.Net.Sockets;
using CustomerService.Grains;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Feed;
using CustomerService.Grains.Search;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Time;
using CustomerService.Hosting.Feed;
using CustomerService.Hosting.Roster;
using CustomerService.Hosting.Telemetry;
using CustomerService.Operations;
using CustomerService.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace CustomerService.Hosting;

/// <summary>A silo of the product: the same for one process that does everything and for one of many.</summary>
public static class SiloSetup
{
    /// <summary>Calls that take longer have failed: a client retries by id long before it gives up.</summary>
    private static readonly TimeSpan s_responseMax = TimeSpan.FromSeconds(10);

    /// <summary>For a front's calls: what went to a silo that froze or was cut off is lost without a word, and asked again
    /// after that time. Longer than an append waits for its database, so that a slow one is not asked twice.</summary>
    private static readonly TimeSpan s_frontResponseMax = TimeSpan.FromSeconds(5);

    /// <summary>How long an unused grain stays in memory: past the pauses of a lively conversation, short of an idle
    /// one's close.</summary>
    private static readonly TimeSpan s_collectionAge = TimeSpan.FromMinutes(10);

    /// <summary>Clock, ids and copy of the catalogue, as every host of the product has them.</summary>
    public static IServiceCollection AddHostParts(this IServiceCollection services)
    {
        services.TryAddSingleton<TimeProvider>(_ => new SteadyTimeProvider());
        services.TryAddSingleton<IIdSource, RandomIds>();
        services.TryAddSingleton<ICatalogueCache, CatalogueCache>();
        return services;
    }

    /// <summary>
    /// Adds the silo: grains, snapshots, feed, membership. Storage is added by the caller, before it, so that it starts
    /// first and stops last.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="storage">Where snapshots go, and in a cluster membership too; already prepared.</param>
    /// <param name="cluster">Names and ports.</param>
    /// <param name="alone">True: the only silo, without membership table and gateway; the caller adds the
    /// <see cref="IFeed"/>, for there is nothing to cross on the way to the only front. False: one of a cluster, with
    /// the feed over their connections.</param>
    /// <param name="traces">Whether calls carry their trace on.</param>
    public static IHostApplicationBuilder UseCustomerServiceSilo(
        this IHostApplicationBuilder builder, StorageOptions storage, ClusterOptions cluster, bool alone,
        bool traces = false)
    {
        builder.Services.AddHostParts();
        builder.Services.AddSingleton<IClusterLink, OwnSiloLink>();
        builder.UseOrleans(silo =>
        {
            AddMembership(silo, storage, cluster, alone);
            AddSnapshots(silo, storage);
            if (traces)
                silo.AddActivityPropagation();
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = s_responseMax);
            silo.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = s_responseMax);
            silo.Configure<GrainCollectionOptions>(o => o.CollectionAge = s_collectionAge);
        });
        // After the silo, so that the sweep stops before grains do.
        builder.Services.AddCustomerServiceGrains();
        builder.Services.AddSingleton<FeedMetrics>();
        builder.Services.AddHostedService<SearchService>();
        AddRoster(builder, alone ? ProcessKind.Single : ProcessKind.Silo);
        if (alone)
            return builder;
        builder.Services.AddSingleton<ClusterFeed>();
        builder.Services.AddSingleton<IFeed>(s => s.GetRequiredService<ClusterFeed>());
        return builder;
    }

    /// <summary>Adds an Orleans client of a cluster's silos, with the feed, for a front without a silo.</summary>
    public static IHostApplicationBuilder UseCustomerServiceClient(
        this IHostApplicationBuilder builder, StorageOptions storage, ClusterOptions cluster, bool traces = false)
    {
        builder.Services.AddHostParts();
        ClusterLink.TakeOver(builder.Services, () => builder.UseOrleansClient(client =>
        {
            client.Configure<Orleans.Configuration.ClusterOptions>(o => Name(o, cluster));
            ClusterTiming.Apply(client);
            client.AddGatewayCountChangedHandler(services => services.GetRequiredService<ClusterLink>().CountChanged);
            var tables = OrleansStorage.For(storage);
            client.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = tables);
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = s_frontResponseMax);
            if (traces)
                client.AddActivityPropagation();
        }));
        AddRoster(builder, ProcessKind.Front);
        return builder;
    }

    private static void AddRoster(IHostApplicationBuilder builder, ProcessKind kind) => builder.Services.AddHostedService(
        services => ActivatorUtilities.CreateInstance<RosterReporter>(services, kind));

    private static void AddMembership(ISiloBuilder silo, StorageOptions storage, ClusterOptions cluster, bool alone)
    {
        var address = alone ? IPAddress.Loopback : IPAddress.Parse(cluster.Address);
        var siloPort = cluster.SiloPort == 0 ? FreePort(address) : cluster.SiloPort;
        silo.Configure<Orleans.Configuration.ClusterOptions>(o => Name(o, cluster));
        silo.Configure<EndpointOptions>(o =>
        {
            o.AdvertisedIPAddress = address;
            o.SiloPort = siloPort;
            // 0 means none: a silo that is alone serves only its own process.
            o.GatewayPort = alone ? 0 : cluster.GatewayPort == 0 ? FreePort(address) : cluster.GatewayPort;
        });
        var tables = OrleansStorage.For(storage);
        if (alone)
            silo.UseDevelopmentClustering(new IPEndPoint(address, siloPort));
        else
        {
            silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = tables);
            ClusterTiming.Apply(silo);
        }
    }

    private static void AddSnapshots(ISiloBuilder silo, StorageOptions storage)
    {
        var tables = OrleansStorage.For(storage);
        silo.AddAdoNetGrainStorage(StreamNames.SnapshotStorage, o =>
        {
            o.Configure(options =>
            {
                options.Invariant = tables.Invariant;
                options.ConnectionString = tables.ConnectionString;
            });
            o.Configure<SnapshotSerializer>((options, snapshots) => options.GrainStorageSerializer = snapshots);
        });
        silo.Services.TryAddSingleton<SnapshotSerializer>();
    }

    private static void Name(Orleans.Configuration.ClusterOptions options, ClusterOptions cluster)
    {
        options.ServiceId = cluster.ServiceId;
        options.ClusterId = cluster.ClusterId;
    }

    private static int FreePort(IPAddress address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
