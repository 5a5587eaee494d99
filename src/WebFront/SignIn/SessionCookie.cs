namespace CustomerService.WebFront.SignIn;

/// <summary>The console's cookie: it renews a session after a reload and does nothing else.</summary>
public static class SessionCookie
{
    private const string PlainName = "agent-session";
    private const string SecureName = "__Host-agent-session";

    /// <summary>The secret in it; null without one.</summary>
    public static string? Read(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Cookies[request.IsHttps ? SecureName : PlainName] is { Length: > 0 and <= 128 } secret
            ? secret
            : null;
    }

    /// <summary>Sets it.</summary>
    public static void Write(HttpContext context, string secret, DateTimeOffset expiresAt)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Response.Cookies.Append(NameFor(context), secret, Options(context, expiresAt));
    }

    /// <summary>Takes it away.</summary>
    public static void Delete(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Response.Cookies.Delete(NameFor(context), Options(context, null));
    }

    private static string NameFor(HttpContext context) => context.Request.IsHttps ? SecureName : PlainName;

    private static CookieOptions Options(HttpContext context, DateTimeOffset? expiresAt) => new()
    {
        HttpOnly = true,
        Secure = context.Request.IsHttps,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        Expires = expiresAt,
        IsEssential = true,
    };
}
