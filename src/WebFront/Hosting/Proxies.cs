using Microsoft.AspNetCore.HttpOverrides;

namespace CustomerService.WebFront.Hosting;

/// <summary>Whose word counts about where a request came from.</summary>
public static class Proxies
{
    /// <summary>X-Forwarded-For and X-Forwarded-Proto count from known proxies only; without any, from nobody. A proxy
    /// must pass on the Host header.</summary>
    public static IServiceCollection AddForwardedHeaders(
        this IServiceCollection services, IReadOnlyList<System.Net.IPNetwork> known) =>
        services.Configure<ForwardedHeadersOptions>(o =>
        {
            o.ForwardedHeaders = known.Count == 0
                ? ForwardedHeaders.None
                : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            o.KnownProxies.Clear();
            o.KnownIPNetworks.Clear();
            foreach (var network in known)
                o.KnownIPNetworks.Add(network);
            // A chain of proxies ends at the first that is not known; its length need not be bounded besides.
            o.ForwardLimit = null;
        });
}
