using System.ComponentModel.DataAnnotations;
using System.Threading.RateLimiting;
using CustomerService.WebFront.RateLimits;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Endpoints;

/// <summary>How often one address may call REST: section <c>Limits:Rest</c>.</summary>
public sealed class RestLimitOptions
{
    /// <summary>Calls a second, in the long run. Default 50.</summary>
    [Range(1, 1_000_000)]
    public int PerSecond { get; set; } = 50;

    /// <summary>Calls at once, after a pause. Default 500: an office of agents that all reload.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 500;
}

/// <summary>Limits REST by address. Hubs have limits of their own.</summary>
public static class RestLimits
{
    private const int RefillsPerSecond = 10;

    /// <summary>Adds the limiter; <c>UseRateLimiter</c> applies it.</summary>
    public static IServiceCollection AddRestLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RestLimitOptions>().Bind(configuration.GetSection("Limits:Rest"))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddRateLimiter(limiter =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            {
                if (!context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
                    return RateLimitPartition.GetNoLimiter("");
                var options = context.RequestServices.GetRequiredService<IOptions<RestLimitOptions>>().Value;
                return RateLimitPartition.GetTokenBucketLimiter(RemoteAddress.KeyOf(context), _ => new()
                {
                    TokenLimit = options.Burst,
                    TokensPerPeriod = Math.Max(1, options.PerSecond / RefillsPerSecond),
                    ReplenishmentPeriod = options.PerSecond < RefillsPerSecond
                        ? TimeSpan.FromSeconds(1d / options.PerSecond)
                        : TimeSpan.FromSeconds(1d / RefillsPerSecond),
                    QueueLimit = 0,
                });
            });
            limiter.OnRejected = async (rejected, _) =>
            {
                var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after)
                    ? after
                    : TimeSpan.FromSeconds(1);
                await Problem.Write(
                    rejected.HttpContext, 429, RefusalCode.RateLimited, "Too many calls from this address.",
                    Math.Max(100, (int)wait.TotalMilliseconds));
            };
        });
        return services;
    }
}
