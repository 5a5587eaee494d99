using CustomerService.Hosting;
using CustomerService.Storage;
using CustomerService.WebFront.Endpoints;
using CustomerService.WebFront.Health;
using CustomerService.WebFront.Hosting;
using CustomerService.WebFront.Hubs;

namespace CustomerService.WebFront;

/// <summary>The web process: alone it is the whole product, in a cluster one of several fronts.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => FrontCommand.Run(args, async configuration =>
    {
        await using var app = Build(configuration);
        await StartupFailure.Start(app);
        foreach (var url in app.Urls)
            app.Logger.LogInformation("Ready: {Url}/ shows the demo page, {Url}/console/ the console.", url, url);
        await app.WaitForShutdownAsync();
    });

    /// <summary>The application, not yet started.</summary>
    public static WebApplication Build(IReadOnlyDictionary<string, string?> configuration)
    {
        var builder = FrontSetup.CreateBuilder(configuration);
        builder.AddEverything();
        var app = builder.Build();
        app.Services.GetRequiredService<StorageOptions>().EndWhenTakenOver(app);

        // The pipeline, in order.
        app.UseForwardedHeaders();                       // 1. whom known proxies speak for
        app.UseExceptionHandler(static _ => { });        // 2. failures become problem documents
        app.UseSafeHeaders();                            // 3. headers of every answer
        app.UseStatusCodePages(static context => Problem.WriteEmpty(context.HttpContext)); // 4. so do empty refusals
        app.UsePages();                                  // 5. the built client
        app.UseSiloWait();                               // 6. nothing to call yet
        app.UseRouting();
        app.UseRateLimiter();                            // 7. REST by address
        app.UseAuthentication();                         // 8. who calls
        app.UseAuthorization();                          // 9. whether they may
        app.MapHealth();
        app.MapMemory(app.Configuration);
        app.MapRest();
        app.MapFrontHubs();
        return app;
    }
}
