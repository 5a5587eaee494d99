using System.Net;
using System.Text.Json;
using CustomerService.Support;

namespace CustomerService.Http.Tests;

/// <summary>What <c>--demo</c> makes, which also fills the lists with something to look at.</summary>
public sealed class DemoTests
{
    private const int Conversations = 20;

    [Fact]
    public async Task The_demonstration_fills_the_lists_once_and_everyone_sees_their_own()
    {
        using var folder = new TemporaryFolder();
        var settings = new Dictionary<string, string?> { ["Demo:Enabled"] = "true" };
        await using (var first = await ProductHost.Start(settings, folder.Path))
        {
            var admin = (await first.SignIn()).Token;
            await Full(first, admin);
            using var agents = await first.Get("/api/v1/agents", admin);
            Assert.Equal(5, (await ProductHost.Json(agents, HttpStatusCode.OK)).GetProperty("agents").GetArrayLength());
            using var queues = await first.Get("/api/v1/queues", admin);
            Assert.Equal(
                ["billing", "default", "sales", "technical"],
                (await ProductHost.Json(queues, HttpStatusCode.OK)).GetProperty("queues").EnumerateArray()
                    .Select(queue => queue.GetProperty("id").GetString()));

            await PagesJoinUp(first, admin);
            var member = await first.Hire("member@example.test", "a member's password", "agent");
            Assert.Equal(Conversations, (await List(first, member.Token, "limit=200")).Count);
            Assert.Empty(await List(first, member.Token, "limit=200&queue=billing"));
            using (var moved = await first.Send(
                HttpMethod.Patch, $"/api/v1/agents/{member.AgentId}", new { queues = new[] { "billing" } }, admin))
                await ProductHost.Json(moved, HttpStatusCode.OK);
            await Await.Until(
                "an agent of another queue sees none of them",
                async () => (await List(first, member.Token, "limit=200")).Count == 0, TimeSpan.FromSeconds(5));
            await HistoryIsForThoseWhoMaySee(first, admin, member.Token);
        }
        await using var second = await ProductHost.Start(settings, folder.Path);
        await Full(second, (await second.SignIn()).Token);
    }

    private static Task Full(ProductHost host, string token) => Await.Until(
        "the demonstration is played",
        async () =>
        {
            var all = await List(host, token, "limit=200");
            return all.Count == Conversations && all.Count(c => c.GetProperty("state").GetString() == "closed") == 16;
        },
        TimeSpan.FromSeconds(60));

    private static async Task PagesJoinUp(ProductHost host, string token)
    {
        var ids = new HashSet<string>();
        string? cursor = null;
        do
        {
            using var answer = await host.Get(
                $"/api/v1/conversations?limit=7{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", token);
            var page = await ProductHost.Json(answer, HttpStatusCode.OK);
            foreach (var line in page.GetProperty("conversations").EnumerateArray())
                Assert.True(ids.Add(line.GetProperty("conversationId").GetString()!));
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        Assert.Equal(Conversations, ids.Count);
    }

    private static async Task HistoryIsForThoseWhoMaySee(ProductHost host, string admin, string outsider)
    {
        var closed = (await List(host, admin, "limit=200&state=closed"))[0];
        var path = $"/api/v1/conversations/{closed.GetProperty("conversationId").GetString()}/events?after=0&limit=200";
        using (var seen = await host.Get(path, admin))
        {
            var page = await ProductHost.Json(seen, HttpStatusCode.OK);
            var events = page.GetProperty("events").EnumerateArray().ToList();
            Assert.True(events.Count > 8);
            Assert.Equal(
                Enumerable.Range(1, events.Count).Select(n => (long)n),
                events.Select(e => e.GetProperty("sequence").GetInt64()));
            // Other people's message ids are not the caller's business.
            Assert.All(events, e => Assert.False(e.TryGetProperty("clientMessageId", out _)));
        }
        var visitor = (await host.Visitor()).GetProperty("token").GetString();
        foreach (var stranger in new[] { visitor, outsider })
        {
            using var refused = await host.Get(path, stranger);
            await ProductHost.Problem(refused, 404, "NotFound");
        }
    }

    private static async Task<List<JsonElement>> List(ProductHost host, string token, string query)
    {
        using var answer = await host.Get($"/api/v1/conversations?{query}", token);
        return [.. (await ProductHost.Json(answer, HttpStatusCode.OK)).GetProperty("conversations").EnumerateArray()];
    }
}
