using System.Text.Json;
using System.Text.Json.Serialization;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.Files;
using CustomerService.WebFront.Maintenance;
using CustomerService.WebFront.VisitorSessions;
using Microsoft.AspNetCore.Http.Json;

namespace CustomerService.WebFront.Endpoints;

/// <summary>REST as a whole.</summary>
public static class RestSetup
{
    /// <summary>Largest body, bytes: the longest text in the widest encoding fits well.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>Adds what the endpoints need.</summary>
    public static IServiceCollection AddRest(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<QueueBoard>();
        services.AddHostedService<SiteNews>();
        services.AddHostedService<ListNews>();
        services.AddSingleton<BulkActions>();
        services.AddSingleton<MaintenanceWatch>();
        services.AddHostedService(s => s.GetRequiredService<MaintenanceWatch>());
        services.AddSingleton<ConversationLines>();
        services.AddSingleton<SearchGate>();
        services.AddSingleton<VisitorConversations>();
        services.AddExceptionHandler<FailureAnswers>();
        services.AddRestLimits(configuration);
        services.AddOpenApi();
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = false);
        services.Configure<JsonOptions>(o =>
        {
            o.SerializerOptions.MaxDepth = 16;
            o.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            o.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            o.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        });
        return services;
    }

    /// <summary>Maps every REST endpoint. Each states who may call it.</summary>
    public static void MapRest(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapVisitorSessions();
        api.MapAgentSessions();
        api.MapAgents();
        api.MapCatalogue();
        api.MapIdentitySecret();
        api.MapSystem();
        api.MapMaintenance();
        api.MapConversations();
        api.MapBulk();
        api.MapFiles();
        api.MapSearch();
        api.MapLibrary();
        api.MapDrafts();
        app.MapOpenApi().MayBeCalledBy(Access.Anyone);
    }
}
