using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.SignIn;

/// <summary>Who calls, by an agent's bearer. The cookie counts for no call but its own renewal; see
/// AgentSessionEndpoints.</summary>
public sealed class AgentAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder,
    AgentTokens tokens, AgentSessionCache sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Bearer.Of(Request) is not { } token || tokens.Read(token) is not { } sessionId)
            return AuthenticateResult.NoResult();
        if (await sessions.Find(sessionId, Context.RequestAborted) is not { } session)
            return AuthenticateResult.Fail("The session has ended.");
        var identity = Caller.Identity(new AgentCaller(session.Account.AgentId, sessionId));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }
}

/// <summary>Finds a request's bearer.</summary>
public static class Bearer
{
    /// <summary>Longest accepted, in characters.</summary>
    private const int LengthMax = 2_048;

    /// <summary>From the header; on a hub also from the query, because a browser's WebSocket has no headers.</summary>
    public static string? Of(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header["Bearer ".Length..].Trim()
            : header.Length == 0 && request.Path.StartsWithSegments("/hubs", StringComparison.Ordinal)
                ? request.Query["access_token"].ToString()
                : "";
        return token.Length is > 0 and <= LengthMax ? token : null;
    }
}
