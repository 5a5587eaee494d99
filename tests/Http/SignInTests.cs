using System.Net;
using CustomerService.Support;

namespace CustomerService.Http.Tests;

[Collection(ProductCollection.Name)]
public sealed class SignInTests(SharedHost shared)
{
    private const string Refresh = "/api/v1/agent-sessions/refresh";
    private const string Sessions = "/api/v1/agent-sessions";

    private ProductHost Host => shared.Product;

    [Fact]
    public async Task The_administrator_signs_in_with_every_role_and_a_strict_cookie()
    {
        using var answer = await Host.Post(
            Sessions, new { email = " ADMIN@example.test ", password = ProductHost.AdminPassword });
        var body = await ProductHost.Json(answer, HttpStatusCode.OK);
        Assert.Equal(
            ["agent", "supervisor", "administrator"], body.GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
        Assert.InRange(
            body.GetProperty("expiresAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(50),
            DateTimeOffset.UtcNow.AddMinutes(70));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_look_alike()
    {
        using var wrong = await Host.Post(Sessions, new { email = ProductHost.AdminEmail, password = "not the one" });
        using var unknown = await Host.Post(Sessions, new { email = "nobody@example.test", password = "not the one" });
        Assert.Equal(
            (await ProductHost.Problem(wrong, 401, "Unauthorized")).GetRawText(),
            (await ProductHost.Problem(unknown, 401, "Unauthorized")).GetRawText());
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task The_cookie_renews_the_session_for_own_pages_only()
    {
        var session = await Host.SignIn();
        using var own = await Host.Post(Refresh, origin: Host.Origin, cookie: session.Cookie);
        var renewed = await ProductHost.Json(own, HttpStatusCode.OK);
        using var me = await Host.Get("/api/v1/me", renewed.GetProperty("token").GetString());
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
        foreach (var origin in new[] { "https://evil.example", "null", null })
        {
            using var foreign = await Host.Post(Refresh, origin: origin, cookie: session.Cookie);
            await ProductHost.Problem(foreign, 403, "Forbidden");
            using var end = await Host.Send(HttpMethod.Delete, Sessions, origin: origin, cookie: session.Cookie);
            await ProductHost.Problem(end, 403, "Forbidden");
        }
    }

    [Fact]
    public async Task The_cookie_alone_is_no_way_to_call_anything_else()
    {
        var session = await Host.SignIn();
        using var me = await Host.Send(HttpMethod.Get, "/api/v1/me", origin: Host.Origin, cookie: session.Cookie);
        await ProductHost.Problem(me, 401, "Unauthorized");
    }

    [Fact]
    public async Task A_page_of_another_origin_may_not_sign_in()
    {
        using var answer = await Host.Post(
            Sessions, new { email = ProductHost.AdminEmail, password = ProductHost.AdminPassword },
            origin: "https://evil.example");
        await ProductHost.Problem(answer, 403, "Forbidden");
    }

    [Fact]
    public async Task A_bearer_renews_itself_and_signing_out_ends_it()
    {
        var session = await Host.SignIn();
        using var renewed = await Host.Post(Refresh, token: session.Token);
        var token = (await ProductHost.Json(renewed, HttpStatusCode.OK)).GetProperty("token").GetString();
        using var end = await Host.Send(HttpMethod.Delete, Sessions, token: token);
        Assert.Equal(HttpStatusCode.NoContent, end.StatusCode);
        foreach (var dead in new[] { token, session.Token })
        {
            using var me = await Host.Get("/api/v1/me", dead);
            await ProductHost.Problem(me, 401, "Unauthorized");
            using var again = await Host.Post(Refresh, token: dead);
            await ProductHost.Problem(again, 401, "Unauthorized");
        }
        using var cookie = await Host.Post(Refresh, origin: Host.Origin, cookie: session.Cookie);
        await ProductHost.Problem(cookie, 401, "Unauthorized");
    }

    [Fact]
    public async Task A_flipped_character_makes_a_token_worthless()
    {
        var session = await Host.SignIn();
        var at = session.Token.Length / 2;
        var flipped = session.Token[..at] + (session.Token[at] == 'A' ? 'B' : 'A') + session.Token[(at + 1)..];
        using var me = await Host.Get("/api/v1/me", flipped);
        await ProductHost.Problem(me, 401, "Unauthorized");
    }

    [Fact]
    public async Task A_visitors_bearer_is_no_agents_bearer()
    {
        var visitor = await Host.Visitor();
        foreach (var name in new[] { "token", "visitorToken" })
        {
            using var me = await Host.Get("/api/v1/me", visitor.GetProperty(name).GetString());
            await ProductHost.Problem(me, 401, "Unauthorized");
        }
    }

    [Fact]
    public async Task A_password_change_ends_the_other_sessions_only()
    {
        const string before = "the first password", after = "the second password";
        var here = await Host.Hire("change@example.test", before, "agent");
        var there = await Host.SignIn("change@example.test", before);

        using (var wrong = await Host.Post(
            "/api/v1/agents/me/password", new { password = "not the one", newPassword = after }, here.Token))
            await ProductHost.Problem(wrong, 400, "Invalid");
        using (var weak = await Host.Post(
            "/api/v1/agents/me/password", new { password = before, newPassword = "password" }, here.Token))
            await ProductHost.Problem(weak, 400, "Invalid");
        using (var done = await Host.Post(
            "/api/v1/agents/me/password", new { password = before, newPassword = after }, here.Token))
            Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);

        using var mine = await Host.Get("/api/v1/me", here.Token);
        Assert.Equal(HttpStatusCode.OK, mine.StatusCode);
        await RefusedSoon(there.Token);
        using var old = await Host.Post(Sessions, new { email = "change@example.test", password = before });
        await ProductHost.Problem(old, 401, "Unauthorized");
        await Host.SignIn("change@example.test", after);
    }

    [Fact]
    public async Task A_disabled_agent_is_out_at_once_and_can_not_come_back()
    {
        var agent = await Host.Hire("gone@example.test", "the agent's password", "agent");
        var admin = await Host.SignIn();
        using (var disabled = await Host.Send(
            HttpMethod.Patch, $"/api/v1/agents/{agent.AgentId}", new { disabled = true }, admin.Token))
            await ProductHost.Json(disabled, HttpStatusCode.OK);
        await RefusedSoon(agent.Token);
        using var again = await Host.Post(
            Sessions, new { email = "gone@example.test", password = "the agent's password" });
        await ProductHost.Problem(again, 401, "Unauthorized");
    }

    [Fact]
    public async Task Roles_that_were_taken_away_count_at_the_next_call()
    {
        var boss = await Host.Hire("boss@example.test", "the boss's password", "administrator");
        var admin = await Host.SignIn();
        using (var demoted = await Host.Send(
            HttpMethod.Patch, $"/api/v1/agents/{boss.AgentId}", new { roles = new[] { "agent" } }, admin.Token))
            await ProductHost.Json(demoted, HttpStatusCode.OK);
        await Await.Until(
            "the former administrator is refused",
            async () =>
            {
                using var answer = await Host.Get("/api/v1/sites", boss.Token);
                return answer.StatusCode == HttpStatusCode.Forbidden;
            },
            TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Nobody_takes_away_their_own_administration()
    {
        var admin = await Host.SignIn();
        foreach (object change in new object[] { new { disabled = true }, new { roles = new[] { "agent" } } })
        {
            using var answer = await Host.Send(
                HttpMethod.Patch, $"/api/v1/agents/{admin.AgentId}", change, admin.Token);
            await ProductHost.Problem(answer, 409, "Conflict");
        }
    }

    [Fact]
    public async Task Members_nobody_offered_change_nothing()
    {
        var agent = await Host.Hire("plain@example.test", "the plain password", "agent");
        using var attempt = await Host.Post(
            "/api/v1/agents/me/password",
            new
            {
                password = "the plain password", newPassword = "another plain password",
                roles = new[] { "administrator" }, agentId = "someone-else", capacity = 99,
            },
            agent.Token);
        Assert.Equal(HttpStatusCode.NoContent, attempt.StatusCode);
        using var me = await Host.Get("/api/v1/me", agent.Token);
        var body = await ProductHost.Json(me, HttpStatusCode.OK);
        Assert.Equal(["agent"], body.GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
        Assert.Equal(4, body.GetProperty("capacity").GetInt32());
    }

    private Task RefusedSoon(string token) => Await.Until(
        "the session is refused",
        async () =>
        {
            using var answer = await Host.Get("/api/v1/me", token);
            return answer.StatusCode == HttpStatusCode.Unauthorized;
        },
        TimeSpan.FromSeconds(5));
}
