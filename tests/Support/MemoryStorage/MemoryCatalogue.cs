using System.Collections.Immutable;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;

namespace CustomerService.Support.MemoryStorage;

/// <summary>Sites and queues in memory.</summary>
internal sealed class MemoryCatalogue(MemoryDatabase database) : ICatalogue
{
    private readonly SortedDictionary<string, QueueSettings> _queues =
        new(StringComparer.Ordinal) { ["default"] = new QueueSettings { Id = "default", Name = "Default" } };
    private readonly SortedDictionary<string, SiteSettings> _sites =
        new(StringComparer.Ordinal) { ["demo"] = new SiteSettings { Key = "demo", Name = "Demo" } };

    public Task<ImmutableArray<QueueSettings>> Queues(CancellationToken cancellationToken = default) =>
        database.Call<ImmutableArray<QueueSettings>>(nameof(Queues), "", () => [.. _queues.Values]);

    public Task<ImmutableArray<SiteSettings>> Sites(CancellationToken cancellationToken = default) =>
        database.Call<ImmutableArray<SiteSettings>>(nameof(Sites), "", () => [.. _sites.Values]);

    public Task Save(QueueSettings queue, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Save), queue.Id, () =>
        {
            var revision = _queues.TryGetValue(queue.Id, out var stored) ? stored.Revision : 0;
            _queues[queue.Id] = queue with { Revision = revision + 1 };
        });

    public Task<bool> Replace(QueueSettings queue, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Replace), queue.Id, () =>
        {
            if ((_queues.TryGetValue(queue.Id, out var stored) ? stored.Revision : 0) != queue.Revision)
                return false;
            _queues[queue.Id] = queue with { Revision = queue.Revision + 1 };
            return true;
        });

    public Task Save(SiteSettings site, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Save), site.Key, () =>
        {
            var revision = _sites.TryGetValue(site.Key, out var stored) ? stored.Revision : 0;
            _sites[site.Key] = site with { Revision = revision + 1 };
        });

    public Task<bool> Replace(SiteSettings site, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Replace), site.Key, () =>
        {
            if (!_sites.TryGetValue(site.Key, out var stored) || stored.Revision != site.Revision)
                return false;
            _sites[site.Key] = site with { Revision = site.Revision + 1 };
            return true;
        });
}

/// <summary>Accounts in memory.</summary>
internal sealed class MemoryAccounts(MemoryDatabase database) : IAccounts
{
    private readonly SortedDictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    public Task<Account?> FindByEmail(string email, CancellationToken cancellationToken = default) =>
        database.Call(nameof(FindByEmail), email, () => _accounts.Values.FirstOrDefault(account => account.Email == email));

    public Task<Account?> Find(string agentId, CancellationToken cancellationToken = default) =>
        database.Call("FindAccount", agentId, () => _accounts.GetValueOrDefault(agentId));

    public Task<IReadOnlyList<Account>> All(CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<Account>>(nameof(All), "", () =>
            [.. _accounts.Values.OrderBy(account => account.Name, StringComparer.Ordinal)
                .ThenBy(account => account.AgentId, StringComparer.Ordinal).Take(10_000)]);

    public Task<IReadOnlyList<Account>> MembersOf(string queueId, CancellationToken cancellationToken = default) =>
        database.Call<IReadOnlyList<Account>>(nameof(MembersOf), queueId, () =>
            [.. _accounts.Values.Where(account => !account.Disabled && account.Queues.Contains(queueId))]);

    public Task<bool> Add(Account account, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Add), account.AgentId, () =>
            !_accounts.Values.Any(other => other.Email == account.Email) && _accounts.TryAdd(account.AgentId, account));

    public Task<bool> Replace(Account account, CancellationToken cancellationToken = default) =>
        database.Call(nameof(Replace), account.AgentId, () =>
        {
            if (!_accounts.TryGetValue(account.AgentId, out var stored) || stored.Revision != account.Revision
                || _accounts.Values.Any(other => other.AgentId != account.AgentId && other.Email == account.Email))
                return false;
            _accounts[account.AgentId] = account with { Revision = account.Revision + 1 };
            return true;
        });
}
