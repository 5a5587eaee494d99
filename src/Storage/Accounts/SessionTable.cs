using CustomerService.Storage.Database;

namespace CustomerService.Storage.Accounts;

/// <summary>Sessions in SQL; a revoked one is a deleted row.</summary>
internal sealed class SessionTable(IDatabase database) : IAgentSessions
{
    public Task Add(AgentSession session, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                insert into agent_sessions (token_hash, agent_id, created_at, expires_at, address)
                values (@hash, @agent, @created, @expires, @address) returning 1
                """,
                ("@hash", session.TokenHash), ("@agent", session.AgentId),
                ("@created", Times.ToMicros(session.CreatedAt)), ("@expires", Times.ToMicros(session.ExpiresAt)),
                ("@address", session.Address)),
            cancellationToken);

    public async Task<IReadOnlyList<LiveSession>> Live(
        IReadOnlyList<string> tokenHashes, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement(
                $"""
                select token_hash, expires_at, {AccountTable.Columns} from agent_sessions
                join accounts on accounts.agent_id = agent_sessions.agent_id
                where {database.In("token_hash", "@hashes")} and expires_at > @now and disabled = 0
                """,
                ("@hashes", database.List(tokenHashes)), ("@now", Times.ToMicros(now))),
            static row => new LiveSession(row.GetString(0), row.Time(1), AccountTable.From(row, 2)),
            cancellationToken).ConfigureAwait(false);

    public Task<bool> Extend(
        string tokenHash, DateTimeOffset now, DateTimeOffset expiresAt,
        CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                update agent_sessions set expires_at = @expires
                where token_hash = @hash and expires_at > @now and exists (
                    select 1 from accounts where accounts.agent_id = agent_sessions.agent_id and disabled = 0)
                returning 1
                """,
                ("@expires", Times.ToMicros(expiresAt)), ("@hash", tokenHash), ("@now", Times.ToMicros(now))),
            cancellationToken);

    public Task Revoke(string tokenHash, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement("delete from agent_sessions where token_hash = @hash returning 1", ("@hash", tokenHash)),
            cancellationToken);

    public Task RevokeAll(string agentId, string? exceptTokenHash, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                "delete from agent_sessions where agent_id = @agent and token_hash <> @except returning 1",
                ("@agent", agentId), ("@except", exceptTokenHash ?? "")),
            cancellationToken);

    public Task Purge(DateTimeOffset before, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                "delete from agent_sessions where expires_at < @before returning 1",
                ("@before", Times.ToMicros(before))),
            cancellationToken);
}
