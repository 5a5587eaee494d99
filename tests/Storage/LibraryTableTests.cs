using CustomerService.Storage.Library;
using Xunit;

namespace CustomerService.Storage.Tests;

public sealed class SqliteLibraryTableTests(SqliteFixture fixture)
    : LibraryTableTests(fixture), IClassFixture<SqliteFixture>;

[Trait("Category", "Postgres")]
public sealed class PostgreSqlLibraryTableTests(PostgreSqlFixture fixture)
    : LibraryTableTests(fixture), IClassFixture<PostgreSqlFixture>;

/// <summary>What agents share, and their drafts, on both databases.</summary>
public abstract class LibraryTableTests(DatabaseFixture fixture)
{
    private StorageCore Storage => fixture.Storage;

    [Fact]
    public async Task An_item_is_replaced_and_removed_only_at_its_revision()
    {
        var item = Item("all");
        Assert.True(await Storage.Library.Save(item));
        Assert.False(await Storage.Library.Save(item));
        Assert.True(await Storage.Library.Save(item with { Revision = 1, Body = "{}" }));
        Assert.False(await Storage.Library.Save(item with { Revision = 1 }));
        Assert.Equal(item with { Revision = 2, Body = "{}" }, await Storage.Library.Find("tags", item.Id));
        Assert.False(await Storage.Library.Delete("tags", item.Id, 1));
        Assert.True(await Storage.Library.Delete("tags", item.Id, 2));
        Assert.Null(await Storage.Library.Find("tags", item.Id));
    }

    [Fact]
    public async Task A_list_has_the_scopes_asked_for_and_nobody_elses_own()
    {
        var (mine, hers, queue) = ("agent:" + Given.Id(), "agent:" + Given.Id(), "queue:" + Given.Id());
        var kind = "k" + Given.Id();
        foreach (var scope in new[] { mine, hers, queue, "all" })
            await Storage.Library.Save(Item(scope) with { Kind = kind });
        Assert.Equal(new[] { mine, "all" }, await Scopes(["all"]));
        Assert.Equal(new[] { mine, "all", queue }, await Scopes(null));
        Assert.Equal(1, await Storage.Library.Count(kind, queue));

        async Task<IEnumerable<string>> Scopes(string[]? scopes) =>
            (await Storage.Library.List(kind, scopes, mine)).Select(item => item.Scope).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Two_hundred_drafts_are_kept_and_the_oldest_goes()
    {
        var agent = Given.Id();
        for (var n = 0; n <= IDrafts.KeptMax; n++)
            await Storage.Drafts.Save(agent, $"c{n}", "x", "", "reply", Given.Noon.AddSeconds(n));
        var kept = await Storage.Drafts.Of(agent);
        Assert.Equal(IDrafts.KeptMax, kept.Count);
        Assert.Equal($"c{IDrafts.KeptMax}", kept[0].ConversationId);
        Assert.DoesNotContain("c0", kept.Select(draft => draft.ConversationId));
        Assert.Equal(2, await Storage.Drafts.Save(agent, "c7", "", "", "note", Given.Noon.AddHours(1)));
        Assert.Equal(("", "note", 2L), ((await Storage.Drafts.Of(agent))[0] is var d ? (d.Reply, d.Mode, d.Revision) : default));
    }

    private static LibraryItem Item(string scope) =>
        new("tags", Given.Id(), scope, 0, """{"name":"退款"}""", "Ada", Given.Noon);
}
