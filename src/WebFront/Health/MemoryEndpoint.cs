using System.Net;
using CustomerService.WebFront.Endpoints;

namespace CustomerService.WebFront.Health;

/// <summary>What the managed heap holds, for measurements: there only where <c>Diagnostics:Memory</c> is set, and only for
/// the machine itself, because each look stops everything to collect garbage.</summary>
public static class MemoryEndpoint
{
    /// <summary>Maps <c>POST /diagnostics/memory</c> where it is configured.</summary>
    public static void MapMemory(this IEndpointRouteBuilder app, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (!configuration.GetValue<bool>("Diagnostics:Memory"))
            return;
        app.MapPost("/diagnostics/memory", Look).MayBeCalledBy(Access.Anyone)
            .WithSummary("Collects garbage and tells what is left; with collect=true grains that rest are put away first");
    }

    private static async Task<IResult> Look(HttpContext context, bool? collect, IGrainFactory grains)
    {
        if (context.Connection.RemoteIpAddress is not { } address || !IPAddress.IsLoopback(address))
            return Problem.Of(Refusal.NotFound);
        var management = grains.GetGrain<IManagementGrain>(0);
        if (collect is true)
            await PutAway(management);
        var statistics = await management.GetSimpleGrainStatistics();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        int Count(string name) => statistics.Where(s => s.GrainType.Contains(name, StringComparison.Ordinal))
            .Sum(s => s.ActivationCount);
        return Results.Ok(new
        {
            heapBytes = GC.GetTotalMemory(forceFullCollection: false),
            conversations = Count("ConversationGrain"),
            visitors = Count("VisitorGrain"),
            activations = statistics.Sum(s => s.ActivationCount),
        });
    }

    /// <summary>Tens of thousands of grains take longer than one call may, and go on being put away after it has ended.
    /// </summary>
    private static async Task PutAway(IManagementGrain management)
    {
        for (var callsLeft = 3; ; callsLeft--)
        {
            try
            {
                await management.ForceActivationCollection(TimeSpan.Zero);
                return;
            }
            catch (TimeoutException) when (callsLeft > 1)
            {
                // The next call waits for the rest.
            }
        }
    }
}
