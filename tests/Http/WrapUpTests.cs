using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using CustomerService.Support;
using CustomerService.Visitors;
using Microsoft.AspNetCore.SignalR.Client;

namespace CustomerService.Http.Tests;

/// <summary>Wrap-up time from the queue's setting to the freed place, by the real product.</summary>
public sealed class WrapUpTests
{
    private const string Email = "wrapping@example.test", Password = "an agent's password";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_place_stays_taken_after_a_close_over_a_restart_and_until_the_agent_is_done()
    {
        using var folder = new TemporaryFolder();
        string id, waiting;
        await using (var host = await ProductHost.Start(folder: folder.Path))
        {
            await Settings(host, 3_600);
            var agent = await host.SignIn(Email, Password);
            await using var hub = await Online(host, agent);
            var first = await Begin(host);
            await Await.Until("the first is the agent's", async () => (await Inbox(hub)).Contains(first), Patience);
            waiting = await Begin(host);
            Assert.Empty((await Me(host, agent)).WrapUps);
            var closed = await hub.InvokeAsync<JsonElement>("Close", new { conversationId = first });
            Assert.Equal(JsonValueKind.Null, closed.GetProperty("error").ValueKind);
            await Await.Until("it wraps up", async () => (await Me(host, agent)).WrapUps.Count == 1, Patience);
            var (load, wrapUps) = await Me(host, agent);
            Assert.Equal((1, first), (load, wrapUps[0].GetProperty("conversationId").GetString()));
            Assert.InRange(wrapUps[0].GetProperty("secondsLeft").GetInt32(), 3_000, 3_600);
            id = wrapUps[0].GetProperty("id").GetString()!;
            Assert.Empty(await Inbox(hub));

            // Whoever looks at the people sees the place taken, and by what.
            var admin = await host.SignIn();
            using var list = await host.Get("/api/v1/agents", admin.Token);
            var line = (await ProductHost.Json(list, HttpStatusCode.OK)).GetProperty("agents").EnumerateArray()
                .Single(one => one.GetProperty("agentId").GetString() == agent.AgentId);
            Assert.Equal((1, 1), (line.GetProperty("load").GetInt32(), line.GetProperty("wrapUps").GetInt32()));
            // Nobody ends another's.
            using var foreign = await host.Send(HttpMethod.Delete, $"/api/v1/me/wrap-ups/{id}", null, admin.Token);
            Assert.Equal(HttpStatusCode.NoContent, foreign.StatusCode);
            Assert.Single((await Me(host, agent)).WrapUps);
        }
        await using (var host = await ProductHost.Start(folder: folder.Path))
        {
            var agent = await host.SignIn(Email, Password);
            await using var hub = await Online(host, agent);
            var (load, wrapUps) = await Me(host, agent);
            Assert.Equal((1, id), (load, Assert.Single(wrapUps).GetProperty("id").GetString()));
            Assert.Empty(await Inbox(hub));
            for (var i = 0; i < 2; i++)
            {
                using var ended = await host.Send(HttpMethod.Delete, $"/api/v1/me/wrap-ups/{id}", null, agent.Token);
                Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
            }
            await Await.Until("the one that waits is served", async () => (await Inbox(hub)).Contains(waiting), Patience);
            Assert.Empty((await Me(host, agent)).WrapUps);
        }
    }

    [Fact]
    public async Task It_is_over_by_itself_and_its_time_has_bounds()
    {
        await using var host = await ProductHost.Start();
        await Settings(host, 1);
        var agent = await host.SignIn(Email, Password);
        await using var hub = await Online(host, agent);
        var first = await Begin(host);
        await Await.Until("the first is the agent's", async () => (await Inbox(hub)).Contains(first), Patience);
        var second = await Begin(host);
        await hub.InvokeAsync<JsonElement>("Close", new { conversationId = first });
        await Await.Until("the next is served after it", async () => (await Inbox(hub)).Contains(second), Patience);
        Assert.Empty((await Me(host, agent)).WrapUps);

        var admin = await host.SignIn();
        foreach (var seconds in new[] { -1, 3_601 })
        {
            using var refused = await host.Post(
                "/api/v1/queues", new { id = "default", name = "D", wrapUpSeconds = seconds }, admin.Token);
            await ProductHost.Problem(refused, 400, "Invalid");
        }
        using var queues = await host.Get("/api/v1/queues", admin.Token);
        Assert.Equal(1, (await ProductHost.Json(queues, HttpStatusCode.OK)).GetProperty("queues").EnumerateArray()
            .Single(queue => queue.GetProperty("id").GetString() == "default").GetProperty("wrapUpSeconds").GetInt32());
    }

    private static async Task Settings(ProductHost host, int wrapUpSeconds)
    {
        var admin = await host.SignIn();
        using (var saved = await host.Post("/api/v1/queues", new { id = "default", name = "D", wrapUpSeconds }, admin.Token))
            Assert.Equal(wrapUpSeconds, (await ProductHost.Json(saved, HttpStatusCode.OK)).GetProperty("wrapUpSeconds").GetInt32());
        using var made = await host.Post(
            "/api/v1/agents", new { email = Email, name = "A", password = Password, roles = new[] { "agent" }, capacity = 1 },
            admin.Token);
        await ProductHost.Json(made, HttpStatusCode.Created);
    }

    private static async Task<HubConnection> Online(ProductHost host, ProductHost.Session agent)
    {
        var hub = await host.Hub("agent", agent.Token);
        await hub.InvokeAsync<JsonElement>("SetStatus", new { status = "online" });
        return hub;
    }

    private static async Task<string> Begin(ProductHost host)
    {
        var by = new Actor(ActorKind.Visitor, Guid.NewGuid().ToString("n"), "");
        var receipt = await host.Part<IGrainFactory>().GetGrain<IVisitorGrain>($"demo/{by.Id}").StartConversation(
            new StartRequest(by, Guid.NewGuid().ToString("n"), "en", ImmutableDictionary<string, string>.Empty, "m1", "Hello"));
        Assert.Null(receipt.Refusal);
        return receipt.ConversationId;
    }

    private static async Task<List<string>> Inbox(HubConnection hub)
    {
        var inbox = await hub.InvokeAsync<JsonElement>("Inbox");
        return [.. inbox.GetProperty("conversations").EnumerateArray().Select(c => c.GetProperty("conversationId").GetString()!)];
    }

    private static async Task<(int Load, List<JsonElement> WrapUps)> Me(ProductHost host, ProductHost.Session agent)
    {
        using var answer = await host.Get("/api/v1/me", agent.Token);
        var me = await ProductHost.Json(answer, HttpStatusCode.OK);
        return (me.GetProperty("load").GetInt32(), me.TryGetProperty("wrapUps", out var list) ? [.. list.EnumerateArray()] : []);
    }
}
