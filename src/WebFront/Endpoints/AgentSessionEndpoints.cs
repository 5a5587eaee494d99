using CustomerService.Agents;
using CustomerService.WebFront.RateLimits;
using CustomerService.WebFront.SignIn;
using Microsoft.AspNetCore.Authentication;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Signing in, staying signed in, signing out.</summary>
public static class AgentSessionEndpoints
{
    private static readonly Refusal s_foreignPage =
        new(RefusalCode.Forbidden, "Only the server's own pages may do this with the cookie.");

    /// <summary>Maps <c>/api/v1/agent-sessions</c> and the caller's own account.</summary>
    public static void MapAgentSessions(this IEndpointRouteBuilder api)
    {
        api.MapPost("/agent-sessions", Begin).MayBeCalledBy(Access.Anyone)
            .WithSummary("Sign in").Produces<AgentSessionAnswer>();
        api.MapPost("/agent-sessions/refresh", Extend).MayBeCalledBy(Access.Anyone)
            .WithSummary("Stay signed in, by the cookie or by a bearer").Produces<AgentSessionAnswer>();
        api.MapDelete("/agent-sessions", End).MayBeCalledBy(Access.Anyone)
            .WithSummary("Sign out").Produces(204);
        api.MapPost("/agents/me/password", ChangePassword).MayBeCalledBy(Access.Agents)
            .WithSummary("Change the own password; other sessions end").Produces(204);
        api.MapGet("/me", Me).MayBeCalledBy(Access.Agents)
            .WithSummary("The own account").Produces<MeAnswer>();
        api.MapDelete("/me/wrap-ups/{id}", EndWrapUp).MayBeCalledBy(Access.Agents)
            .WithSummary("End one of the own wrap-ups before its time; again does nothing").Produces(204);
    }

    private static async Task<IResult> Begin(
        SignInRequest request, HttpContext context, AgentSignIn signIn, Origins origins)
    {
        // A page elsewhere could otherwise sign its reader in as somebody else.
        if (Origins.Of(context.Request) is not null && !origins.IsOwn(context.Request))
            return Problem.Of(RefusalCode.Forbidden, "Only the server's own pages may sign in.");
        if (request.Email is not { Length: > 0 and <= AgentSignIn.EmailLengthMax } || request.Password is not { Length: > 0 })
            return Problem.Of(RefusalCode.Invalid, "email and password are required.");
        if (!string.IsNullOrEmpty(request.Totp))
            return Problem.Of(RefusalCode.Unavailable, "A second factor is not served yet.");
        var result = await signIn.Begin(
            request.Email, request.Password, RemoteAddress.KeyOf(context), context.RequestAborted);
        return Answer(context, result);
    }

    private static async Task<IResult> Extend(HttpContext context, AgentSignIn signIn, Origins origins)
    {
        var (sessionId, refusal) = await Session(context, origins);
        if (refusal is not null)
            return Problem.Of(refusal);
        var result = sessionId is null
            ? new SignInResult(new Refusal(RefusalCode.Unauthorized, "Nobody is signed in."))
            : await signIn.Extend(sessionId, context.RequestAborted);
        if (result.Refusal?.Code == RefusalCode.Unauthorized && SessionCookie.Read(context.Request) is not null)
            SessionCookie.Delete(context);
        else if (result.Refusal is null && SessionCookie.Read(context.Request) is { } secret
            && AgentTokens.SessionId(secret) == sessionId)
            SessionCookie.Write(context, secret, result.SessionExpiresAt);
        return Answer(context, result);
    }

    private static async Task<IResult> End(HttpContext context, AgentSignIn signIn, Origins origins)
    {
        var (sessionId, refusal) = await Session(context, origins);
        if (refusal is not null)
            return Problem.Of(refusal);
        if (sessionId is null)
            return Problem.Of(RefusalCode.Unauthorized, "Nobody is signed in.");
        await signIn.End(sessionId, context.RequestAborted);
        SessionCookie.Delete(context);
        return Results.NoContent();
    }

    private static async Task<IResult> ChangePassword(
        PasswordRequest request, HttpContext context, AgentSignIn signIn)
    {
        if (string.IsNullOrEmpty(request.Password) || string.IsNullOrEmpty(request.NewPassword))
            return Problem.Of(RefusalCode.Invalid, "password and newPassword are required.");
        if (Caller.Agent(context.User) is not { } caller)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        return await signIn.ChangePassword(
            caller, request.Password, request.NewPassword, RemoteAddress.KeyOf(context), context.RequestAborted) is { } refusal
            ? Problem.Of(refusal)
            : Results.NoContent();
    }

    private static async Task<IResult> Me(
        HttpContext context, IAgentSessionCache sessions, IGrainFactory grains, TimeProvider clock)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        // Asked of the agent itself: what queues heard of it may be older than this very connection.
        var standing = await grains.Of<IAgentGrain>(account.AgentId).Availability();
        return Results.Ok(new MeAnswer(
            account.AgentId, account.Email, account.Name,
            [.. Roles.All.Where(role => Roles.Includes(account.Roles, role))], account.Queues, account.Capacity,
            standing.Status.ToString().ToLowerInvariant(), standing.Load)
        {
            Reason = standing.Reason,
            StatusSince = standing.StatusSince,
            WrapUps = standing.WrappingUp == 0 ? null : [.. standing.WrapUps.Select(one => new WrapUpLine(
                one.Id, one.ConversationId, one.EndsAt,
                Math.Max(0, (int)Math.Ceiling((one.EndsAt - clock.GetUtcNow()).TotalSeconds))))],
        });
    }

    private static async Task<IResult> EndWrapUp(
        string id, HttpContext context, IAgentSessionCache sessions, IGrainFactory grains)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (id.Length > Limits.IdLengthMax)
            return Problem.Of(RefusalCode.Invalid, "An id has 1 to 64 characters.");
        var receipt = await grains.Of<IAgentGrain>(account.AgentId).EndWrapUp(id);
        return receipt.Refusal is { } refusal ? Problem.Of(refusal) : Results.NoContent();
    }

    /// <summary>The session a request names: by bearer from anywhere, by cookie only from an own page, because a browser
    /// adds a cookie to whatever any page asks of it.</summary>
    private static async Task<(string? SessionId, Refusal? Refusal)> Session(HttpContext context, Origins origins)
    {
        var bearer = await context.AuthenticateAsync(Caller.AgentScheme);
        if (Caller.Agent(bearer.Principal) is { } caller)
            return (caller.SessionId, null);
        if (SessionCookie.Read(context.Request) is not { } secret)
            return (null, null);
        return origins.IsOwn(context.Request) ? (AgentTokens.SessionId(secret), null) : (null, s_foreignPage);
    }

    private static IResult Answer(HttpContext context, SignInResult result)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (result.Refusal is { } refusal)
            return Problem.Of(refusal);
        if (result.Secret is { } secret)
            SessionCookie.Write(context, secret, result.SessionExpiresAt);
        return Results.Ok(result.Answer);
    }

    private sealed record SignInRequest(string? Email, string? Password, string? Totp);

    private sealed record PasswordRequest(string? Password, string? NewPassword);

    /// <summary>The caller's account, the status it has set and how many conversations it holds.</summary>
    public sealed record MeAnswer(
        string AgentId, string Email, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> Queues,
        int Capacity, string Status, int Load)
    {
        /// <summary>Why it is busy or away, where it said so.</summary>
        public string? Reason { get; init; }

        /// <summary>Since when.</summary>
        public DateTimeOffset? StatusSince { get; init; }

        /// <summary>Closed conversations that it wraps up, each a place of <c>load</c>; null for none.</summary>
        public IReadOnlyList<WrapUpLine>? WrapUps { get; init; }
    }

    /// <summary>A wrap-up.</summary>
    /// <param name="Id">To end it by.</param>
    /// <param name="ConversationId">What was closed.</param>
    /// <param name="EndsAt">When it is over by itself.</param>
    /// <param name="SecondsLeft">The same by the server's clock, for a page whose own is wrong.</param>
    public sealed record WrapUpLine(string Id, string ConversationId, DateTimeOffset EndsAt, int SecondsLeft);
}
