using CustomerService.Storage;
using CustomerService.WebFront.Drain;
using CustomerService.WebFront.Endpoints;

namespace CustomerService.WebFront.Health;

/// <summary>Whether the process lives, and whether it may be sent traffic.</summary>
public static class HealthEndpoints
{
    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Ok(new { status = "live" })).MayBeCalledBy(Access.Anyone)
            .WithSummary("200 while the process lives");
        app.MapGet("/health/ready", Ready).MayBeCalledBy(Access.Anyone)
            .WithSummary("200 while it may be sent traffic");
    }

    private static async Task<IResult> Ready(HttpContext context, ReadinessCheck check)
    {
        context.Response.Headers.CacheControl = "no-store";
        var missing = await check.Missing();
        return missing is null
            ? Results.Ok(new { status = "ready" })
            : Problem.Of(RefusalCode.Unavailable, missing, 1_000);
    }
}

/// <summary>Looks at database, silo and drain; one look a second at most, however many ask.</summary>
public sealed class ReadinessCheck(
    StorageHealth storage, IGrainFactory grains, IReadiness readiness, TimeProvider clock)
{
    private static readonly TimeSpan s_ageMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_answerMax = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Task<string?>? _look;
    private long _lookedAt;

    /// <summary>What is missing, as a sentence; null where nothing is.</summary>
    public Task<string?> Missing()
    {
        if (readiness.IsDraining)
            return Task.FromResult<string?>("The process is stopping, or a maintenance window has begun.");
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            if (_look is null || (_look.IsCompleted && clock.GetElapsedTime(_lookedAt, now) > s_ageMax))
                (_look, _lookedAt) = (Look(), now);
            return _look;
        }
    }

    private async Task<string?> Look()
    {
        await Task.Yield();
        var cluster = ClusterAnswers();
        var report = await storage.Check();
        if (!report.IsHealthy)
            return report.CanRead ? "The database can't be written." : "The database is out of reach.";
        return await cluster ? null : "No silo is within reach.";
    }

    private async Task<bool> ClusterAnswers()
    {
        try
        {
            var hosts = await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(s_answerMax);
            return hosts.Count > 0;
        }
        catch (Exception)
        {
            return false; // Whatever it was: nobody answered.
        }
    }
}
