using CustomerService.Hosting;
using CustomerService.WebFront.Endpoints;

namespace CustomerService.WebFront.Hosting;

/// <summary>Before a front has found its first silo, everything that would need one is answered with a refusal that asks
/// to come again; pages and health are served.</summary>
public static class SiloWait
{
    /// <summary>Puts it into the pipeline.</summary>
    public static void UseSiloWait(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var link = app.Services.GetRequiredService<IClusterLink>();
        app.Use((context, next) => link.Connected.IsCompleted || context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
            ? next(context)
            : Problem.Write(context, 503, RefusalCode.Unavailable, "No silo is within reach yet.", 1_000));
    }
}
