namespace CustomerService.WebFront.Hubs;

/// <summary>By what a handshake says who it is.</summary>
public enum HandshakeCredential
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A bearer that a script put there: no foreign page can.</summary>
    Bearer = 1,

    /// <summary>Only a cookie, which a browser adds whoever asks.</summary>
    Cookie = 2,
}

/// <summary>
/// Which pages may open a socket. CORS does not cover WebSockets, so the Origin is checked here: one that is present has
/// to be allowed, and one that is missing is no browser's and may use a bearer, not a cookie.
/// </summary>
public static class OriginRule
{
    /// <summary>Whether a handshake may go on.</summary>
    /// <param name="origin">The header, or null where there is none. <c>null</c> as a word is an origin never
    /// allowed.</param>
    /// <param name="credential">By what it says who it is.</param>
    /// <param name="own">The server's own origin, as the request reached it.</param>
    /// <param name="allowed">Further origins: those of the configuration, and of the visitor's site.</param>
    public static bool Allows(
        string? origin, HandshakeCredential credential, string own, IEnumerable<string> allowed)
    {
        if (string.IsNullOrEmpty(origin))
            return credential != HandshakeCredential.Cookie;
        return Normal(origin) is { } given
            && (given == Normal(own) || allowed.Any(other => given == Normal(other)));
    }

    /// <summary>Whether a browser lets a page of that origin frame the widget of a site: what <c>frame-ancestors</c> says,
    /// asked beforehand. An origin saved with http stands for its https too.</summary>
    /// <param name="origin">The page's, or empty where the request names none: the server's own pages name none.</param>
    /// <param name="own">The server's own origin, as the request reached it.</param>
    /// <param name="allowed">The origins of the site.</param>
    public static bool MayFrame(string? origin, string own, IEnumerable<string> allowed) => Allows(
        origin, HandshakeCredential.None, own,
        allowed.SelectMany(other => other.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            ? [other, $"https{other[4..]}"]
            : new[] { other }));

    /// <summary>Scheme, host and port as browsers write them; null for what is no origin.</summary>
    private static string? Normal(string origin)
    {
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length > 0 || uri.PathAndQuery != "/" || uri.Fragment.Length > 0)
        {
            return null;
        }
        return $"{uri.Scheme}://{uri.IdnHost.ToLowerInvariant()}:{uri.Port}";
    }
}
