using System.Net;
using System.Text;
using System.Text.Json;

namespace CustomerService.Http.Tests;

/// <summary>Canned replies and the like, and drafts: who sees and changes what, and nobody overwrites unseen.</summary>
[Collection(ProductCollection.Name)]
public sealed class LibraryTests(SharedHost shared)
{
    private ProductHost Host => shared.Product;

    public static TheoryData<string, string, int, string?> Bodies => new()
    {
        { "replies", """{"shortcut":"hi","title":"Greeting","texts":{"en":"Hello {{visitor.name}}","zh-CN":"您好"}}""", 200, null },
        { "replies", """{"shortcut":"a b","title":"x","texts":{"en":"x"}}""", 400, "Invalid" },
        { "replies", """{"shortcut":"hi","title":"x","texts":{}}""", 400, "Invalid" },
        { "replies", """{"shortcut":"hi","title":"x","texts":{"en":" "}}""", 400, "Invalid" },
        { "replies", """{"shortcut":"hi","title":"x","texts":"en"}""", 400, "Invalid" },
        { "macros", """{"title":"Refund","actions":[{"type":"reply","value":"ok"},{"type":"close"}]}""", 200, null },
        { "macros", """{"title":"Refund","actions":[{"type":"reboot","value":"now"}]}""", 400, "Invalid" },
        { "macros", """{"title":"Refund","actions":[]}""", 400, "Invalid" },
        { "macros", """{"title":"Refund","actions":[null]}""", 400, "Invalid" },
        { "views", """{"name":"Mine","filter":{"state":"open"}}""", 200, null },
        { "views", """{"name":"Mine","filter":[]}""", 400, "Invalid" },
        { "tags", """{"name":"退款"}""", 200, null },
        { "tags", """[]""", 400, "Invalid" },
        { "secrets", """{"name":"x"}""", 404, "NotFound" },
    };

    [Theory, MemberData(nameof(Bodies))]
    public async Task What_an_item_may_hold(string kind, string body, int status, string? code)
    {
        var admin = await Host.SignIn();
        using var answer = await Put(kind, $"t{Guid.NewGuid():n}", "all", 0, body, admin.Token);
        if (code is null)
            await ProductHost.Json(answer, (HttpStatusCode)status);
        else
            await ProductHost.Problem(answer, status, code);
    }

    [Fact]
    public async Task Too_long_a_text_is_refused()
    {
        var admin = await Host.SignIn();
        var body = $$"""{"shortcut":"hi","title":"x","texts":{"en":"{{new string('x', 4_001)}}"} }""";
        using var answer = await Put("replies", "long", "all", 0, body, admin.Token);
        await ProductHost.Problem(answer, 400, "TooLong");
    }

    [Fact]
    public async Task Two_editors_do_not_overwrite_each_other()
    {
        var admin = await Host.SignIn();
        const string first = """{"name":"first"}""", second = """{"name":"second"}""";
        var id = $"t{Guid.NewGuid():n}";
        using (var made = await Put("tags", id, "all", 0, first, admin.Token))
            Assert.Equal(1, (await ProductHost.Json(made, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        using (var again = await Put("tags", id, "all", 0, second, admin.Token))
            await ProductHost.Problem(again, 409, "Conflict");
        using (var changed = await Put("tags", id, "all", 1, second, admin.Token))
            await ProductHost.Json(changed, HttpStatusCode.OK);
        using (var stale = await Put("tags", id, "all", 1, first, admin.Token))
            await ProductHost.Problem(stale, 409, "Conflict");
        using (var stale = await Host.Send(HttpMethod.Delete, $"/api/v1/library/tags/{id}?revision=1", null, admin.Token))
            await ProductHost.Problem(stale, 409, "Conflict");
        var item = (await Items("tags", admin.Token)).Single(each => each.GetProperty("id").GetString() == id);
        Assert.Equal("second", item.GetProperty("body").GetProperty("name").GetString());
        using (var gone = await Host.Send(HttpMethod.Delete, $"/api/v1/library/tags/{id}?revision=2", null, admin.Token))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
    }

    [Fact]
    public async Task What_is_shared_is_changed_by_supervisors_and_ones_own_is_seen_by_nobody_else()
    {
        var agent = await Host.Hire("lib-agent@example.test", "an agent's password", "agent");
        var boss = await Host.Hire("lib-boss@example.test", "a supervisor's password", "supervisor");
        const string body = """{"name":"mine"}""";
        var (own, team, foreign) = ($"o{Guid.NewGuid():n}", $"q{Guid.NewGuid():n}", $"f{Guid.NewGuid():n}");
        using (var refused = await Put("tags", own, "all", 0, body, agent.Token))
            await ProductHost.Problem(refused, 403, "Forbidden");
        using (var refused = await Put("tags", own, $"agent:{boss.AgentId}", 0, body, agent.Token))
            await ProductHost.Problem(refused, 403, "Forbidden");
        using (var made = await Put("tags", own, $"agent:{agent.AgentId}", 0, body, agent.Token))
            await ProductHost.Json(made, HttpStatusCode.OK);
        using (var made = await Put("tags", team, "queue:default", 0, body, boss.Token))
            await ProductHost.Json(made, HttpStatusCode.OK);
        using (var made = await Put("tags", foreign, "queue:elsewhere", 0, body, boss.Token))
            await ProductHost.Json(made, HttpStatusCode.OK);
        Assert.Equal(
            new[] { own, team }.Order(StringComparer.Ordinal),
            (await Items("tags", agent.Token)).Select(item => item.GetProperty("id").GetString()!)
            .Where(id => id == own || id == team || id == foreign).Order(StringComparer.Ordinal));
        var seen = (await Items("tags", boss.Token)).Select(item => item.GetProperty("id").GetString()).ToList();
        Assert.DoesNotContain(own, seen);
        Assert.Contains(foreign, seen);
        using (var hidden = await Put("tags", foreign, "queue:elsewhere", 1, body, agent.Token))
            await ProductHost.Problem(hidden, 404, "NotFound");
        using (var hidden = await Host.Send(HttpMethod.Delete, $"/api/v1/library/tags/{own}?revision=1", null, boss.Token))
            await ProductHost.Problem(hidden, 404, "NotFound");
    }

    [Fact]
    public async Task A_draft_is_there_on_another_machine_and_the_last_write_wins()
    {
        var here = await Host.Hire("drafts@example.test", "an agent's password", "agent");
        using (var saved = await Draft("c1", """{"reply":"半句","note":"","mode":"reply"}""", here.Token))
            Assert.Equal(1, (await ProductHost.Json(saved, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        var there = await Host.SignIn("drafts@example.test", "an agent's password");
        using (var saved = await Draft("c1", """{"reply":"整句","note":"n","mode":"note"}""", there.Token))
            Assert.Equal(2, (await ProductHost.Json(saved, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        using var list = await Host.Get("/api/v1/drafts", here.Token);
        var draft = (await ProductHost.Json(list, HttpStatusCode.OK)).GetProperty("drafts").EnumerateArray().Single();
        Assert.Equal("整句", draft.GetProperty("reply").GetString());
        Assert.Equal("note", draft.GetProperty("mode").GetString());
        using var other = await Host.Get("/api/v1/drafts", (await Host.SignIn()).Token);
        Assert.Empty((await ProductHost.Json(other, HttpStatusCode.OK)).GetProperty("drafts").EnumerateArray());
        using var wrong = await Draft("c1", """{"mode":"shout"}""", here.Token);
        await ProductHost.Problem(wrong, 400, "Invalid");
        var far = JsonSerializer.Serialize(new { reply = new string('x', 16_001) });
        using var tooLong = await Draft("c1", far, here.Token);
        await ProductHost.Problem(tooLong, 400, "TooLong");
    }

    [Fact]
    public async Task A_line_that_is_not_the_callers_does_not_exist()
    {
        using var answer = await Host.Get("/api/v1/conversations/none", (await Host.SignIn()).Token);
        await ProductHost.Problem(answer, 404, "NotFound");
    }

    private async Task<List<JsonElement>> Items(string kind, string token)
    {
        using var answer = await Host.Get($"/api/v1/library/{kind}", token);
        return [.. (await ProductHost.Json(answer, HttpStatusCode.OK)).GetProperty("items").EnumerateArray()];
    }

    private Task<HttpResponseMessage> Put(
        string kind, string id, string scope, long revision, string body, string token) => Host.Send(
        HttpMethod.Put, $"/api/v1/library/{kind}/{id}",
        new StringContent(
            $$"""{"scope":"{{scope}}","revision":{{revision}},"body":{{body}}}""", Encoding.UTF8, "application/json"),
        token);

    private Task<HttpResponseMessage> Draft(string id, string body, string token) => Host.Send(
        HttpMethod.Put, $"/api/v1/drafts/{id}", new StringContent(body, Encoding.UTF8, "application/json"), token);
}
