using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CustomerService.Storage.Catalogue;
using CustomerService.WebFront.VisitorSessions;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.Http.Tests;

/// <summary>Visitors whom a site's own server vouches for.</summary>
[Collection(ProductCollection.Name)]
public sealed class IdentityTests(SharedHost shared)
{
    private const string Sessions = "/api/v1/visitor-sessions";

    private static readonly DateTimeOffset s_now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly byte[] s_secret = "a secret of the site, long enough"u8.ToArray();

    private ProductHost Host => shared.Product;

    public static TheoryData<string, string> Refused => new()
    {
        { "", "signature" },
        { "no token", "signature" },
        { "a.b.c", "signature" },
        { new string('a', 5_000), "signature" },
        { Token(s_secret, Claims(), alg: "none") , "signature" },
        { Token([], Claims(), alg: "none"), "signature" },
        { Token(s_secret, Claims(), alg: "hs256"), "signature" },
        { Token(s_secret, Claims(), alg: "RS256"), "signature" },
        { Unsigned(Claims()), "signature" },
        { Token("another secret"u8.ToArray(), Claims()), "signature" },
        { Flipped(Token(s_secret, Claims())), "signature" },
        { Swapped(Token(s_secret, Claims()), Claims(sub: "8")), "signature" },
        { Token(s_secret, Claims(aud: "other")), "site" },
        { Token(s_secret, Claims(aud: null)), "site" },
        { Token(s_secret, Claims(seconds: -31)), "expired" },
        { Token(s_secret, Claims(seconds: 86_401)), "claims" },
        { Token(s_secret, Claims(seconds: null)), "claims" },
        { Token(s_secret, Claims(sub: "")), "claims" },
        { Token(s_secret, Claims(sub: new string('x', 129))), "claims" },
        { Token(s_secret, Claims(name: new string('x', 101))), "claims" },
        { Token(s_secret, "[]"), "claims" },
        { Token(s_secret, "{\"sub\":7}"), "claims" },
        { Token(s_secret, "not json"), "claims" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_token_that_is_not_right_in_every_part_is_refused(string token, string reason)
    {
        var verdict = SignedIdentity.Check(token, [s_secret], "demo", s_now);
        Assert.Null(verdict.Person);
        Assert.Equal(reason, verdict.Reason);
    }

    [Theory]
    [InlineData(86_400)]
    [InlineData(1)]
    [InlineData(-29)]
    public void A_right_one_names_the_person_until_it_expires(int seconds)
    {
        var verdict = SignedIdentity.Check(Token(s_secret, Claims(seconds)), [[], s_secret], "demo", s_now);
        Assert.Equal(new SignedPerson("7", "林女士", "lin@example.test"), verdict.Person);
    }

    [Fact]
    public void Without_a_secret_nobody_can_identify() =>
        Assert.Equal("off", SignedIdentity.Check(Token(s_secret, Claims()), [], "demo", s_now).Reason);

    [Fact]
    public void A_person_is_one_visitor_of_a_site_and_another_one_elsewhere()
    {
        var person = new SignedPerson("7", "", "");
        Assert.Equal(person.VisitorId("a"), new SignedPerson("7", "Other name", "x@y.test").VisitorId("a"));
        Assert.Equal(4, new[]
        {
            person.VisitorId("a"), person.VisitorId("b"), new SignedPerson("8", "", "").VisitorId("a"),
            new SignedPerson("", "", "").VisitorId("a7"),
        }.Distinct().Count());
        Assert.InRange(person.VisitorId("a").Length, 20, 64);
    }

    [Fact]
    public void A_secret_that_was_replaced_counts_for_a_day_and_one_of_another_key_ring_never()
    {
        var clock = new FakeTimeProvider(s_now);
        var secrets = new SiteSecrets(new EphemeralDataProtectionProvider(), clock);
        var (first, before) = secrets.Roll(null);
        var (second, after) = secrets.Roll(before);
        var site = new SiteSettings { Key = "demo", Name = "Demo", Identity = after };
        IEnumerable<string> Counting() => secrets.Of(site).Select(Encoding.ASCII.GetString);
        Assert.NotEqual(first, second);
        Assert.Equal([second, first], Counting());
        Assert.DoesNotContain(second, JsonSerializer.Serialize(site), StringComparison.Ordinal);
        clock.Advance(SiteSecrets.PreviousCounts);
        Assert.Equal([second], Counting());
        Assert.Empty(new SiteSecrets(new EphemeralDataProtectionProvider(), clock).Of(site));
    }

    [Fact]
    public async Task A_person_is_the_same_visitor_on_every_device_and_keeps_being_it()
    {
        var (key, secret) = await Site("signed");
        var here = await Begin(key, Token(secret, Claims(aud: key, now: Now)));
        var there = await Begin(key, Token(secret, Claims(aud: key, now: Now)));
        var other = await Begin(key, Token(secret, Claims(aud: key, sub: "8", now: Now)));
        Assert.Equal(Id(here), Id(there));
        Assert.NotEqual(Id(here), Id(other));

        using var renewed = await Host.Post(
            Sessions, new { siteKey = key, visitorToken = here.GetProperty("visitorToken").GetString() });
        Assert.Equal(Id(here), Id(await ProductHost.Json(renewed, HttpStatusCode.OK)));
        // One who is identified keeps nothing of whoever used this browser before.
        using var anonymous = await Host.Post(Sessions, new { siteKey = key });
        var stranger = await ProductHost.Json(anonymous, HttpStatusCode.OK);
        using var both = await Host.Post(Sessions, new
        {
            siteKey = key,
            visitorToken = stranger.GetProperty("visitorToken").GetString(),
            identity = new { token = Token(secret, Claims(aud: key, now: Now)) },
        });
        Assert.Equal(Id(here), Id(await ProductHost.Json(both, HttpStatusCode.OK)));
    }

    [Fact]
    public async Task What_is_refused_says_why_and_begins_nobody()
    {
        var (key, secret) = await Site("strict");
        (string Token, string Reason)[] table =
        [
            (Token(secret, Claims(aud: key, now: Now, seconds: -60)), "expired"),
            (Token(secret, Claims(aud: "demo", now: Now)), "site"),
            (Token(s_secret, Claims(aud: key, now: Now)), "signature"),
            (Unsigned(Claims(aud: key, now: Now)), "signature"),
        ];
        foreach (var (token, reason) in table)
        {
            using var answer = await Host.Post(Sessions, new { siteKey = key, identity = new { token } });
            var problem = await ProductHost.Problem(answer, 401, "Unauthorized");
            Assert.Equal(reason, problem.GetProperty("reason").GetString());
        }
        using var off = await Host.Post(Sessions, new { siteKey = "demo", identity = new { token = "a.b.c" } });
        Assert.Equal("off", (await ProductHost.Problem(off, 401, "Unauthorized")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Rolling_shows_a_secret_once_and_a_form_that_is_saved_later_keeps_it()
    {
        var (key, first) = await Site("rolled");
        var admin = await Host.SignIn();
        var second = await Roll(key, admin.Token);
        using (var saved = await Host.Post("/api/v1/sites", new { key, name = "Renamed" }, admin.Token))
        {
            var line = await ProductHost.Json(saved, HttpStatusCode.OK);
            Assert.True(line.TryGetProperty("identityRolledAt", out _));
            Assert.DoesNotContain("ealed", line.GetRawText(), StringComparison.Ordinal);
        }
        await Begin(key, Token(second, Claims(aud: key, now: Now)));
        await Begin(key, Token(first, Claims(aud: key, now: Now)));
        using (var removed = await Host.Send(HttpMethod.Delete, $"/api/v1/sites/{key}/identity-secret", token: admin.Token))
            Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var off = await Host.Post(
            Sessions, new { siteKey = key, identity = new { token = Token(second, Claims(aud: key, now: Now)) } });
        Assert.Equal("off", (await ProductHost.Problem(off, 401, "Unauthorized")).GetProperty("reason").GetString());
        using var nowhere = await Host.Post("/api/v1/sites/nowhere/identity-secret", null, admin.Token);
        await ProductHost.Problem(nowhere, 404, "NotFound");
    }

    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    private static string? Id(JsonElement session) => session.GetProperty("visitorId").GetString();

    private async Task<(string Key, byte[] Secret)> Site(string key)
    {
        var admin = await Host.SignIn();
        using var made = await Host.Post("/api/v1/sites", new { key, name = key }, admin.Token);
        await ProductHost.Json(made, HttpStatusCode.OK);
        return (key, await Roll(key, admin.Token));
    }

    private async Task<byte[]> Roll(string key, string token)
    {
        using var answer = await Host.Post($"/api/v1/sites/{key}/identity-secret", null, token);
        var body = await ProductHost.Json(answer, HttpStatusCode.OK);
        return Encoding.ASCII.GetBytes(body.GetProperty("secret").GetString()!);
    }

    private async Task<JsonElement> Begin(string siteKey, string token)
    {
        using var answer = await Host.Post(Sessions, new { siteKey, identity = new { token } });
        return await ProductHost.Json(answer, HttpStatusCode.OK);
    }

    private static string Claims(
        int? seconds = 300, string? sub = "7", string? aud = "demo", string name = "林女士", DateTimeOffset? now = null) =>
        JsonSerializer.Serialize(new
        {
            sub, aud, exp = (now ?? s_now).ToUnixTimeSeconds() + seconds, name, email = "lin@example.test",
        });

    private static string Token(byte[] secret, string claims, string alg = "HS256")
    {
        var signed = Part($$"""{"alg":"{{alg}}","typ":"JWT"}""") + "." + Part(claims);
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)));
    }

    private static string Unsigned(string claims) => $"{Part("""{"alg":"none"}""")}.{Part(claims)}.";

    private static string Flipped(string token) => token[..^2] + (token[^2] == 'A' ? 'B' : 'A') + token[^1];

    private static string Swapped(string token, string claims)
    {
        var parts = token.Split('.');
        return $"{parts[0]}.{Part(claims)}.{parts[2]}";
    }

    private static string Part(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
