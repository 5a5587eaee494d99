using System.Globalization;
using CustomerService.Grains.Catalogue;
using CustomerService.WebFront.Drain;
using CustomerService.WebFront.RateLimits;
using CustomerService.WebFront.Telemetry;

namespace CustomerService.WebFront.Hubs;

/// <summary>What a handshake passes before SignalR sees it: 1. is this front stopping (503), 2. the origin (403),
/// 3. limits of connections (429). Runs after authentication, which answers 401.</summary>
internal sealed class HandshakeGate(
    RequestDelegate next, IReadiness readiness, CallLimits limits, ICatalogueCache catalogue,
    IConfiguration configuration, FrontMetrics metrics, ILogger<HandshakeGate> log)
{
    private readonly string[] _origins = configuration.GetSection("Origins").Get<string[]>() ?? [];

    public async Task InvokeAsync(HttpContext context)
    {
        if (readiness.IsDraining)
        {
            metrics.Handshakes.Add("draining");
            Refuse(context, StatusCodes.Status503ServiceUnavailable, TimeSpan.FromSeconds(1));
            return;
        }
        var visitor = Caller.Visitor(context.User);
        if (!await IsOriginAllowed(context, visitor))
        {
            metrics.Handshakes.Add("origin");
            Refuse(context, StatusCodes.Status403Forbidden, null);
            return;
        }
        var caller = visitor?.VisitorId ?? Caller.Agent(context.User)?.AgentId;
        if (caller is null || context.Request.Path.Value!.EndsWith("/negotiate", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }
        var key = visitor is not null ? $"visitor:{caller}" : $"agent:{caller}";
        using var slot = limits.TryOpen(RemoteAddress.KeyOf(context), key, out var retryAfter);
        if (slot is null)
        {
            metrics.Handshakes.Add("limit");
            Refuse(context, StatusCodes.Status429TooManyRequests, retryAfter);
            return;
        }
        await next(context); // Until the socket closes.
    }

    private async Task<bool> IsOriginAllowed(HttpContext context, VisitorCaller? visitor)
    {
        var request = context.Request;
        var origins = request.Headers.Origin;
        if (origins.Count > 1)
            return false;
        var credential = request.Query.ContainsKey("access_token") || request.Headers.Authorization.Count > 0
            ? HandshakeCredential.Bearer
            : request.Headers.Cookie.Count > 0 ? HandshakeCredential.Cookie : HandshakeCredential.None;
        var own = $"{request.Scheme}://{request.Host}";
        if (OriginRule.Allows(origins.ToString(), credential, own, _origins))
            return true;
        // A page of the visitor's own site: looked up only where the cheap answer was no.
        return visitor is not null && origins.Count == 1
            && OriginRule.Allows(origins.ToString(), credential, own, await OriginsOf(visitor.SiteKey));
    }

    private async Task<IEnumerable<string>> OriginsOf(string siteKey)
    {
        try
        {
            return (await catalogue.Get()).Site(siteKey)?.Origins ?? [];
        }
        catch (Exception e)
        {
            log.LogWarning(e, "The origins of a site could not be read");
            return [];
        }
    }

    private static void Refuse(HttpContext context, int status, TimeSpan? retryAfter)
    {
        context.Response.StatusCode = status;
        if (retryAfter is { } after)
        {
            context.Response.Headers.RetryAfter =
                Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
    }
}
