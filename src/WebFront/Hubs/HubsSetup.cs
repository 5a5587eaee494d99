using CustomerService.WebFront.Drain;

namespace CustomerService.WebFront.Hubs;

/// <summary>What a host calls to have the hubs.</summary>
public static class HubsSetup
{
    /// <summary>Adds hubs, feed, limits and drain. Needs <c>IGrainFactory</c>, <c>IClusterClient</c>, <c>IJournal</c>,
    /// <c>ICatalogue</c> and <c>IAgentSessionCache</c> from the host.</summary>
    public static IServiceCollection AddFront(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddSignalR();
        services.AddSingleton<Readiness>();
        services.AddSingleton<IReadiness>(s => s.GetRequiredService<Readiness>());
        return services;
    }

    /// <summary>Maps both hubs. Call it after <c>UseAuthentication</c> and <c>UseAuthorization</c>.</summary>
    public static WebApplication MapFrontHubs(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app;
    }
}
