using CustomerService.Storage.Installation;
using CustomerService.WebFront.Endpoints;

namespace CustomerService.WebFront.Maintenance;

/// <summary>Announcing that the installation will be out of reach for a while.</summary>
public static class MaintenanceEndpoints
{
    /// <summary>Maps <c>/api/v1/system/maintenance</c>.</summary>
    public static void MapMaintenance(this IEndpointRouteBuilder api)
    {
        api.MapGet("/system/maintenance", Read).MayBeCalledBy(Access.Agents)
            .WithSummary("The announced maintenance window").Produces<MaintenanceAnswer>();
        api.MapPut("/system/maintenance", Announce).MayBeCalledBy(Access.Administrators)
            .WithSummary("Announce a maintenance window, or change it").Produces<MaintenanceAnswer>();
        api.MapDelete("/system/maintenance", CallOff).MayBeCalledBy(Access.Administrators)
            .WithSummary("Call the maintenance window off, or end it").Produces(StatusCodes.Status204NoContent);
        api.MapPost("/system/maintenance/drain", Drain).MayBeCalledBy(Access.Administrators)
            .WithSummary("Begin the announced window now").Produces<MaintenanceAnswer>();
    }

    private static async Task<IResult> Read(HttpContext context, MaintenanceWatch watch, TimeProvider clock)
    {
        context.Response.Headers.CacheControl = "no-store";
        var window = await watch.Read(context.RequestAborted);
        return Results.Ok(new MaintenanceAnswer(window?.IsOver(clock.GetUtcNow()) == true ? null : window));
    }

    private static async Task<IResult> Announce(
        MaintenanceRequest request, HttpContext context, IInstallation installation, MaintenanceWatch watch, TimeProvider clock)
    {
        var (window, refusal) = MaintenanceRules.Make(request, clock.GetUtcNow());
        if (refusal is not null)
            return Problem.Of(refusal);
        await installation.Put(MaintenanceWatch.Row, window!.Stored(), context.RequestAborted);
        return Results.Ok(new MaintenanceAnswer(await watch.Read(context.RequestAborted)));
    }

    private static async Task<IResult> CallOff(HttpContext context, IInstallation installation, MaintenanceWatch watch)
    {
        await installation.Put(MaintenanceWatch.Row, null, context.RequestAborted);
        await watch.Read(context.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> Drain(
        HttpContext context, IInstallation installation, MaintenanceWatch watch, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        if (await watch.Read(context.RequestAborted) is not { } window || window.IsOver(now))
            return Problem.Of(RefusalCode.NotFound, "No maintenance window is announced.");
        if (window.StartsAt > now)
            await installation.Put(MaintenanceWatch.Row, (window with { StartsAt = now }).Stored(), context.RequestAborted);
        return Results.Ok(new MaintenanceAnswer(await watch.Read(context.RequestAborted)));
    }

    /// <summary>The window; left out where there is none.</summary>
    public sealed record MaintenanceAnswer(MaintenanceWindow? Maintenance);
}
