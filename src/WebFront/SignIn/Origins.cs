using System.Collections.Immutable;
using CustomerService.Storage.Catalogue;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.SignIn;

/// <summary>The server's own web origins beyond the one it is called by: section <c>Origins</c>.</summary>
public sealed class OriginOptions
{
    /// <summary>Further own origins, such as <c>https://chat.example</c> where a proxy changes the host's name.</summary>
    public IList<string> Own { get; } = [];
}

/// <summary>Whether a page of an origin may call. Browsers send the origin and pages can't change it, so this is what
/// stands between a visitor's cookie or address and a stranger's page.</summary>
public sealed class Origins(IOptions<OriginOptions> options)
{
    private readonly ImmutableArray<string> _own = [.. options.Value.Own.Select(o => o.TrimEnd('/'))];

    /// <summary>The request's origin; null where it names none.</summary>
    public static string? Of(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers.Origin.Count == 0 ? null : request.Headers.Origin.ToString();
    }

    /// <summary>Whether the request comes from one of the server's own pages. One that names no origin does not.
    /// </summary>
    public bool IsOwn(HttpRequest request) => Of(request) is { } origin && IsOwn(request, origin);

    /// <summary>Whether the request may be made for a site: without an origin, from an own page, or from one that the
    /// site allows. The origin <c>null</c> of sandboxed pages is never allowed.</summary>
    public bool MayCallFor(HttpRequest request, SiteSettings site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return Of(request) is not { } origin || IsOwn(request, origin)
            || site.Origins.Any(allowed => Same(allowed.TrimEnd('/'), origin));
    }

    private bool IsOwn(HttpRequest request, string origin) =>
        Same($"{request.Scheme}://{request.Host}", origin) || _own.Any(own => Same(own, origin));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
