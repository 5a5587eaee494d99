using CustomerService.Grains.Catalogue;
using Microsoft.AspNetCore.StaticFiles;

namespace CustomerService.WebFront.Hosting;

/// <summary>The built web client and the headers that keep its pages safe.</summary>
public static class Pages
{
    private const string NotBuilt =
        "The web client is not built. Run ./run, or build src/WebFront without -p:SkipClient=true.";

    // No inline script or style anywhere; sockets only to where the page came from.
    private const string Policy =
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; img-src 'self' data: blob:; ";

    /// <summary>Headers of every answer. The widget's page may be framed by the origins of its site, others by nobody.
    /// </summary>
    public static void UseSafeHeaders(this WebApplication app) => app.Use(async (context, next) =>
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        var isWidget = context.Request.Path.StartsWithSegments("/widget", StringComparison.OrdinalIgnoreCase);
        headers.ContentSecurityPolicy = Policy + "frame-ancestors "
            + (isWidget ? await FramedBy(context) : "'none'");
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        await next(context);
    });

    /// <summary>Serves the client: names with a hash for ever, everything else asked again each time.</summary>
    public static void UsePages(this WebApplication app)
    {
        var isBuilt = File.Exists(Path.Combine(app.Environment.WebRootPath, "console", "index.html"));
        app.Use((context, next) =>
        {
            var path = context.Request.Path.Value ?? "";
            if (path == "/")
            {
                context.Response.Redirect("/demo/");
                return Task.CompletedTask;
            }
            if (path is not ("/console" or "/demo" or "/widget" or "/console/" or "/demo/" or "/widget/"))
                return next(context);
            if (!isBuilt)
            {
                context.Response.StatusCode = 503;
                return context.Response.WriteAsync(NotBuilt);
            }
            if (path.EndsWith('/'))
                return next(context);
            context.Response.Redirect($"{path}/{context.Request.QueryString}");
            return Task.CompletedTask;
        });
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = Cache });
    }

    private static void Cache(StaticFileResponseContext file) =>
        file.Context.Response.Headers.CacheControl =
            file.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal)
                ? "public, max-age=31536000, immutable"
                : "no-cache";

    private static async Task<string> FramedBy(HttpContext context)
    {
        var key = context.Request.Query["site"].ToString();
        if (key.Length is 0 or > Limits.IdLengthMax)
            return "'self'";
        var catalogue = await context.RequestServices.GetRequiredService<ICatalogueCache>().Get();
        var site = catalogue.Site(key);
        // Origins were checked to be nothing but origins when they were saved.
        return site is null ? "'self'" : string.Join(' ', site.Origins.Prepend("'self'"));
    }
}
