using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Sweep;
using CustomerService.Grains.Time;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CustomerService.Grains;

/// <summary>What grains need besides storage and feed, in one place.</summary>
public static class GrainsSetup
{
    /// <summary>
    /// Registers clock, ids, catalogue copy, courier and sweep. A host adds this, a storage and an <c>IFeed</c> to a silo;
    /// whatever it registered before stays (tests bring their own clock).
    /// </summary>
    public static IServiceCollection AddCustomerServiceGrains(this IServiceCollection services)
    {
        services.TryAddSingleton<TimeProvider>(_ => new SteadyTimeProvider());
        services.TryAddSingleton<IIdSource, RandomIds>();
        services.TryAddSingleton<ICatalogueCache, CatalogueCache>();
        services.TryAddSingleton<EffectCourier>();
        services.TryAddSingleton<IEffectCourier>(provider => provider.GetRequiredService<EffectCourier>());
        services.TryAddSingleton<Sweeper>();
        services.AddHostedService<SweepService>();
        return services;
    }
}
