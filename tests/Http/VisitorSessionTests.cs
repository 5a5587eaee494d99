using System.Net;
using CustomerService.Support;

namespace CustomerService.Http.Tests;

[Collection(ProductCollection.Name)]
public sealed class VisitorSessionTests(SharedHost shared)
{
    private const string Sessions = "/api/v1/visitor-sessions";

    private ProductHost Host => shared.Product;

    [Fact]
    public async Task A_visitor_gets_what_the_widget_needs_and_comes_back_as_the_same()
    {
        var first = await Host.Visitor();
        Assert.Equal("demo", first.GetProperty("site").GetProperty("key").GetString());
        Assert.False(first.GetProperty("site").GetProperty("online").GetBoolean());
        Assert.True(first.GetProperty("site").GetProperty("greeting").TryGetProperty("zh-CN", out _));
        Assert.False(first.TryGetProperty("conversation", out _));
        var again = await Host.Visitor(first.GetProperty("visitorToken").GetString());
        Assert.Equal(first.GetProperty("visitorId").GetString(), again.GetProperty("visitorId").GetString());
        var other = await Host.Visitor();
        Assert.NotEqual(first.GetProperty("visitorId").GetString(), other.GetProperty("visitorId").GetString());
    }

    [Fact]
    public async Task A_secret_of_another_site_begins_a_new_visitor()
    {
        var admin = await Host.SignIn();
        using (var made = await Host.Post("/api/v1/sites", new { key = "elsewhere", name = "Elsewhere" }, admin.Token))
            await ProductHost.Json(made, HttpStatusCode.OK);
        var here = await Host.Visitor();
        using var answer = await Host.Post(
            Sessions, new { siteKey = "elsewhere", visitorToken = here.GetProperty("visitorToken").GetString() });
        var there = await ProductHost.Json(answer, HttpStatusCode.OK);
        Assert.NotEqual(here.GetProperty("visitorId").GetString(), there.GetProperty("visitorId").GetString());
    }

    [Fact]
    public async Task A_bearer_is_no_secret_and_a_flipped_secret_is_forged()
    {
        var visitor = await Host.Visitor();
        var secret = visitor.GetProperty("visitorToken").GetString()!;
        var at = secret.Length / 2;
        string[] wrong =
        [
            visitor.GetProperty("token").GetString()!,
            secret[..at] + (secret[at] == 'A' ? 'B' : 'A') + secret[(at + 1)..],
            new('A', 3_000),
        ];
        foreach (var visitorToken in wrong)
        {
            using var answer = await Host.Post(Sessions, new { siteKey = "demo", visitorToken });
            await ProductHost.Problem(answer, 401, "Unauthorized");
        }
    }

    [Fact]
    public async Task Only_pages_that_the_site_allows_may_ask()
    {
        var admin = await Host.SignIn();
        using (var made = await Host.Post(
            "/api/v1/sites",
            new { key = "shop", name = "Shop", origins = new[] { "https://shop.example" } }, admin.Token))
            await ProductHost.Json(made, HttpStatusCode.OK);
        (string? Origin, bool Allowed)[] table =
        [
            (null, true), (Host.Origin, true), ("https://shop.example", true),
            ("http://shop.example", false), ("https://shop.example.evil.example", false), ("null", false),
            ("https://evil.example", false),
        ];
        foreach (var (origin, allowed) in table)
        {
            using var answer = await Host.Post(Sessions, new { siteKey = "shop" }, origin: origin);
            if (allowed)
                await ProductHost.Json(answer, HttpStatusCode.OK);
            else
                await ProductHost.Problem(answer, 403, "Forbidden");
        }
    }

    [Fact]
    public async Task Tokens_outlive_a_restart()
    {
        using var folder = new TemporaryFolder();
        string visitorId, secret, bearer, agentBearer;
        await using (var before = await ProductHost.Start(folder: folder.Path))
        {
            var visitor = await before.Visitor();
            visitorId = visitor.GetProperty("visitorId").GetString()!;
            secret = visitor.GetProperty("visitorToken").GetString()!;
            bearer = visitor.GetProperty("token").GetString()!;
            agentBearer = (await before.SignIn()).Token;
        }
        // Values that differ from those of the first start are ignored.
        await using var after = await ProductHost.Start(
            new() { ["ADMIN_EMAIL"] = "other@example.test", ["ADMIN_PASSWORD"] = "12" }, folder.Path);
        Assert.Equal(visitorId, (await after.Visitor(secret)).GetProperty("visitorId").GetString());
        using var history = await after.Get("/api/v1/conversations/unknown/events?after=0", bearer);
        await ProductHost.Problem(history, 404, "NotFound");
        using var me = await after.Get("/api/v1/me", agentBearer);
        await ProductHost.Json(me, HttpStatusCode.OK);
    }
}
