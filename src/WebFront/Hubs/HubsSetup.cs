using System.Text.Json;
using CustomerService.Agents;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Feed;
using CustomerService.Hosting.Roster;
using CustomerService.WebFront.Drain;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.Files;
using CustomerService.WebFront.RateLimits;
using CustomerService.WebFront.Telemetry;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Hubs;

/// <summary>What a host calls to have the hubs.</summary>
public static class HubsSetup
{
    /// <summary>Largest frame a client may send, bytes; the protocol's figure. Over it the connection closes.</summary>
    public const int FrameBytesMax = 32 * 1024;

    /// <summary>Adds hubs, feed, limits and drain. Needs <c>IGrainFactory</c>, <c>IClusterClient</c>, <c>IJournal</c>,
    /// <c>ICatalogue</c>, <c>TimeProvider</c> and <c>IAgentSessionCache</c> from the host.</summary>
    public static IServiceCollection AddFront(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<FeedOptions>().Bind(configuration.GetSection("Feed"))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<LimitOptions>().Bind(configuration.GetSection("Limits"))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<DrainOptions>().Bind(configuration.GetSection("Drain"))
            .ValidateDataAnnotations().ValidateOnStart();

        services.AddSingleton(typeof(HubLifetimeManager<>), typeof(HubLifetime<>));
        services.AddSignalR(ConfigureHubs).AddJsonProtocol(json =>
        {
            var inner = new JsonSerializerOptions();
            Wire.Configure(inner);
            Wire.Configure(json.PayloadSerializerOptions);
            json.PayloadSerializerOptions.Converters.Add(new HubCallConverter(inner));
        });
        services.Remove(services.Single(s => s.ImplementationType == typeof(JsonHubProtocol)));
        services.AddSingleton<IHubProtocol>(s => new FrontProtocol(
            new JsonHubProtocol(s.GetRequiredService<IOptions<JsonHubProtocolOptions>>())));
        // An agent has several conversations, and a slow one must not hold the others up; a client keeps one send in
        // flight per conversation. A visitor has one conversation: strictly one call after the other, so that sends that
        // a client did not hold back keep their order too.
        services.Configure<HubOptions<AgentHub>>(o => o.MaximumParallelInvocationsPerClient = 4);
        services.Configure<HubOptions<VisitorHub>>(o => o.MaximumParallelInvocationsPerClient = 1);
        services.AddSingleton<IHubActivator<VisitorHub>>(s => new HubMaker<VisitorHub>(
            s.GetRequiredService<HubParts>(), static parts => new VisitorHub(parts)));
        services.AddSingleton<IHubActivator<AgentHub>>(s => new HubMaker<AgentHub>(
            s.GetRequiredService<HubParts>(), static parts => new AgentHub(parts)));

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ICatalogueCache, CatalogueCache>();
        services.TryAddSingleton<IFeedChannel, ClusterFeedChannel>();
        services.AddSingleton<FrontMetrics>();
        services.AddSingleton<HubGate>();
        services.AddSingleton(s => new StatusWishes(
            s.GetRequiredService<IGrainFactory>(), s.GetRequiredService<TimeProvider>(), Guid.NewGuid().ToString("N")));
        services.AddSingleton<HubParts>();
        // Made when the first file comes: a host without files needs none.
        services.AddSingleton(s => new Lazy<UploadDesk>(s.GetRequiredService<UploadDesk>));
        services.AddSingleton<OutboundMaker>();
        services.AddSingleton<CallLimits>();
        services.AddSingleton<Connections>();
        services.AddSingleton<IConnectionCounts>(s => s.GetRequiredService<Connections>());
        services.AddSingleton<Watches>();
        services.AddSingleton<FanOut>();
        services.AddSingleton<HeadsRound>();
        services.AddSingleton<WaitingPlaces>();
        services.AddSingleton<AgentPresence>();
        services.AddSingleton<CallsUnderWay>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<IReadiness>(s => s.GetRequiredService<Readiness>());
        services.AddHostedService<FrontFeed>();
        services.AddSingleton<Drainer>();
        services.AddHostedService(s => s.GetRequiredService<Drainer>());
        return services;
    }

    /// <summary>Adds the feed of a front that hosts the only silo. Before <see cref="AddFront"/>.</summary>
    public static IServiceCollection AddLocalFeed(this IServiceCollection services)
    {
        services.AddSingleton<LocalFeed>();
        services.AddSingleton<IFeed>(s => s.GetRequiredService<LocalFeed>());
        services.AddSingleton<IFeedChannel>(s => s.GetRequiredService<LocalFeed>());
        return services;
    }

    /// <summary>Maps both hubs. Call it after <c>UseAuthentication</c> and <c>UseAuthorization</c>.</summary>
    public static WebApplication MapFrontHubs(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/hubs", StringComparison.Ordinal),
            hubs => hubs.UseMiddleware<HandshakeGate>());
        app.MapHub<VisitorHub>("/hubs/visitor", ConfigureSockets);
        app.MapHub<AgentHub>("/hubs/agent", ConfigureSockets);
        return app;
    }

    private static void ConfigureHubs(HubOptions options)
    {
        options.MaximumReceiveMessageSize = FrameBytesMax;
        options.EnableDetailedErrors = false;
        options.HandshakeTimeout = TimeSpan.FromSeconds(10);
        options.StatefulReconnectBufferSize = 0;
        options.AddFilter<HubGate>();
    }

    private static void ConfigureSockets(HttpConnectionDispatcherOptions options)
    {
        options.Transports = HttpTransportType.WebSockets;
        options.AllowStatefulReconnects = false;
        options.CloseOnAuthenticationExpiration = false;
    }
}
