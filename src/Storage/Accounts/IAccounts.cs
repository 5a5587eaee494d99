using System.Collections.Immutable;

namespace CustomerService.Storage.Accounts;

/// <summary>The people who sign in. The row is the truth of an agent's name, roles, queues and capacity; the agent
/// grain keeps a copy that it refreshes.</summary>
public interface IAccounts
{
    /// <summary>By e-mail, case folded by the caller; null where unknown.</summary>
    Task<Account?> FindByEmail(string email, CancellationToken cancellationToken = default);

    /// <summary>By agent id; null where unknown.</summary>
    Task<Account?> Find(string agentId, CancellationToken cancellationToken = default);

    /// <summary>Everyone, by name; 10,000 at most.</summary>
    Task<IReadOnlyList<Account>> All(CancellationToken cancellationToken = default);

    /// <summary>The agents that serve a queue and are not disabled, by id.</summary>
    Task<IReadOnlyList<Account>> MembersOf(string queueId, CancellationToken cancellationToken = default);

    /// <summary>Adds an account. False where e-mail or id exists; nothing is stored then.</summary>
    Task<bool> Add(Account account, CancellationToken cancellationToken = default);

    /// <summary>Replaces an account if its stored <see cref="Account.Revision"/> is still the given one, which it then
    /// raises by one; false where it is not.</summary>
    Task<bool> Replace(Account account, CancellationToken cancellationToken = default);
}

/// <summary>A person who signs in, and as an agent serves conversations.</summary>
public sealed record Account
{
    /// <summary>Opaque, 64 characters at most; also the key of the agent grain.</summary>
    public required string AgentId { get; init; }

    /// <summary>Lower case.</summary>
    public required string Email { get; init; }

    /// <summary>The name people see.</summary>
    public required string Name { get; init; }

    /// <summary>Slow hash by the framework's password hasher.</summary>
    public required string PasswordHash { get; init; }

    /// <summary><c>agent</c>, <c>supervisor</c>, <c>administrator</c>; a higher one includes the lower ones.</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>Queues served.</summary>
    public ImmutableArray<string> Queues { get; init; } = ["default"];

    /// <summary>Conversations held at once at most, 1 to 100.</summary>
    public int Capacity { get; init; } = 4;

    /// <summary>A disabled account can't sign in; its sessions are revoked.</summary>
    public bool Disabled { get; init; }

    /// <summary>Counts changes, from 1.</summary>
    public long Revision { get; init; } = 1;
}

/// <summary>Sign-in sessions of agents: rows, so that revoking one is seen by every front.</summary>
public interface IAgentSessions
{
    /// <summary>Stores a session. Durable when the task completes.</summary>
    Task Add(AgentSession session, CancellationToken cancellationToken = default);

    /// <summary>The live ones among <paramref name="tokenHashes"/> (hex SHA-256), with their accounts, in one query;
    /// expired, revoked and disabled ones are left out.</summary>
    Task<IReadOnlyList<LiveSession>> Live(
        IReadOnlyList<string> tokenHashes, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Extends a session. False where it is not live.</summary>
    Task<bool> Extend(
        string tokenHash, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken = default);

    /// <summary>Ends one session.</summary>
    Task Revoke(string tokenHash, CancellationToken cancellationToken = default);

    /// <summary>Ends all sessions of an agent but one: after a password change or when disabled.</summary>
    Task RevokeAll(string agentId, string? exceptTokenHash, CancellationToken cancellationToken = default);

    /// <summary>Deletes sessions that expired before <paramref name="before"/>.</summary>
    Task Purge(DateTimeOffset before, CancellationToken cancellationToken = default);
}

/// <summary>A session: only the hash of its token is stored.</summary>
public sealed record AgentSession(
    string TokenHash, string AgentId, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string Address);

/// <summary>A live session and its account as it is now.</summary>
public sealed record LiveSession(string TokenHash, DateTimeOffset ExpiresAt, Account Account);
