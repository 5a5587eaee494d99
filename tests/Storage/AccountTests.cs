using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using Xunit;

namespace CustomerService.Storage.Tests;

public sealed class SqliteAccountTests(SqliteFixture fixture)
    : AccountTests(fixture), IClassFixture<SqliteFixture>;

[Trait("Category", "Postgres")]
public sealed class PostgreSqlAccountTests(PostgreSqlFixture fixture)
    : AccountTests(fixture), IClassFixture<PostgreSqlFixture>;

/// <summary>Who may sign in, what is set up, and whether the storage is well.</summary>
public abstract class AccountTests(DatabaseFixture fixture)
{
    private StorageCore Storage => fixture.Storage;

    [Fact]
    public async Task An_account_is_added_once_and_found_by_id_and_email()
    {
        var account = Account();
        Assert.True(await Storage.Accounts.Add(account));
        Assert.False(await Storage.Accounts.Add(account));
        Assert.False(await Storage.Accounts.Add(account with { AgentId = Given.Id() }));
        Assert.False(await Storage.Accounts.Add(account with { Email = "other@" + Given.Id() }));
        Same(account, await Storage.Accounts.Find(account.AgentId));
        Same(account, await Storage.Accounts.FindByEmail(account.Email));
        Assert.Null(await Storage.Accounts.Find("nobody"));
        Assert.Null(await Storage.Accounts.FindByEmail("' or ''='"));
        Assert.Contains(account.AgentId, (await Storage.Accounts.All()).Select(a => a.AgentId));
    }

    [Fact]
    public async Task An_account_is_replaced_only_at_its_revision()
    {
        var (account, other) = (Account(), Account());
        await Storage.Accounts.Add(account);
        await Storage.Accounts.Add(other);
        Assert.True(await Storage.Accounts.Replace(account with { Name = "李雷", Capacity = 9 }));
        Assert.False(await Storage.Accounts.Replace(account with { Name = "stale" }));
        var now = (await Storage.Accounts.Find(account.AgentId))!;
        Assert.Equal(("李雷", 9, 2L), (now.Name, now.Capacity, now.Revision));
        Assert.False(await Storage.Accounts.Replace(now with { Email = other.Email }));
    }

    [Fact]
    public async Task Members_of_a_queue_are_those_who_serve_it_and_are_not_disabled()
    {
        var queue = "q" + Given.Id();
        var member = Account() with { Queues = ["default", queue] };
        var disabled = Account() with { Queues = [queue], Disabled = true };
        var longer = Account() with { Queues = [queue + "x"] };
        foreach (var account in new[] { member, disabled, longer, Account() })
            await Storage.Accounts.Add(account);
        Assert.Equal([member.AgentId], (await Storage.Accounts.MembersOf(queue)).Select(a => a.AgentId));
        Assert.Empty(await Storage.Accounts.MembersOf("%"));
    }

    [Fact]
    public async Task Sessions_live_until_they_expire_are_revoked_or_their_account_is_disabled()
    {
        var account = Account();
        await Storage.Accounts.Add(account);
        var (first, second, expired) = (Session(account), Session(account), Session(account, minutes: -1));
        foreach (var session in new[] { first, second, expired })
            await Storage.Sessions.Add(session);
        var all = new[] { first.TokenHash, second.TokenHash, expired.TokenHash, "unknown" };
        Assert.Equal([first.TokenHash, second.TokenHash], await Live());
        Same(account, (await Storage.Sessions.Live([first.TokenHash], Given.Noon))[0].Account);

        Assert.True(await Storage.Sessions.Extend(first.TokenHash, Given.Noon, Given.Noon.AddDays(1)));
        Assert.False(await Storage.Sessions.Extend(expired.TokenHash, Given.Noon, Given.Noon.AddDays(1)));
        Assert.Equal(
            Given.Noon.AddDays(1), (await Storage.Sessions.Live([first.TokenHash], Given.Noon))[0].ExpiresAt);

        await Storage.Sessions.RevokeAll(account.AgentId, exceptTokenHash: first.TokenHash);
        Assert.Equal([first.TokenHash], await Live());
        await Storage.Accounts.Replace(account with { Disabled = true });
        Assert.Empty(await Live());
        Assert.False(await Storage.Sessions.Extend(first.TokenHash, Given.Noon, Given.Noon.AddDays(2)));
        await Storage.Accounts.Replace(account with { Disabled = false, Revision = 2 });
        Assert.Equal([first.TokenHash], await Live());
        await Storage.Sessions.Revoke(first.TokenHash);
        Assert.Empty(await Live());
        await Storage.Sessions.Purge(Given.Noon.AddYears(1));

        async Task<IEnumerable<string>> Live() =>
            (await Storage.Sessions.Live(all, Given.Noon)).Select(s => s.TokenHash).OrderBy(h => Array.IndexOf(all, h));
    }

    [Fact]
    public async Task A_fresh_database_has_a_site_and_a_queue_and_keeps_what_is_saved()
    {
        Assert.Contains("default", (await Storage.Catalogue.Queues()).Select(q => q.Id));
        var demo = (await Storage.Catalogue.Sites()).Single(s => s.Key == "demo");
        Assert.Equal(("default", "您好，请问有什么可以帮您？"), (demo.QueueId, demo.Greeting["zh-CN"]));
        Assert.False(string.IsNullOrEmpty(demo.Greeting["en"]));

        var queue = new QueueSettings { Id = "sales", Name = "销售", Strategy = "round-robin", GraceSeconds = 7 };
        await Storage.Catalogue.Save(queue);
        await Storage.Catalogue.Save(queue with { Offers = true });
        Assert.Equal(queue with { Offers = true, Revision = 2 },
            (await Storage.Catalogue.Queues()).Single(q => q.Id == "sales"));
        await Storage.Catalogue.Save(new SiteSettings { Key = "shop", Name = "Shop", Origins = ["https://shop.example"] });
        Assert.Equal(["demo", "shop"], (await Storage.Catalogue.Sites()).Select(s => s.Key));
    }

    [Fact]
    public void Signing_keys_survive()
    {
        Storage.Keys.Add("key-1", "<key id=\"1\"/>");
        Storage.Keys.Add("key-1", "<key id=\"1\"/>");
        Assert.Equal(["<key id=\"1\"/>"], Storage.Keys.All());
    }

    [Fact]
    public async Task A_storage_that_works_is_healthy()
    {
        var report = await Storage.Health.Check();
        Assert.True(report is { IsHealthy: true, CanCommit: true, CanRead: true });
    }

    private static Account Account()
    {
        var id = Given.Id();
        return new()
        {
            AgentId = id,
            Email = $"{id}@example.com",
            Name = "韩梅梅",
            PasswordHash = "hash",
            Roles = ["agent", "supervisor"],
        };
    }

    private static AgentSession Session(Account account, int minutes = 30) =>
        new(Given.Id(), account.AgentId, Given.Noon, Given.Noon.AddMinutes(minutes), "127.0.0.1");

    private static void Same(Account expected, Account? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Roles, actual.Roles.AsEnumerable());
        Assert.Equal(expected.Queues, actual.Queues.AsEnumerable());
        // Equality of a record does not reach into its arrays.
        Assert.Equal(expected, actual with { Roles = expected.Roles, Queues = expected.Queues });
    }
}
