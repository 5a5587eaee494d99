using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace CustomerService.Http.Tests;

/// <summary>Every write endpoint with a body in which something is missing or null: it is refused or taken, and what was
/// taken can be read. Never is it a failure of the server.</summary>
public sealed class IncompleteBodyTests
{
    private const string SignIn = "POST /api/v1/agent-sessions", Password = "an agent's password";

    /// <summary>A body that is taken, by endpoint, with every property that the endpoint knows.</summary>
    private static readonly Dictionary<string, string> s_bodies = new()
    {
        ["POST /api/v1/visitor-sessions"] =
            """
            {"siteKey":"demo","visitorToken":null,"identity":{"token":"x"},"page":{"url":"https://a.example","title":"A"},
             "locale":"en","timeZone":"UTC"}
            """,
        [SignIn] = $$"""{"email":"incomplete@example.test","password":"{{Password}}","totp":""}""",
        ["POST /api/v1/agents/me/password"] = $$"""{"password":"{{Password}}","newPassword":"{{Password}}"}""",
        ["POST /api/v1/agents"] =
            $$"""
            {"email":"new@example.test","name":"New","password":"{{Password}}","roles":["agent"],"queues":["default"],
             "capacity":3}
            """,
        ["PATCH /api/v1/agents/{id}"] =
            """{"name":"Changed","roles":["agent"],"queues":["default"],"capacity":3,"disabled":false}""",
        ["POST /api/v1/queues"] =
            """
            {"id":"incomplete","name":"Queue","strategy":"round-robin","offers":true,"offerSeconds":20,"graceSeconds":30,
             "idleCloseSeconds":60,"reopenSeconds":60,"priority":0,"editSeconds":60,"revision":null}
            """,
        ["POST /api/v1/sites"] =
            """
            {"key":"incomplete","name":"Site","queueId":"default","greeting":{"en":"Hello"},
             "origins":["https://shop.example"],"files":{"enabled":true,"bytesMax":1048576,"types":["image/png"]},
             "look":{"color":"#0b6e5b","position":"right","languages":["en"]},
             "hours":{"timeZone":"UTC","week":[{"day":1,"from":"09:00","to":"18:00"}],"holidays":["2026-10-01"]},
             "closed":"message","closedText":{"en":"Closed"},
             "form":[{"key":"topic","type":"choice","required":true,"label":{"en":"Topic"},"options":["a","b"]},
                     {"key":"email","type":"email","required":false,"label":{"en":"E-mail"},"options":[]}],
             "queues":["default"],"consent":{"en":"Yes?"},
             "invitations":[{"page":"/a*","afterSeconds":5,"text":{"en":"Hi"}}],"revision":null,
             "customerFields":[{"key":"tier","kind":"choice","label":{"en":"Tier"},"options":["a","b"],"min":1,"max":2},
                               {"key":"note","kind":"text","label":{"en":"Note"},"options":[]}],
             "unsentText":true}
            """,
        ["PUT /api/v1/system/maintenance"] =
            """{"startsAt":"{soon}","minutes":5,"text":{"zh-CN":"维护","en":"Maintenance"}}""",
        ["POST /api/v1/conversations/bulk"] =
            """
            {"commandId":"c","conversationIds":["unknown"],"action":"tag","reason":"r","toQueue":"default","toAgent":"a",
             "note":"n","until":"{soon}","add":["x"],"remove":["y"]}
            """,
        ["PUT /api/v1/library/{kind}/{id}"] = """{"scope":"all","revision":0,"body":{"name":"Tag"}}""",
        ["PUT /api/v1/drafts/{id}"] = """{"reply":"r","note":"n","mode":"note"}""",
        ["POST /api/v1/uploads"] = """{"name":"a.txt","bytes":10}""",
    };

    /// <summary>Bodies beyond the first where what is inside depends on a kind.</summary>
    private static readonly (string Endpoint, string Body)[] s_more =
    [
        .. new[] { "close", "accept", "transfer", "snooze" }.Select(action => ("POST /api/v1/conversations/bulk",
            $$"""
            {"commandId":"{{action}}","conversationIds":["unknown"],"action":"{{action}}","reason":"r","toQueue":"default",
             "note":"n","until":"{soon}"}
            """)),
        ("PUT /api/v1/library/replies/r",
            """{"scope":"all","revision":0,"body":{"shortcut":"hi","title":"Hi","texts":{"en":"Hi"}}}"""),
        ("PUT /api/v1/library/macros/m",
            """{"scope":"all","revision":0,"body":{"title":"M","actions":[{"type":"close","value":"x"}]}}"""),
        ("PUT /api/v1/library/views/v",
            """{"scope":"all","revision":0,"body":{"name":"V","filter":{"state":["open"]}}}"""),
        ("PUT /api/v1/library/reasons/b",
            """{"scope":"all","revision":0,"body":{"status":"busy","names":{"en":"Lunch"}}}"""),
    ];

    /// <summary>What reads what was written, and must still answer.</summary>
    private static readonly string[] s_reads =
    [
        "/api/v1/sites", "/api/v1/queues", "/api/v1/agents", "/api/v1/site-names", "/api/v1/sites/incomplete/look",
        "/api/v1/sites/incomplete/customer-fields", "/api/v1/library/replies", "/api/v1/library/macros",
        "/api/v1/library/views", "/api/v1/library/tags", "/api/v1/library/reasons", "/api/v1/drafts",
        "/api/v1/system/maintenance",
    ];

    [Fact]
    public async Task Nothing_that_is_missing_or_null_in_a_body_fails_the_server()
    {
        await using var host = await ProductHost.Start();
        var agent = await host.Hire("incomplete@example.test", Password, "agent");
        var admin = (await host.SignIn()).Token;
        AssertComplete(host);
        var soon = DateTimeOffset.UtcNow.AddDays(1).ToString("O");
        List<string> failures = [];
        var asked = 0;
        foreach (var (name, template) in s_bodies.Select(body => (body.Key, body.Value)).Concat(s_more))
        {
            var path = name.Split(' ')[1].Replace("/agents/{id}", $"/agents/{agent.AgentId}", StringComparison.Ordinal)
                .Replace("{kind}", "tags", StringComparison.Ordinal).Replace("{id}", "t", StringComparison.Ordinal);
            // A change of the password ends sessions: it is asked for by somebody else than who asks the rest.
            var token = name.Contains("/me/", StringComparison.Ordinal) ? agent.Token : admin;
            foreach (var body in Incomplete(template.Replace("{soon}", soon, StringComparison.Ordinal)))
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var answer = await host.Send(new HttpMethod(name.Split(' ')[0]), path, content, token);
                asked++;
                if ((int)answer.StatusCode >= 500)
                    failures.Add($"{(int)answer.StatusCode} {name} {body}");
                if (!answer.IsSuccessStatusCode || !name.EndsWith("/sites", StringComparison.Ordinal))
                    continue;
                foreach (var read in s_reads.Take(6))
                    await Read(host, read, admin, body, failures);
                using var session = await host.Post("/api/v1/visitor-sessions", new { siteKey = "incomplete" });
                if (session.StatusCode != HttpStatusCode.OK)
                    failures.Add($"{(int)session.StatusCode} visitor after {body}");
            }
            foreach (var read in s_reads)
                await Read(host, read, admin, name, failures);
        }
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(asked > 200, $"Only {asked} bodies were tried.");
    }

    private static async Task Read(ProductHost host, string path, string token, string after, List<string> failures)
    {
        using var answer = await host.Get(path, token);
        if ((int)answer.StatusCode >= 500)
            failures.Add($"{(int)answer.StatusCode} GET {path} after {after}");
    }

    /// <summary>Every endpoint that reads JSON has a body here, with all the properties that it knows.</summary>
    private static void AssertComplete(ProductHost host)
    {
        foreach (var endpoint in host.Part<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not { RequestType: { } type } accepts
                || !accepts.ContentTypes.Contains("application/json"))
            {
                continue;
            }
            var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single();
            var name = $"{method} {endpoint.RoutePattern.RawText}";
            Assert.True(s_bodies.TryGetValue(name, out var body), $"{name} has no body here.");
            Assert.Equal(
                type.GetProperties().Select(p => p.Name).Order(StringComparer.OrdinalIgnoreCase),
                JsonNode.Parse(body)!.AsObject().Select(p => p.Key).Order(StringComparer.OrdinalIgnoreCase),
                StringComparer.OrdinalIgnoreCase);
        }
    }

    /// <summary>The body as it is, and with each of its parts, at any depth, left out, null, or empty.</summary>
    private static IEnumerable<string> Incomplete(string json)
    {
        yield return json;
        foreach (var path in Parts(JsonNode.Parse(json)!, []).ToList())
        {
            foreach (var change in new[] { "without", "null", "empty" })
            {
                var root = JsonNode.Parse(json)!;
                if (Change(root, path, change))
                    yield return root.ToJsonString();
            }
        }
    }

    private static IEnumerable<object[]> Parts(JsonNode node, object[] above)
    {
        var below = node switch
        {
            JsonObject of => of.Select(part => ((object)part.Key, part.Value)),
            JsonArray of => of.Select((part, at) => ((object)at, part)),
            _ => [],
        };
        foreach (var (name, part) in below)
        {
            object[] path = [.. above, name];
            yield return path;
            if (part is null)
                continue;
            foreach (var deeper in Parts(part, path))
                yield return deeper;
        }
    }

    private static bool Change(JsonNode root, object[] path, string change)
    {
        var parent = path[..^1].Aggregate(root, (node, step) => step is int at ? node[at]! : node[(string)step]!);
        var before = path[^1] is int index ? parent[index] : parent[(string)path[^1]];
        JsonNode? after = before switch { JsonObject => new JsonObject(), JsonArray => new JsonArray(), _ => "" };
        if (change == "without" && path[^1] is int place)
            parent.AsArray().RemoveAt(place);
        else if (change == "without")
            return parent.AsObject().Remove((string)path[^1]);
        else if (path[^1] is int at)
            parent[at] = change == "null" ? null : after;
        else
            parent[(string)path[^1]] = change == "null" ? null : after;
        return true;
    }
}
