using System.Net;
using System.Text;
using CustomerService.WebFront.Endpoints;
using Microsoft.AspNetCore.Routing;

namespace CustomerService.Http.Tests;

[Collection(ProductCollection.Name)]
public sealed class AccessTests(SharedHost shared)
{
    private static readonly Dictionary<string, Access> s_table = new()
    {
        ["GET /health/live"] = Access.Anyone,
        ["GET /health/ready"] = Access.Anyone,
        ["GET /openapi/{documentName}.json"] = Access.Anyone,
        ["POST /api/v1/visitor-sessions"] = Access.Anyone,
        ["POST /api/v1/agent-sessions"] = Access.Anyone,
        ["POST /api/v1/agent-sessions/refresh"] = Access.Anyone,
        ["DELETE /api/v1/agent-sessions"] = Access.Anyone,
        ["POST /api/v1/agents/me/password"] = Access.Agents,
        ["GET /api/v1/me"] = Access.Agents,
        ["DELETE /api/v1/me/wrap-ups/{id}"] = Access.Agents,
        ["GET /api/v1/agents"] = Access.Agents,
        ["POST /api/v1/agents"] = Access.Administrators,
        ["PATCH /api/v1/agents/{id}"] = Access.Administrators,
        ["GET /api/v1/queues"] = Access.Agents,
        ["POST /api/v1/queues"] = Access.Administrators,
        ["GET /api/v1/site-names"] = Access.Agents,
        ["GET /api/v1/sites"] = Access.Administrators,
        ["GET /api/v1/sites/{key}/customer-fields"] = Access.Agents,
        ["GET /api/v1/sites/{key}/look"] = Access.Anyone,
        ["GET /api/v1/system"] = Access.Administrators,
        ["GET /api/v1/system/maintenance"] = Access.Agents,
        ["PUT /api/v1/system/maintenance"] = Access.Administrators,
        ["DELETE /api/v1/system/maintenance"] = Access.Administrators,
        ["POST /api/v1/system/maintenance/drain"] = Access.Administrators,
        ["POST /api/v1/sites"] = Access.Administrators,
        ["POST /api/v1/sites/{key}/identity-secret"] = Access.Administrators,
        ["DELETE /api/v1/sites/{key}/identity-secret"] = Access.Administrators,
        ["GET /api/v1/conversations"] = Access.Agents,
        ["GET /api/v1/search"] = Access.Agents,
        ["GET /api/v1/conversations/{id}"] = Access.Agents,
        ["POST /api/v1/conversations/bulk"] = Access.Agents,
        ["GET /api/v1/library/{kind}"] = Access.Agents,
        ["PUT /api/v1/library/{kind}/{id}"] = Access.Agents,
        ["DELETE /api/v1/library/{kind}/{id}"] = Access.Agents,
        ["GET /api/v1/drafts"] = Access.Agents,
        ["PUT /api/v1/drafts/{id}"] = Access.Agents,
        ["GET /api/v1/conversations/{id}/events"] = Access.VisitorsAndAgents,
        ["GET /api/v1/conversations/{id}/files"] = Access.VisitorsAndAgents,
        ["POST /api/v1/uploads"] = Access.VisitorsAndAgents,
        ["GET /api/v1/uploads/{id}"] = Access.VisitorsAndAgents,
        ["PUT /api/v1/uploads/{id}"] = Access.VisitorsAndAgents,
        ["POST /api/v1/uploads/{id}/finish"] = Access.VisitorsAndAgents,
        ["DELETE /api/v1/uploads/{id}"] = Access.VisitorsAndAgents,
        ["GET /api/v1/files/{id}"] = Access.Anyone,
    };

    private ProductHost Host => shared.Product;

    /// <summary>Hubs have a table of their own, by method.</summary>
    private IEnumerable<(string Name, RouteEndpoint Endpoint)> Endpoints =>
        Host.Part<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => !endpoint.RoutePattern.RawText!.StartsWith("/hubs", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Select(method => ($"{method} {endpoint.RoutePattern.RawText}", endpoint)));

    [Fact]
    public void Every_endpoint_states_who_may_call_it_and_is_in_the_table()
    {
        var found = Endpoints.ToDictionary(e => e.Name, e => e.Endpoint.Metadata.GetMetadata<MayCall>()?.Access);
        Assert.All(found, endpoint => Assert.True(endpoint.Value is not null, $"{endpoint.Key} states nothing."));
        Assert.Equal(
            s_table.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key} {e.Value}"),
            found.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key} {e.Value}"));
    }

    [Fact]
    public async Task Every_endpoint_refuses_every_role_that_may_not_call_it()
    {
        var visitor = (await Host.Visitor()).GetProperty("token").GetString()!;
        (string Role, string? Token, Access[] Has)[] callers =
        [
            ("nobody", null, []),
            ("visitor", visitor, [Access.VisitorsAndAgents]),
            ("agent", (await Host.Hire("a1@example.test", "an agent's password", "agent")).Token,
                [Access.VisitorsAndAgents, Access.Agents]),
            ("supervisor", (await Host.Hire("s1@example.test", "a supervisor's password", "supervisor")).Token,
                [Access.VisitorsAndAgents, Access.Agents, Access.Supervisors]),
            ("administrator", (await Host.SignIn()).Token,
                [Access.VisitorsAndAgents, Access.Agents, Access.Supervisors, Access.Administrators]),
        ];
        foreach (var (name, access) in s_table.Where(e => e.Value != Access.Anyone))
        {
            foreach (var (role, token, has) in callers)
            {
                var parts = name.Split(' ');
                using var body = parts[0] is "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json");
                using var answer = await Host.Send(
                    new HttpMethod(parts[0]), parts[1].Replace("{id}", "unknown", StringComparison.Ordinal), body, token);
                var refused = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
                Assert.True(refused != has.Contains(access), $"{role}: {name} answered {(int)answer.StatusCode}");
                if (refused)
                    await ProductHost.Problem(
                        answer, token is null || role == "visitor" ? 401 : 403,
                        token is null || role == "visitor" ? "Unauthorized" : "Forbidden");
            }
        }
    }
}
