using CustomerService.Storage.Catalogue;
using CustomerService.WebFront.Hubs;

namespace CustomerService.WebFront.SignIn;

/// <summary>Which pages may call REST. Browsers send the origin and pages can't change it, so this is what stands between
/// a person's cookie and a stranger's page. The rule is the sockets' own; configuration key <c>Origins</c> lists further
/// own origins, such as <c>https://chat.example</c> where a proxy changes the host's name.</summary>
public sealed class Origins(IConfiguration configuration)
{
    private readonly string[] _own = configuration.GetSection("Origins").Get<string[]>() ?? [];

    /// <summary>The request's origin; null where it names none.</summary>
    public static string? Of(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers.Origin.Count == 0 ? null : request.Headers.Origin.ToString();
    }

    /// <summary>Whether the request comes from one of the server's own pages. One that names no origin does not.
    /// </summary>
    public bool IsOwn(HttpRequest request) => Of(request) is not null && Allows(request, []);

    /// <summary>Whether the request may be made for a site: without an origin, from an own page, or from one that the
    /// site allows. The origin <c>null</c> of sandboxed pages is never allowed.</summary>
    public bool MayCallFor(HttpRequest request, SiteSettings site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return Allows(request, site.Origins);
    }

    private bool Allows(HttpRequest request, IEnumerable<string> site) => OriginRule.Allows(
        Of(request), HandshakeCredential.Bearer, $"{request.Scheme}://{request.Host}", _own.Concat(site));
}
