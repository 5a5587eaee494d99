using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using CustomerService.Storage.Catalogue;
using CustomerService.WebFront.Endpoints;

namespace CustomerService.Http.Tests;

/// <summary>What administrators set for a site, and what of it reaches a visitor.</summary>
[Collection(ProductCollection.Name)]
public sealed class SiteTests(SharedHost shared)
{
    private static readonly OpeningHours Office = new()
    {
        TimeZone = "Asia/Shanghai",
        Week = [new OpenSpan(1, "09:00", "12:00"), new OpenSpan(1, "13:00", "24:00")],
        Holidays = ["2026-01-12"],
    };

    private ProductHost Host => shared.Product;

    [Theory]
    [InlineData("2026-01-05T01:00:00Z", true)] // Monday 09:00 in Shanghai
    [InlineData("2026-01-05T00:59:59Z", false)]
    [InlineData("2026-01-05T04:00:00Z", false)] // 12:00
    [InlineData("2026-01-05T15:59:59Z", true)] // 23:59:59
    [InlineData("2026-01-05T16:00:00Z", false)] // Tuesday there
    [InlineData("2026-01-12T01:00:00Z", false)] // a holiday
    public void Open_is_told_in_the_sites_own_time(string at, bool isOpen)
    {
        Assert.Equal(isOpen, SiteRules.IsOpen(Office, DateTimeOffset.Parse(at, null)));
        Assert.True(SiteRules.IsOpen(null, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void What_can_not_be_is_refused()
    {
        var site = new SiteSettings { Key = "s", Name = "S" };
        Assert.Null(SiteRules.Check(site with { Hours = Office }));
        var label = ImmutableDictionary<string, string>.Empty.Add("en", "Name");
        SiteSettings[] wrong =
        [
            site with { Look = new SiteLook { Color = "red" } },
            site with { Look = new SiteLook { Color = "#ffee88" } },
            site with { Look = new SiteLook { Position = "top" } },
            site with { Look = new SiteLook { Languages = ["fr"] } },
            site with { Look = new SiteLook { Languages = [] } },
            site with { Hours = Office with { TimeZone = "Mars/Olympus" } },
            site with { Hours = Office with { Week = [new OpenSpan(1, "18:00", "09:00")] } },
            site with { Hours = Office with { Week = [new OpenSpan(7, "09:00", "18:00")] } },
            site with { Hours = Office with { Holidays = ["tomorrow"] } },
            site with { Closed = "explode" },
            site with { Form = [new FormField("Name!", "text", true, label, [])] },
            site with { Form = [new FormField("a", "file", true, label, [])] },
            site with { Form = [new FormField("a", "choice", true, label, ["one"])] },
            site with { Form = [new FormField("a", "text", true, label, []), new FormField("a", "text", true, label, [])] },
            site with { Invitations = [new Invitation("/", 0, label)] },
            site with { Files = new FileRules { BytesMax = 1 } },
            site with { Files = new FileRules { Types = ["text/html"] } },
        ];
        Assert.All(wrong, each => Assert.Equal(RefusalCode.Invalid, SiteRules.Check(each)?.Code));
    }

    [Fact]
    public async Task Two_administrators_do_not_overwrite_each_other_and_visitors_get_what_they_need()
    {
        var admin = (await Host.SignIn()).Token;
        object Site(string name, long? revision) => new
        {
            key = "versioned", name, revision,
            look = new { color = "#1d4ed8", position = "left", languages = new[] { "en" } },
            closed = "hide",
            hours = new { timeZone = "UTC", week = Array.Empty<object>(), holidays = Array.Empty<string>() },
            form = new[] { new { key = "email", type = "email", required = true, label = new { en = "E-mail" }, options = Array.Empty<string>() } },
            queues = new[] { "default" }, consent = new { en = "We keep it." }, files = new { enabled = false, types = Array.Empty<string>() },
        };
        using (var made = await Host.Post("/api/v1/sites", Site("First", null), admin))
            Assert.Equal(1, (await ProductHost.Json(made, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        using (var mine = await Host.Post("/api/v1/sites", Site("Mine", 1), admin))
            Assert.Equal(2, (await ProductHost.Json(mine, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        using (var late = await Host.Post("/api/v1/sites", Site("Too late", 1), admin))
            await ProductHost.Problem(late, 409, "Conflict");
        using (var missing = await Host.Post("/api/v1/sites", new { key = "versioned", name = "x", queues = new[] { "none" } }, admin))
            await ProductHost.Problem(missing, 404, "NotFound");

        using var look = await Host.Get("/api/v1/sites/versioned/look");
        var shown = await ProductHost.Json(look, HttpStatusCode.OK);
        Assert.Equal("*", look.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("left", shown.GetProperty("position").GetString());
        Assert.True(shown.GetProperty("hidden").GetBoolean());
        Assert.Equal("email", await AskedUnder("versioned", admin));
        using var session = await Host.Post("/api/v1/visitor-sessions", new { siteKey = "versioned" });
        var site = (await ProductHost.Json(session, HttpStatusCode.OK)).GetProperty("site");
        Assert.Equal("Mine", site.GetProperty("name").GetString());
        Assert.False(site.GetProperty("open").GetBoolean());
        Assert.False(site.TryGetProperty("files", out _));
        Assert.Equal("email", site.GetProperty("form")[0].GetProperty("key").GetString());
        Assert.Equal(JsonValueKind.Array, site.GetProperty("queues").ValueKind);
        Assert.False(site.TryGetProperty("origins", out _));
    }

    [Fact]
    public async Task A_page_that_may_not_frame_the_widget_is_told_so_before_it_shows_a_button()
    {
        var admin = (await Host.SignIn()).Token;
        using (var made = await Host.Post(
            "/api/v1/sites", new { key = "framed", name = "Framed", origins = new[] { "https://shop.example" } }, admin))
            Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        foreach (var (origin, refused) in new[] { ("https://shop.example", false), ("https://evil.example", true) })
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, "/api/v1/sites/framed/look");
            asked.Headers.Add("Origin", origin);
            using var answer = await Host.Http.SendAsync(asked);
            var look = await ProductHost.Json(answer, HttpStatusCode.OK);
            Assert.Equal(refused, look.TryGetProperty("refused", out _));
            Assert.Equal(refused, look.GetProperty("hidden").GetBoolean());
            // Kept for a minute, but not for another page.
            Assert.Contains("Origin", answer.Headers.Vary);
        }
        using var own = await Host.Get("/api/v1/sites/framed/look");
        Assert.False((await ProductHost.Json(own, HttpStatusCode.OK)).GetProperty("hidden").GetBoolean());
    }

    /// <summary>The first question that agents are told was asked.</summary>
    private async Task<string?> AskedUnder(string site, string token)
    {
        using var fields = await Host.Get($"/api/v1/sites/{site}/customer-fields", token);
        var form = (await ProductHost.Json(fields, HttpStatusCode.OK)).GetProperty("form");
        Assert.Equal("E-mail", form[0].GetProperty("label").GetProperty("en").GetString());
        return form[0].GetProperty("key").GetString();
    }
}
