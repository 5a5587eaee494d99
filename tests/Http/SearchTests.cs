using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Support;
using CustomerService.Visitors;
using CustomerService.WebFront.Endpoints;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.Http.Tests;

/// <summary>Search over the running product: what is written there is found there, by whom it concerns.</summary>
[Collection(ProductCollection.Name)]
public sealed class SearchTests(SharedHost shared)
{
    private ProductHost Host => shared.Product;

    [Fact]
    public async Task A_message_and_a_note_are_found_by_agents_of_the_queue_with_places_to_highlight()
    {
        var word = "w" + Guid.NewGuid().ToString("n");
        var agent = await Host.Hire($"{word}@example.test", "an agent's password", "agent");
        var elsewhere = await Host.SignIn();
        using (var made = await Host.Post(
            "/api/v1/agents",
            new
            {
                email = $"other-{word}@example.test", name = "Other", password = "an agent's password",
                roles = new[] { "agent" }, queues = Array.Empty<string>(),
            },
            elsewhere.Token))
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var stranger = await Host.SignIn($"other-{word}@example.test", "an agent's password");
        var id = await Write($"灯罩碎了，我想申请退款 {word}", $"仓库已登记 {word}");

        JsonElement answer = default;
        await Await.Until("both are found", async () =>
        {
            answer = await Find(agent.Token, $"q={word}");
            return answer.GetProperty("hits").GetArrayLength() == 2;
        });
        var note = answer.GetProperty("hits")[0];
        Assert.Equal("noteAdded", note.GetProperty("type").GetString());
        var hit = Assert.Single((await Find(agent.Token, $"q=退款 {word}")).GetProperty("hits").EnumerateArray());
        Assert.Equal("messagePosted", hit.GetProperty("type").GetString());
        Assert.Equal(id, hit.GetProperty("conversation").GetProperty("conversationId").GetString());
        Assert.Equal("visitor", hit.GetProperty("author").GetProperty("kind").GetString());
        var snippet = hit.GetProperty("snippet").GetString()!;
        Assert.Equal(["退款", word], hit.GetProperty("highlights").EnumerateArray()
            .Select(h => snippet.Substring(h.GetProperty("start").GetInt32(), h.GetProperty("length").GetInt32())));
        var page = await Find(agent.Token, $"q={word}&limit=1");
        var rest = await Find(agent.Token, $"q={word}&limit=1&cursor={page.GetProperty("nextCursor").GetString()}");
        Assert.Equal("messagePosted", rest.GetProperty("hits")[0].GetProperty("type").GetString());
        Assert.Empty((await Find(agent.Token, $"q={word}&state=closed")).GetProperty("hits").EnumerateArray());
        Assert.Empty((await Find(agent.Token, $"q={word}&to=2020-01-01T00:00:00Z")).GetProperty("hits").EnumerateArray());
        Assert.Empty((await Find(stranger.Token, $"q={word}")).GetProperty("hits").EnumerateArray());
    }

    [Fact]
    public async Task An_edited_note_is_found_by_its_last_wording_and_a_removed_one_not_at_all()
    {
        var word = "w" + Guid.NewGuid().ToString("n");
        var admin = await Host.SignIn();
        var by = new Actor(ActorKind.Agent, admin.AgentId, "") { IsSupervisor = true };
        var id = await Write($"{word} message", "note");
        var conversation = Host.Part<IGrainFactory>().GetGrain<IConversationGrain>(id);
        var noted = await conversation.Execute(new AddNote(by, "n2", $"{word} before"));
        Assert.Null(noted.Refusal);
        async Task Finds(params string[] snippets) => await Await.Until("search knows: " + string.Join(", ", snippets), async () =>
            (await Find(admin.Token, $"q={word}")).GetProperty("hits").EnumerateArray()
                .Select(hit => hit.GetProperty("snippet").GetString()).SequenceEqual(snippets));
        await Finds($"{word} before", $"{word} message");
        Assert.Null((await conversation.Execute(new EditMessage(by, "e1", noted.Sequence, $"{word} after"))).Refusal);
        await Finds($"{word} after", $"{word} message");
        var hit = (await Find(admin.Token, $"q={word}")).GetProperty("hits")[0];
        Assert.Equal(noted.Sequence, hit.GetProperty("sequence").GetInt64());
        Assert.Null((await conversation.Execute(new RedactMessage(by, "r1", noted.Sequence))).Refusal);
        await Finds($"{word} message");
    }

    [Theory]
    [InlineData("q=", "Invalid")]
    [InlineData("", "Invalid")]
    [InlineData("q=退", "Invalid")]
    [InlineData("q=退款 ！", "Invalid")]
    [InlineData("q=a b c d e f g h i", "Invalid")]
    [InlineData("q=refund&limit=51", "Invalid")]
    [InlineData("q=refund&limit=x", "Invalid")]
    [InlineData("q=refund&state=lost", "Invalid")]
    [InlineData("q=refund&from=yesterday", "Invalid")]
    [InlineData("q=refund&to=2026-01-01T00:00:00", "Invalid")]
    [InlineData("q=refund&cursor=none", "Invalid")]
    [InlineData("q=refund&agent=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Invalid")]
    public async Task What_can_not_be_looked_for_is_refused(string query, string code)
    {
        var admin = await Host.SignIn();
        using var answer = await Host.Get("/api/v1/search?" + query, admin.Token);
        await ProductHost.Problem(answer, 400, code);
    }

    [Fact]
    public async Task A_query_that_is_too_long_is_refused()
    {
        var admin = await Host.SignIn();
        using var answer = await Host.Get("/api/v1/search?q=" + new string('a', 201), admin.Token);
        await ProductHost.Problem(answer, 400, "TooLong");
    }

    [Fact]
    public async Task More_searches_than_may_wait_are_refused_and_one_that_hangs_is_ended()
    {
        var clock = new FakeTimeProvider();
        using var gate = new SearchGate(clock);
        var hanging = Enumerable.Range(0, SearchGate.CountMax)
            .Select(_ => gate.Run(
                token => new TaskCompletionSource<string>().Task.WaitAsync(token), CancellationToken.None)).ToList();
        Assert.Null(await gate.Run(_ => Task.FromResult("found"), CancellationToken.None));
        clock.Advance(SearchGate.TimeMax);
        foreach (var one in hanging)
            await Assert.ThrowsAsync<TimeoutException>(() => one);
        Assert.Equal("found", await gate.Run(_ => Task.FromResult("found"), CancellationToken.None));
    }

    [Fact]
    public void A_snippet_is_cut_around_the_first_place_and_never_within_a_pair()
    {
        var before = string.Concat(Enumerable.Repeat("😀", 100));
        for (var shift = 0; shift < 2; shift++)
        {
            var text = before + new string('x', shift) + "退款" + before;
            var snippet = Snippet.Of(text, [new(200 + shift, 2), new(text.Length - 2, 2)]);
            Assert.InRange(snippet.Text.Length, 2, Snippet.LengthMax);
            Assert.True(snippet.CutBefore && snippet.CutAfter);
            var place = Assert.Single(snippet.Places);
            Assert.Equal("退款", snippet.Text.Substring(place.Start, place.Length));
            Assert.False(char.IsLowSurrogate(snippet.Text[0]) || char.IsHighSurrogate(snippet.Text[^1]));
        }
        Assert.Equal(new Snippet("短", false, false, []), Snippet.Of("短", []) with { Places = [] });
    }

    private async Task<JsonElement> Find(string token, string query)
    {
        using var answer = await Host.Get("/api/v1/search?" + query, token);
        return await ProductHost.Json(answer, HttpStatusCode.OK);
    }

    private async Task<string> Write(string message, string note)
    {
        var grains = Host.Part<IGrainFactory>();
        var visitor = "v" + Guid.NewGuid().ToString("n");
        var by = new Actor(ActorKind.Visitor, visitor, "");
        var started = await grains.GetGrain<IVisitorGrain>($"demo/{visitor}").StartConversation(
            new StartRequest(by, "start", "zh-CN", ImmutableDictionary<string, string>.Empty, "m1", message));
        Assert.Null(started.Refusal);
        var conversation = grains.GetGrain<IConversationGrain>(started.ConversationId);
        var supervisor = new Actor(ActorKind.Agent, "s1", "S") { IsSupervisor = true };
        Assert.Null((await conversation.Execute(new AddNote(supervisor, "n1", note))).Refusal);
        return started.ConversationId;
    }
}
