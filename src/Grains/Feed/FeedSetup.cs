using Microsoft.Extensions.DependencyInjection;

namespace CustomerService.Grains.Feed;

/// <summary>The feed of a silo.</summary>
public static class FeedSetup
{
    /// <summary>Registers <see cref="StreamFeed"/>: for a silo with the stream provider
    /// <see cref="CustomerService.Feed.FeedStreams.Provider"/>.</summary>
    public static IServiceCollection AddStreamFeed(this IServiceCollection services) => services
        .AddSingleton<StreamFeed>()
        .AddSingleton<IFeed>(provider => provider.GetRequiredService<StreamFeed>())
        .AddHostedService(provider => provider.GetRequiredService<StreamFeed>());
}
