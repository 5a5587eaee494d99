using CustomerService.Conversations;
using CustomerService.Feed;

namespace CustomerService.FrontTests;

/// <summary>Delivered marks as a front passes them: from its clients on to the conversation, and from there to the other
/// side's clients, now and when they resume.</summary>
public sealed class DeliveredTests
{
    [Theory]
    [InlineData("visitor")]
    [InlineData("agent")]
    public async Task A_clients_word_goes_to_the_conversation_and_is_answered_at_once(string side)
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var client = side == "visitor" ? await front.Visitor() : await front.Agent();
        // Not subscribed: an agent's inbox shows conversations that are not open.
        Assert.Equal(
            """{"error":null}""",
            (await client.Call("MarkDelivered", new { conversationId = "c-1", upTo = 2 })).GetRawText());
        Assert.Equal(new SignalView("delivered") { ReceivedUpTo = 2 }, Assert.Single(conversation.Signals));
    }

    [Fact]
    public async Task Bad_marks_are_refused_and_go_nowhere()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var client = await front.Visitor();
        Assert.Equal("Invalid", await client.Error("MarkDelivered", new { conversationId = "c-1", upTo = -1 }));
        Assert.Equal("Invalid", await client.Error("MarkDelivered", new { conversationId = "c-1" }));
        Assert.Equal("Invalid", await client.Error("MarkDelivered", new { conversationId = "c-1", upTo = "2" }));
        Assert.Equal("Invalid", await client.Error("MarkDelivered", new { conversationId = "", upTo = 2 }));
        Assert.Equal("Invalid", await client.Error("MarkDelivered", new { upTo = 2 }));
        Assert.Empty(conversation.Signals);
        // Somebody else's and none at all are told apart by nobody: the conversation decides, and says nothing.
        var stranger = await front.Visitor("mallory");
        Assert.Null(await stranger.Error("MarkDelivered", new { conversationId = "c-1", upTo = 2 }));
        Assert.Null(await stranger.Error("MarkDelivered", new { conversationId = "c-none", upTo = 2 }));
    }

    [Fact]
    public async Task Marks_count_as_calls()
    {
        await using var front = await TestFront.Start(
            ("Limits:CallsBurstPerConnection", "2"), ("Limits:CallsPerSecondPerConnection", "0.01"));
        front.World.Start("c-1");
        var client = await front.Visitor();
        Assert.Null(await client.Error("MarkDelivered", new { conversationId = "c-1", upTo = 1 }));
        Assert.Null(await client.Error("MarkDelivered", new { conversationId = "c-1", upTo = 2 }));
        Assert.Equal("RateLimited", await client.Error("MarkDelivered", new { conversationId = "c-1", upTo = 3 }));
    }

    [Fact]
    public async Task The_other_side_is_told_upwards_only_and_whoever_resumes_learns_it()
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1").State = ConversationState.Assigned;
        var visitor = await front.Visitor();
        var agent = await front.Agent();
        Assert.False((await visitor.Call("Resume", new { conversationId = "c-1", after = 0 }))
            .TryGetProperty("deliveredUpTo", out _)); // Nothing is known.
        await agent.Call("Subscribe", new { conversationId = "c-1", after = 0 });
        var byAnn = new AuthorView("agent", "ann", "ANN");
        void Tell(long? upTo) => front.World.Push(new SignalEnvelope(
            "c-1", Audience.Visitors, new SignalView("delivered") { By = byAnn, UpTo = upTo }));
        Tell(null); // Of a silo that does not know such marks and hands on what it got.
        Tell(4);
        Tell(3);
        Tell(4);
        Tell(5);
        await visitor.Until("Signal", told => told.GetProperty("upTo").GetInt64() == 5);
        Assert.Equal(
            [
                """{"conversationId":"c-1","type":"delivered","by":{"kind":"agent","id":"ann","name":"ANN"},"upTo":4}""",
                """{"conversationId":"c-1","type":"delivered","by":{"kind":"agent","id":"ann","name":"ANN"},"upTo":5}""",
            ],
            visitor.Told("Signal").Select(told => told.GetRawText()));
        Assert.Empty(agent.Told("Signal"));

        var again = await front.Visitor();
        Assert.Equal(5, (await again.Call("Resume", new { conversationId = "c-1", after = 0 }))
            .GetProperty("deliveredUpTo").GetInt64());
        // Agents count otherwise, and of what visitors hold nothing was told.
        Assert.False((await agent.Call("Subscribe", new { conversationId = "c-1", after = 0 }))
            .TryGetProperty("deliveredUpTo", out _));
    }

    [Fact]
    public async Task A_front_that_was_told_nothing_learns_it_by_registering()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        (conversation.DeliveredToAgents, conversation.DeliveredToVisitors) = (7, 9);
        var visitor = await front.Visitor();
        var agent = await front.Agent();
        Assert.Equal(7, (await visitor.Call("Resume", new { conversationId = "c-1", after = 0 }))
            .GetProperty("deliveredUpTo").GetInt64());
        Assert.Equal(9, (await agent.Call("Subscribe", new { conversationId = "c-1", after = 0 }))
            .GetProperty("deliveredUpTo").GetInt64());
    }
}
