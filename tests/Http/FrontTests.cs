using System.Net;

namespace CustomerService.Http.Tests;

[Collection(ProductCollection.Name)]
public sealed class FrontTests(SharedHost shared)
{
    private ProductHost Host => shared.Product;

    [Fact]
    public async Task The_root_leads_to_the_demo_page()
    {
        using var answer = await Host.Get("/");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/demo/", answer.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Every_answer_carries_the_safe_headers()
    {
        foreach (var path in new[] { "/console/", "/api/v1/none", "/health/live" })
        {
            using var answer = await Host.Get(path);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("object-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task The_widget_may_be_framed_by_the_pages_of_its_site_only()
    {
        var admin = await Host.SignIn();
        using (var made = await Host.Post(
            "/api/v1/sites", new { key = "framed", name = "F", origins = new[] { "https://framed.example" } }, admin.Token))
            await ProductHost.Json(made, HttpStatusCode.OK);
        (string Path, string Ancestors)[] table =
        [
            ("/widget/?site=framed", "frame-ancestors 'self' https://framed.example"),
            ("/widget/?site=demo", "frame-ancestors 'self'"),
            ("/widget/?site=unknown", "frame-ancestors 'self'"),
            ("/widget/", "frame-ancestors 'self'"),
        ];
        foreach (var (path, ancestors) in table)
        {
            using var answer = await Host.Get(path);
            Assert.EndsWith(
                ancestors, answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Too_many_calls_of_one_address_are_refused_whatever_it_claims_to_be()
    {
        await using var host = await ProductHost.Start(
            new() { ["Limits:Rest:Burst"] = "5", ["Limits:Rest:PerSecond"] = "1" });
        var refused = 0;
        for (var i = 0; i < 10; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
            request.Headers.Add("X-Forwarded-For", $"10.0.0.{i}");
            using var answer = await host.Http.SendAsync(request);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests)
                continue;
            refused++;
            var problem = await ProductHost.Problem(answer, 429, "RateLimited");
            Assert.True(problem.GetProperty("retryAfterMs").GetInt32() > 0);
            Assert.NotNull(answer.Headers.RetryAfter);
        }
        Assert.InRange(refused, 3, 5);
        using var health = await host.Get("/health/live");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task A_known_proxy_speaks_for_others()
    {
        await using var host = await ProductHost.Start(new()
        {
            ["Limits:Rest:Burst"] = "5", ["Limits:Rest:PerSecond"] = "1", ["Proxies:Known:0"] = "127.0.0.0/8",
        });
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
            request.Headers.Add("X-Forwarded-For", $"10.0.0.{i}");
            using var answer = await host.Http.SendAsync(request);
            await ProductHost.Problem(answer, 401, "Unauthorized");
        }
    }
}
