using System.Diagnostics.CodeAnalysis;
using CustomerService.Storage.Accounts;

namespace CustomerService.WebFront.SignIn;

/// <summary>The live sessions that this front has seen, read again from the database every five seconds or less.</summary>
public interface IAgentSessionCache
{
    /// <summary>The session and its account as they were at the last look. False where it has ended, was revoked, or
    /// its account was disabled; or where this front has never seen it. Never waits.</summary>
    bool TryGet(string sessionId, [NotNullWhen(true)] out LiveSession? session);

    /// <summary>Raised with the session's id once a session this front held has ended. Handlers return at once and do
    /// not throw.</summary>
    event Action<string>? Ended;
}
