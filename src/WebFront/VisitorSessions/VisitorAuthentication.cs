using System.Security.Claims;
using System.Text.Encodings.Web;
using CustomerService.WebFront.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.VisitorSessions;

/// <summary>Who calls, by a visitor's bearer.</summary>
public sealed class VisitorAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, VisitorTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        Bearer.Of(Request) is { } token && tokens.ReadBearer(token) is { } visitor
            ? AuthenticateResult.Success(
                new AuthenticationTicket(new ClaimsPrincipal(Caller.Identity(visitor)), Scheme.Name))
            : AuthenticateResult.NoResult());
}
