using System.Collections.Immutable;
using System.Data.Common;
using CustomerService.Storage.Database;

namespace CustomerService.Storage.Accounts;

/// <summary>Accounts in SQL; both databases take the same text.</summary>
internal sealed class AccountTable(IDatabase database) : IAccounts
{
    public const string Columns =
        "accounts.agent_id, email, name, password_hash, roles, queues, capacity, disabled, revision";

    private const string Select = $"select {Columns} from accounts";

    public async Task<Account?> FindByEmail(string email, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement($"{Select} where email = @email", ("@email", email)), From, cancellationToken)
            .ConfigureAwait(false)).FirstOrDefault();

    public async Task<Account?> Find(string agentId, CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement($"{Select} where agent_id = @id", ("@id", agentId)), From, cancellationToken)
            .ConfigureAwait(false)).FirstOrDefault();

    public async Task<IReadOnlyList<Account>> All(CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement($"{Select} order by name, agent_id limit 10000"), From, cancellationToken)
            .ConfigureAwait(false);

    public async Task<IReadOnlyList<Account>> MembersOf(
        string queueId, CancellationToken cancellationToken = default)
    {
        // The pattern only narrows: a wildcard in the id must not widen it.
        var rows = await database.Query(
            new Statement(
                $"{Select} where disabled = 0 and queues like @pattern order by agent_id",
                ("@pattern", $"%|{queueId}|%")),
            From, cancellationToken).ConfigureAwait(false);
        return [.. rows.Where(a => a.Queues.Contains(queueId))];
    }

    public Task<bool> Add(Account account, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                insert into accounts (agent_id, email, name, password_hash, roles, queues, capacity, disabled, revision)
                values (@id, @email, @name, @hash, @roles, @queues, @capacity, @disabled, @revision)
                on conflict do nothing returning 1
                """,
                Values(account)),
            cancellationToken);

    public Task<bool> Replace(Account account, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                // An e-mail that another account has is refused here, so that no constraint error is needed for it.
                """
                update accounts set email = @email, name = @name, password_hash = @hash, roles = @roles,
                    queues = @queues, capacity = @capacity, disabled = @disabled, revision = @revision + 1
                where agent_id = @id and revision = @revision
                    and not exists (select 1 from accounts other where other.email = @email and other.agent_id <> @id)
                returning 1
                """,
                Values(account)),
            cancellationToken);

    public static Account From(DbDataReader row) => From(row, 0);

    public static Account From(DbDataReader row, int first) => new()
    {
        AgentId = row.GetString(first),
        Email = row.GetString(first + 1),
        Name = row.GetString(first + 2),
        PasswordHash = row.GetString(first + 3),
        Roles = Split(row.GetString(first + 4)),
        Queues = Split(row.GetString(first + 5)),
        Capacity = (int)row.GetInt64(first + 6),
        Disabled = row.GetInt64(first + 7) != 0,
        Revision = row.GetInt64(first + 8),
    };

    private static (string, object?)[] Values(Account account) =>
    [
        ("@id", account.AgentId), ("@email", account.Email), ("@name", account.Name), ("@hash", account.PasswordHash),
        ("@roles", Join(account.Roles)), ("@queues", Join(account.Queues)), ("@capacity", (long)account.Capacity),
        ("@disabled", account.Disabled ? 1L : 0L), ("@revision", account.Revision),
    ];

    // Kept as |a|b| so that one is found by LIKE on both databases.
    private static string Join(ImmutableArray<string> values) =>
        values.IsDefaultOrEmpty ? "" : $"|{string.Join('|', values)}|";

    private static ImmutableArray<string> Split(string joined) =>
        [.. joined.Split('|', StringSplitOptions.RemoveEmptyEntries)];
}
