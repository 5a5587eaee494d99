using System.Net;
using System.Text;

namespace CustomerService.Http.Tests;

[Collection(ProductCollection.Name)]
public sealed class ProblemTests(SharedHost shared)
{
    private ProductHost Host => shared.Product;

    [Theory]
    [InlineData("GET", "/api/v1/no-such-thing", null, 404, "NotFound")]
    [InlineData("GET", "/api/v2/agents", null, 404, "NotFound")]
    [InlineData("PUT", "/api/v1/visitor-sessions", "{}", 405, "Invalid")]
    [InlineData("POST", "/api/v1/visitor-sessions", "{", 400, "Invalid")]
    [InlineData("POST", "/api/v1/visitor-sessions", "[]", 400, "Invalid")]
    [InlineData("POST", "/api/v1/visitor-sessions", "null", 400, "Invalid")]
    [InlineData("POST", "/api/v1/visitor-sessions", "", 400, "Invalid")]
    [InlineData("POST", "/api/v1/visitor-sessions", "{}", 400, "Invalid")]
    [InlineData("POST", "/api/v1/visitor-sessions", """{"siteKey":7}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/visitor-sessions", """{"siteKey":"nowhere"}""", 404, "NotFound")]
    [InlineData("POST", "/api/v1/visitor-sessions", """{"siteKey":"demo","visitorToken":"forged"}""", 401, "Unauthorized")]
    [InlineData("POST", "/api/v1/visitor-sessions", """{"siteKey":"demo","identity":{"id":"7"}}""", 401, "Unauthorized")]
    [InlineData("POST", "/api/v1/agent-sessions", """{"email":"a@b"}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agent-sessions", """{"email":"a@b","password":"x","totp":"1"}""", 503, "Unavailable")]
    [InlineData("POST", "/api/v1/agent-sessions/refresh", null, 401, "Unauthorized")]
    [InlineData("DELETE", "/api/v1/agent-sessions", null, 401, "Unauthorized")]
    public async Task Without_a_token(string method, string path, string? body, int status, string code)
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Host.Send(new HttpMethod(method), path, content);
        await ProductHost.Problem(answer, status, code);
    }

    [Theory]
    [InlineData("POST", "/api/v1/agents", """{"email":"x","name":"X","password":"long enough pw","roles":["agent"]}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agents", """{"email":"x@y.z","name":" ","password":"long enough pw","roles":["agent"]}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agents", """{"email":"x@y.z","name":"X","password":"long enough pw","roles":[]}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agents", """{"email":"x@y.z","name":"X","password":"long enough pw"}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agents", """{"email":"x@y.z","name":"X","password":"long enough pw","roles":["root"]}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agents", """{"email":"x@y.z","name":"X","password":"password","roles":["agent"]}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agents", """{"email":"x@y.z","name":"X","password":"long enough pw","roles":["agent"],"capacity":0}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/agents", """{"email":"x@y.z","name":"X","password":"long enough pw","roles":["agent"],"queues":["none"]}""", 404, "NotFound")]
    [InlineData("POST", "/api/v1/agents", """{"email":"admin@example.test","name":"X","password":"long enough pw","roles":["agent"]}""", 409, "Conflict")]
    [InlineData("PATCH", "/api/v1/agents/nobody", """{"name":"X"}""", 404, "NotFound")]
    [InlineData("POST", "/api/v1/queues", """{"id":"Bad Key","name":"X"}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/queues", """{"id":"ok","name":"X","offerSeconds":1}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/queues", """{"id":"ok","name":"X","strategy":"random"}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/sites", """{"key":"shop","name":"X","queueId":"none"}""", 404, "NotFound")]
    [InlineData("POST", "/api/v1/sites", """{"key":"shop","name":"X","origins":["https://a.example/path"]}""", 400, "Invalid")]
    [InlineData("POST", "/api/v1/sites", """{"key":"shop","name":"X","origins":["https://a.example; script-src *"]}""", 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations?limit=0", null, 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations?limit=many", null, 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations?state=lost", null, 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations?cursor=%27%3B--", null, 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations/c/events", null, 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations/c/events?after=0&before=1", null, 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations/c/events?after=0&limit=201", null, 400, "Invalid")]
    [InlineData("GET", "/api/v1/conversations/unknown/events?after=0", null, 404, "NotFound")]
    public async Task As_administrator(string method, string path, string? body, int status, string code)
    {
        var admin = await Host.SignIn();
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Host.Send(new HttpMethod(method), path, content, admin.Token);
        await ProductHost.Problem(answer, status, code);
    }

    [Fact]
    public async Task A_name_over_its_limit_is_too_long()
    {
        var admin = await Host.SignIn();
        using var answer = await Host.Post(
            "/api/v1/queues", new { id = "long", name = new string('长', 101) }, admin.Token);
        await ProductHost.Problem(answer, 400, "TooLong");
    }

    [Fact]
    public async Task A_body_over_its_limit_is_refused()
    {
        using var content = new StringContent(
            $$"""{"siteKey":"{{new string('x', 70_000)}}"}""", Encoding.UTF8, "application/json");
        using var answer = await Host.Post("/api/v1/visitor-sessions", content);
        await ProductHost.Problem(answer, 413, "TooLong");
    }

    [Fact]
    public async Task A_body_nested_too_deeply_is_refused()
    {
        using var content = new StringContent(
            $$"""{"siteKey":"demo","page":{{new string('[', 2_000)}}{{new string(']', 2_000)}}}""", Encoding.UTF8,
            "application/json");
        using var answer = await Host.Post("/api/v1/visitor-sessions", content);
        await ProductHost.Problem(answer, 400, "Invalid");
    }

    [Fact]
    public async Task A_body_that_is_no_json_is_refused()
    {
        using var content = new StringContent("siteKey=demo", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await Host.Post("/api/v1/visitor-sessions", content);
        await ProductHost.Problem(answer, 415, "Invalid");
    }

    [Fact]
    public async Task The_description_of_the_routes_is_served()
    {
        using var answer = await Host.Get("/openapi/v1.json");
        var paths = (await ProductHost.Json(answer, HttpStatusCode.OK)).GetProperty("paths");
        Assert.True(paths.TryGetProperty("/api/v1/visitor-sessions", out _));
        Assert.True(paths.TryGetProperty("/api/v1/conversations/{id}/events", out _));
    }

    [Fact]
    public async Task Health_is_told_to_everyone()
    {
        using var live = await Host.Get("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using var ready = await Host.Get("/health/ready");
        await ProductHost.Json(ready, HttpStatusCode.OK);
    }
}
