using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Support;
using CustomerService.Visitors;
using CustomerService.WebFront.Endpoints;
using Microsoft.AspNetCore.SignalR.Client;

namespace CustomerService.Http.Tests;

/// <summary>Lists in their orders, one action on several conversations, and two administrators at one queue.</summary>
[Collection(ProductCollection.Name)]
public sealed class ListTests(SharedHost shared)
{
    private ProductHost Host => shared.Product;

    [Fact]
    public async Task A_list_has_three_orders_and_pages_in_each()
    {
        var admin = await Host.SignIn();
        var queue = await Queue(admin.Token);
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await Start(queue));
        Assert.Equal(ids, await All($"state=waiting&queue={queue}&sort=waiting", admin.Token));
        Assert.Equal(ids, await All($"state=waiting&queue={queue}&sort=priority", admin.Token));
        Assert.Equal(ids.AsEnumerable().Reverse(), await All($"state=waiting&queue={queue}", admin.Token));
        Assert.Equal(ids, await All($"state=waiting&site={queue}&sort=waiting", admin.Token));
        Assert.Empty(await All($"state=waiting&queue={queue}&site=elsewhere", admin.Token));
    }

    [Theory]
    [InlineData("sort=waiting")]
    [InlineData("state=closed&sort=waiting")]
    [InlineData("state=waiting,closed&sort=priority")]
    [InlineData("state=waiting&sort=size")]
    [InlineData("state=waiting&sort=waiting&cursor=MTIzIGFi")]
    public async Task An_order_that_is_none_is_refused(string query)
    {
        using var answer = await Host.Get($"/api/v1/conversations?{query}", (await Host.SignIn()).Token);
        await ProductHost.Problem(answer, 400, "Invalid");
    }

    [Fact]
    public async Task Several_are_closed_at_once_and_each_has_its_own_outcome()
    {
        var admin = await Host.SignIn();
        var queue = await Queue(admin.Token);
        var (one, other) = (await Start(queue), await Start(queue));
        var body = new { commandId = "b1", conversationIds = new[] { one, "none", other }, action = "close", reason = "spam" };
        using (var answer = await Host.Post("/api/v1/conversations/bulk", body, admin.Token))
        {
            Assert.Equal([null, "NotFound", null], await Codes(answer));
        }
        Assert.Empty(await All($"state=waiting&queue={queue}", admin.Token));
        // Again with the same id: done already, and nothing twice.
        using (var answer = await Host.Post("/api/v1/conversations/bulk", body, admin.Token))
            Assert.Equal([null, "NotFound", null], await Codes(answer));
        using (var answer = await Host.Post("/api/v1/conversations/bulk", new
        {
            commandId = "b2", conversationIds = new[] { one, other }, action = "tag", add = new[] { "spam" },
        }, admin.Token))
        {
            Assert.Equal([null, null], await Codes(answer));
        }
        Assert.Equal(2, (await All($"state=closed&queue={queue}&tag=spam", admin.Token)).Count);
        using (var answer = await Host.Post("/api/v1/conversations/bulk", new
        {
            commandId = "b3", conversationIds = new[] { one }, action = "snooze", until = DateTimeOffset.UtcNow.AddHours(1),
        }, admin.Token))
        {
            Assert.Equal(["Closed"], await Codes(answer));
        }
    }

    [Fact]
    public async Task An_agent_changes_by_the_dozen_only_what_it_might_change_one_by_one()
    {
        var admin = await Host.SignIn();
        var queue = await Queue(admin.Token);
        var id = await Start(queue);
        var agent = await Host.Hire("bulk-agent@example.test", "an agent's password", "agent");
        using var answer = await Host.Post(
            "/api/v1/conversations/bulk", new { commandId = "b1", conversationIds = new[] { id }, action = "close" },
            agent.Token);
        Assert.Equal(["NotFound"], await Codes(answer));
    }

    public static TheoryData<object> Malformed => new()
    {
        new { conversationIds = new[] { "a" }, action = "close" },
        new { commandId = "b", conversationIds = Array.Empty<string>(), action = "close" },
        new { commandId = "b", conversationIds = new[] { "a", "a" }, action = "close" },
        new { commandId = "b", conversationIds = Enumerable.Range(0, 101).Select(i => $"c{i}").ToArray(), action = "close" },
        new { commandId = "b", conversationIds = new[] { "a" }, action = "delete" },
        new { commandId = "b", conversationIds = new[] { "a" }, action = "transfer" },
        new { commandId = "b", conversationIds = new[] { "a" }, action = "transfer", toQueue = "q", toAgent = "a" },
        new { commandId = "b", conversationIds = new[] { "a" }, action = "snooze" },
        new { commandId = "b", conversationIds = new[] { "a" }, action = "tag" },
    };

    [Theory, MemberData(nameof(Malformed))]
    public async Task What_is_no_bulk_action_is_refused(object body)
    {
        using var answer = await Host.Post("/api/v1/conversations/bulk", body, (await Host.SignIn()).Token);
        await ProductHost.Problem(answer, 400, "Invalid");
    }

    [Fact]
    public async Task An_agent_has_one_bulk_action_under_way_and_another_agent_its_own()
    {
        var admin = await Host.SignIn();
        var agent = await Host.Hire("bulk-busy@example.test", "an agent's password", "agent");
        var body = new { commandId = "b9", conversationIds = new[] { "none" }, action = "close" };
        var by = new Actor(ActorKind.Agent, agent.AgentId, "");
        var actions = Host.Part<BulkActions>();
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var first = Task.Run(() => actions.Run(by, ["none"], "b8", id =>
        {
            entered.Set();
            Assert.True(release.Wait(TimeSpan.FromMinutes(2)));
            return new CloseConversation(by, id, null);
        }));
        try
        {
            Assert.True(entered.Wait(TimeSpan.FromMinutes(2)));
            using var refused = await Host.Post("/api/v1/conversations/bulk", body, agent.Token);
            await ProductHost.Problem(refused, 429, "RateLimited");
            using var other = await Host.Post("/api/v1/conversations/bulk", body, admin.Token);
            Assert.Equal(["NotFound"], await Codes(other));
        }
        finally
        {
            release.Set();
        }
        Assert.Equal("NotFound", Assert.Single((await first)!).Code);
        using var again = await Host.Post("/api/v1/conversations/bulk", body, agent.Token);
        Assert.Equal(["NotFound"], await Codes(again));
    }

    [Fact]
    public async Task Who_watches_lists_is_told_of_its_queues_over_the_socket_until_it_asks_no_more()
    {
        var admin = await Host.SignIn();
        var (queue, hidden) = (await Queue(admin.Token), await Queue(admin.Token));
        var email = $"{queue}@example.test";
        using (var made = await Host.Post(
            "/api/v1/agents",
            new { email, name = "Watcher", password = "an agent's password", roles = new[] { "agent" }, queues = new[] { queue } },
            admin.Token))
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var agent = await Host.SignIn(email, "an agent's password");
        var told = new ConcurrentQueue<(string Id, int Waiting)>();
        await using var hub = await Host.Hub("agent", agent.Token);
        using var listening = hub.On<JsonElement>("Lists", lists =>
        {
            foreach (var one in lists.GetProperty("queues").EnumerateArray())
                told.Enqueue((one.GetProperty("id").GetString()!, one.GetProperty("waiting").GetInt32()));
        });
        await Start(queue);
        await hub.InvokeAsync<JsonElement>("WatchLists", new { on = true });
        await Await.Until("who begins to watch is told how the queue stands", () => told.Contains((queue, 1)));
        await Start(hidden);
        await Start(queue);
        await Await.Until("one more waits", () => told.Contains((queue, 2)));
        Assert.DoesNotContain(hidden, told.Select(one => one.Id));
        await hub.InvokeAsync<JsonElement>("WatchLists", new { on = false });
        told.Clear();
        await Start(queue);
        // A second one who watches hears of it: by then the first would have too.
        await using var another = await Host.Hub("agent", agent.Token);
        var heard = new ConcurrentQueue<int>();
        using var hearing = another.On<JsonElement>("Lists", lists =>
        {
            foreach (var one in lists.GetProperty("queues").EnumerateArray())
                heard.Enqueue(one.GetProperty("waiting").GetInt32());
        });
        await another.InvokeAsync<JsonElement>("WatchLists", new { on = true });
        await Await.Until("who watches still is told", () => heard.Contains(3));
        Assert.DoesNotContain((queue, 3), told);
    }

    [Fact]
    public async Task Two_administrators_do_not_overwrite_each_others_queue()
    {
        var admin = await Host.SignIn();
        var id = "q" + Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture)[..8];
        async Task<HttpResponseMessage> Save(string name, long? revision) =>
            await Host.Post("/api/v1/queues", new { id, name, revision }, admin.Token);
        using (var made = await Save("new", 0))
            Assert.Equal(1, (await ProductHost.Json(made, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        using (var twice = await Save("new too", 0))
            await ProductHost.Problem(twice, 409, "Conflict");
        using (var changed = await Save("changed", 1))
            Assert.Equal(2, (await ProductHost.Json(changed, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        using (var stale = await Save("late", 1))
            await ProductHost.Problem(stale, 409, "Conflict");
        // A client of before there were revisions overwrites, as it always did.
        using (var old = await Save("old client", null))
            Assert.Equal(3, (await ProductHost.Json(old, HttpStatusCode.OK)).GetProperty("revision").GetInt64());
        using var list = await Host.Get("/api/v1/queues", admin.Token);
        var line = (await ProductHost.Json(list, HttpStatusCode.OK)).GetProperty("queues").EnumerateArray()
            .Single(queue => queue.GetProperty("id").GetString() == id);
        Assert.Equal(("old client", 3L), (line.GetProperty("name").GetString(), line.GetProperty("revision").GetInt64()));
    }

    [Fact]
    public async Task Reasons_are_there_to_begin_with_and_supervisors_change_them()
    {
        var agent = await Host.Hire("reasons@example.test", "an agent's password", "agent");
        using var list = await Host.Get("/api/v1/library/reasons", agent.Token);
        var items = (await ProductHost.Json(list, HttpStatusCode.OK)).GetProperty("items").EnumerateArray().ToList();
        Assert.Contains("lunch", items.Select(item => item.GetProperty("id").GetString()));
        var own = new { scope = $"agent:{agent.AgentId}", revision = 0, body = new { status = "away", names = new { en = "Nap" } } };
        using (var refused = await Host.Send(HttpMethod.Put, "/api/v1/library/reasons/nap", own, agent.Token))
            await ProductHost.Problem(refused, 400, "Invalid");
        var admin = await Host.SignIn();
        foreach (var wrong in new object[]
        {
            new { status = "online", names = new { en = "x" } }, new { status = "away", names = new { } },
            new { status = "away", names = new { en = " " } },
        })
        {
            var item = new { scope = "all", revision = 0, body = wrong };
            using var refused = await Host.Send(HttpMethod.Put, "/api/v1/library/reasons/wrong", item, admin.Token);
            await ProductHost.Problem(refused, 400, "Invalid");
        }
    }

    /// <summary>A new queue, and a site of the same name that leads to it.</summary>
    private async Task<string> Queue(string token)
    {
        var id = "l" + Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture)[..10];
        using (var answer = await Host.Post("/api/v1/queues", new { id, name = id }, token))
            await ProductHost.Json(answer, HttpStatusCode.OK);
        using (var answer = await Host.Post("/api/v1/sites", new { key = id, name = id, queueId = id }, token))
            await ProductHost.Json(answer, HttpStatusCode.OK);
        return id;
    }

    /// <summary>A new visitor's conversation in that queue.</summary>
    private async Task<string> Start(string queue)
    {
        var by = new Actor(ActorKind.Visitor, Guid.NewGuid().ToString("n"), "");
        var receipt = await Host.Part<IGrainFactory>().GetGrain<IVisitorGrain>($"{queue}/{by.Id}").StartConversation(
            new StartRequest(by, Guid.NewGuid().ToString("n"), "en", ImmutableDictionary<string, string>.Empty, "m1", "Hello"));
        Assert.Null(receipt.Refusal);
        return receipt.ConversationId;
    }

    private async Task<List<string>> All(string query, string token)
    {
        var (ids, cursor) = (new List<string>(), (string?)null);
        do
        {
            var path = $"/api/v1/conversations?{query}&limit=2" + (cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}");
            using var answer = await Host.Get(path, token);
            var page = await ProductHost.Json(answer, HttpStatusCode.OK);
            ids.AddRange(page.GetProperty("conversations").EnumerateArray().Select(c => c.GetProperty("conversationId").GetString()!));
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        return ids;
    }

    private static async Task<List<string?>> Codes(HttpResponseMessage answer) =>
        [.. (await ProductHost.Json(answer, HttpStatusCode.OK)).GetProperty("results").EnumerateArray()
            .Select(result => result.TryGetProperty("code", out var code) ? code.GetString() : null)];
}
