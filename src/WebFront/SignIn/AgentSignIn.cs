using CustomerService.Storage.Accounts;
using CustomerService.WebFront.Endpoints;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.SignIn;

/// <summary>Sessions of agents: begun by a password, extended by a refresh, ended by a person or by a change of the
/// account.</summary>
public sealed class AgentSignIn(
    IAccounts accounts, IAgentSessions sessions, AgentSessionCache cache, AgentTokens tokens, Passwords passwords,
    GuessThrottle throttle, IOptions<SignInOptions> options, TimeProvider clock)
{
    /// <summary>Longest e-mail address, in UTF-16 units.</summary>
    public const int EmailLengthMax = 254;

    /// <summary>One answer for every wrong sign-in, so that nobody learns which addresses exist.</summary>
    private static readonly Refusal s_wrong =
        new(RefusalCode.Unauthorized, "E-mail address or password is wrong.");

    /// <summary>The form in which addresses are stored and compared.</summary>
    public static string Fold(string email) => email.Trim().ToLowerInvariant();

    /// <summary>Begins a session, durable when the task completes. Unknown, disabled and wrong answer alike, after about
    /// the same time.</summary>
    public async Task<SignInResult> Begin(
        string email, string password, string address, CancellationToken cancellationToken)
    {
        email = Fold(email);
        if (throttle.TryBegin(email, address) is { } wait)
            return new SignInResult(new Refusal(
                RefusalCode.RateLimited, "Too many wrong passwords: wait before the next attempt.",
                (int)Math.Ceiling(wait.TotalMilliseconds)));
        var account = await accounts.FindByEmail(email, cancellationToken);
        var check = await passwords.Check(account, password);
        if (check == PasswordCheck.Busy)
            return new SignInResult(Refusal.Overloaded);
        if (check == PasswordCheck.Wrong || account is null || account.Disabled)
            return new SignInResult(s_wrong);
        throttle.Succeeded(email, address);
        if (check == PasswordCheck.RightButOldHash && await passwords.Hash(password) is { } better)
            await accounts.Replace(account with { PasswordHash = better }, cancellationToken);
        return await Begin(account, address, cancellationToken);
    }

    /// <summary>Extends a session and gives a new bearer.</summary>
    public async Task<SignInResult> Extend(string sessionId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var expiresAt = now.AddHours(options.Value.SessionHours);
        if (!await sessions.Extend(sessionId, now, expiresAt, cancellationToken))
            return new SignInResult(new Refusal(RefusalCode.Unauthorized, "The session has ended."));
        await cache.Refresh(sessionId, cancellationToken);
        return await cache.Find(sessionId, cancellationToken) is { } session
            ? Granted(session.Account, sessionId, session.ExpiresAt, secret: null)
            : new SignInResult(new Refusal(RefusalCode.Unauthorized, "The session has ended."));
    }

    /// <summary>Ends a session; its sockets are dropped. An unknown one is a no-op.</summary>
    public async Task End(string sessionId, CancellationToken cancellationToken)
    {
        await sessions.Revoke(sessionId, cancellationToken);
        await cache.Refresh(sessionId, cancellationToken);
    }

    /// <summary>Changes the caller's password and ends all its other sessions. Guesses of the present password count as
    /// those at sign-in do.</summary>
    public async Task<Refusal?> ChangePassword(
        AgentCaller caller, string present, string next, string address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (await accounts.Find(caller.AgentId, cancellationToken) is not { } account)
            return Refusal.NotFound;
        if (Passwords.Weakness(next, account.Email) is { } weakness)
            return new Refusal(
                next.Length > Passwords.LengthMax ? RefusalCode.TooLong : RefusalCode.Invalid,
                $"The new password {weakness}.");
        if (throttle.TryBegin(account.Email, address) is { } wait)
            return new Refusal(
                RefusalCode.RateLimited, "Too many wrong passwords: wait before the next attempt.",
                (int)Math.Ceiling(wait.TotalMilliseconds));
        var check = await passwords.Check(account, present);
        if (check == PasswordCheck.Busy)
            return Refusal.Overloaded;
        if (check == PasswordCheck.Wrong)
            return new Refusal(RefusalCode.Invalid, "The present password is wrong.");
        throttle.Succeeded(account.Email, address);
        if (await passwords.Hash(next) is not { } hash)
            return Refusal.Overloaded;
        if (!await accounts.Replace(account with { PasswordHash = hash }, cancellationToken))
            return new Refusal(RefusalCode.Conflict, "The account was changed at the same time.");
        await sessions.RevokeAll(caller.AgentId, caller.SessionId, cancellationToken);
        await cache.Recheck(cancellationToken);
        return null;
    }

    /// <summary>Ends all sessions of an agent: after somebody else changed its password or disabled it.</summary>
    public async Task EndAll(string agentId, CancellationToken cancellationToken)
    {
        await sessions.RevokeAll(agentId, exceptTokenHash: null, cancellationToken);
        await cache.Recheck(cancellationToken);
    }

    private async Task<SignInResult> Begin(Account account, string address, CancellationToken cancellationToken)
    {
        var secret = AgentTokens.NewSecret();
        var sessionId = AgentTokens.SessionId(secret);
        var now = clock.GetUtcNow();
        var expiresAt = now.AddHours(options.Value.SessionHours);
        await sessions.Add(
            new AgentSession(sessionId, account.AgentId, now, expiresAt, address), cancellationToken);
        return Granted(account, sessionId, expiresAt, secret);
    }

    private SignInResult Granted(Account account, string sessionId, DateTimeOffset expiresAt, string? secret)
    {
        var (token, tokenExpiresAt) = tokens.NewBearer(sessionId, expiresAt);
        return new SignInResult(null)
        {
            Answer = new AgentSessionAnswer(
                account.AgentId, account.Name, [.. Roles.All.Where(role => Roles.Includes(account.Roles, role))],
                token, tokenExpiresAt),
            Secret = secret,
            SessionExpiresAt = expiresAt,
        };
    }
}

/// <summary>What came of a sign-in.</summary>
/// <param name="Refusal">Null where it was done.</param>
public sealed record SignInResult(Refusal? Refusal)
{
    /// <summary>What the client gets.</summary>
    public AgentSessionAnswer? Answer { get; init; }

    /// <summary>For the cookie; null where the session is not new.</summary>
    public string? Secret { get; init; }

    /// <summary>When the session ends without a refresh.</summary>
    public DateTimeOffset SessionExpiresAt { get; init; }
}

/// <summary>The answer of a sign-in on the wire.</summary>
/// <param name="AgentId">Who.</param>
/// <param name="Name">The name others see.</param>
/// <param name="Roles">With those that the highest includes.</param>
/// <param name="Token">The bearer.</param>
/// <param name="ExpiresAt">When the bearer expires.</param>
public sealed record AgentSessionAnswer(
    string AgentId, string Name, IReadOnlyList<string> Roles, string Token, DateTimeOffset ExpiresAt);
