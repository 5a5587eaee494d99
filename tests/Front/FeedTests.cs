using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Support;

namespace CustomerService.FrontTests;

/// <summary>Who is told what, and how a front heals.</summary>
public sealed class FeedTests
{
    [Fact]
    public async Task A_note_never_reaches_a_visitor_and_leaves_no_hole()
    {
        await using var front = await TestFront.Start(("Feed:HeadsSeconds", "1"));
        var visitor = await front.Visitor();
        await visitor.Call("StartConversation", new { clientId = "k" });
        var agent = await front.Agent();
        await agent.Call("Subscribe", new { conversationId = "c-k", after = 0 });
        Assert.Null(await agent.Error(
            "AddNote", new { conversationId = "c-k", clientMessageId = "n1", text = "canary-note" }));
        await agent.Call("SendMessage", new { conversationId = "c-k", clientMessageId = "m1", text = "hello" });
        await agent.Until("Events", e => e.GetRawText().Contains("canary-note", StringComparison.Ordinal));
        var told = await visitor.Until("Events");
        Assert.Equal(2, told.GetProperty("events")[0].GetProperty("sequence").GetInt64());
        Assert.Equal(2, told.GetProperty("head").GetInt64());
        await visitor.Until("Heads");
        var resumed = await visitor.Call("Resume", new { conversationId = "c-k", after = 0 });
        Assert.DoesNotContain("canary", visitor.AllTold + resumed.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clients_own_id_goes_back_to_its_author_only()
    {
        await using var front = await TestFront.Start();
        var visitor = await front.Visitor();
        var tab = await front.Visitor();
        var ann = await front.Agent("ann");
        var bob = await front.Agent("bob");
        await visitor.Call("StartConversation", new { clientId = "k" });
        await tab.Call("Resume", new { conversationId = "c-k", after = 0 });
        foreach (var agent in new[] { ann, bob })
            await agent.Call("Subscribe", new { conversationId = "c-k", after = 0 });
        await visitor.Call("SendMessage", new { conversationId = "c-k", clientMessageId = "by-vera", text = "1" });
        await ann.Call("SendMessage", new { conversationId = "c-k", clientMessageId = "by-ann", text = "2" });
        foreach (var client in new[] { visitor, tab, ann, bob })
            await client.Until("Events", e => e.GetRawText().Contains("\"text\":\"2\"", StringComparison.Ordinal));
        foreach (var (client, own, other) in new[]
            { (visitor, "by-vera", "by-ann"), (tab, "by-vera", "by-ann"), (ann, "by-ann", "by-vera") })
        {
            Assert.Contains($"\"clientMessageId\":\"{own}\"", client.AllTold, StringComparison.Ordinal);
            Assert.DoesNotContain($"\"clientMessageId\":\"{other}\"", client.AllTold, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("clientMessageId", bob.AllTold, StringComparison.Ordinal);
        var resumed = await bob.Call("Subscribe", new { conversationId = "c-k", after = 0 });
        Assert.DoesNotContain("clientMessageId", resumed.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_subscriber_watches_and_the_last_one_gone_ends_it()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var one = await front.Visitor();
        var two = await front.Visitor();
        await one.Call("Resume", new { conversationId = "c-1", after = 0 });
        await two.Call("Resume", new { conversationId = "c-1", after = 0 });
        Assert.Equal(1, conversation.Watches);
        await one.DisposeAsync();
        await Await.Until("one is gone", () => front.Connections.Count == 1);
        Assert.Equal(0, conversation.Unwatches);
        await two.DisposeAsync();
        await Await.Until("the front unwatched", () => conversation.Unwatches == 1);
    }

    [Fact]
    public async Task Unsubscribe_ends_the_events()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var agent = await front.Agent();
        await agent.Call("Subscribe", new { conversationId = "c-1", after = 0 });
        await agent.Call("Unsubscribe", new { conversationId = "c-1" });
        conversation.Append(Message("unseen"), isVisible: true);
        await agent.Call("Inbox");
        Assert.Empty(agent.Told("Events"));
    }

    [Fact]
    public async Task Whom_a_transfer_leaves_behind_gets_nothing_more_and_a_supervisor_does()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var ann = await front.Agent("ann");
        var boss = await front.Agent("boss", "supervisor", "none");
        foreach (var agent in new[] { ann, boss })
            Assert.Null(await agent.Error("Subscribe", new { conversationId = "c-1", after = 0 }));
        conversation.Append(Message("before"), isVisible: true);
        (conversation.QueueId, conversation.AgentId) = ("vip", "zoe");
        conversation.Append(Message("after"), isVisible: true);
        front.World.Push(new SignalEnvelope("c-1", Audience.Agents, new SignalView("typing") { Text = "after" }));
        await boss.Until("Signal");
        await boss.Until("Events", e => e.GetRawText().Contains("after", StringComparison.Ordinal));
        await ann.Call("Inbox");
        Assert.Contains("before", ann.AllTold, StringComparison.Ordinal);
        Assert.DoesNotContain("after", ann.AllTold, StringComparison.Ordinal);
        Assert.Equal("NotFound", await ann.Error("Subscribe", new { conversationId = "c-1", after = 0 }));
    }

    [Fact]
    public async Task Unsent_text_and_ones_own_typing_are_not_told()
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1").State = ConversationState.Assigned;
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        var byVera = new AuthorView("visitor", "vera", "vera");
        var byAnn = new AuthorView("agent", "ann", "Ann");
        front.World.Push(new SignalEnvelope("c-1", Audience.Visitors, new SignalView("typing") { By = byVera }));
        front.World.Push(
            new SignalEnvelope("c-1", Audience.Visitors, new SignalView("typing") { By = byAnn, Text = "unsent" }));
        Assert.Equal(
            """{"conversationId":"c-1","type":"typing","by":{"kind":"agent","id":"ann","name":"Ann"}}""",
            (await visitor.Until("Signal")).GetRawText());
        Assert.Single(visitor.Told("Signal"));
    }

    [Fact]
    public async Task A_grain_that_forgot_this_front_is_watched_again_and_clients_hear_of_the_head()
    {
        await using var front = await TestFront.Start(("Feed:HeadsSeconds", "1"));
        var conversation = front.World.Start("c-1");
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        conversation.Forget("e2");
        conversation.Append(Message("lost"), isVisible: true);
        await visitor.Until("Heads", h => h[0].GetProperty("head").GetInt64() == 1);
        await Await.Until("the front watched again", () => conversation.Watches == 2);
        conversation.Append(Message("heard"), isVisible: true);
        await visitor.Until("Events", e => e.GetProperty("head").GetInt64() == 2);
    }

    [Fact]
    public async Task Another_epoch_in_an_announcement_watches_again()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        conversation.Epoch = "e2";
        conversation.Append(Message("1"), isVisible: true);
        await visitor.Until("Events");
        await Await.Until("the front watched again", () => conversation.Watches == 2);
    }

    [Fact]
    public async Task An_agent_whom_a_lost_announcement_let_in_may_subscribe_at_once()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        conversation.QueueId = "vip";
        var boss = await front.Agent("boss", "supervisor");
        await boss.Call("Subscribe", new { conversationId = "c-1", after = 0 });
        var ann = await front.Agent();
        Assert.Equal("NotFound", await ann.Error("Subscribe", new { conversationId = "c-1", after = 0 }));
        conversation.AgentId = "ann";
        Assert.Null(await ann.Error("Subscribe", new { conversationId = "c-1", after = 0 }));
    }

    [Fact]
    public async Task Silos_that_come_or_go_and_silence_are_noticed()
    {
        await using var front = await TestFront.Start(
            ("Feed:SilosSeconds", "0.5"), ("Feed:ProbeSeconds", "0.2"), ("Feed:SilenceSecondsMax", "0.6"));
        var conversation = front.World.Start("c-1");
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        await Await.Until("the silos were read", () => front.World.SilosRead > 1);
        front.World.SiloNames = "a b";
        await Await.Until("the front watched again", () => conversation.Watches > 1);
        // Probes come back, so nothing is amiss: let what the change of silos began come to its end.
        await Await.Until("both probes and silos went round", () => front.World.SilosRead > 3);
        var before = conversation.Watches;
        front.World.IsFeedAlive = false;
        await Await.Until("the front watched again", () => conversation.Watches > before);
    }

    [Fact]
    public async Task Places_are_told_when_they_change_and_at_once_to_newcomers()
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        await visitor.Until("Signal", s => s.GetProperty("position").GetInt32() == 3);
        var asked = front.World.Queue.Asked;
        await Await.Until("the queue was asked again", () => front.World.Queue.Asked > asked + 2);
        Assert.Single(visitor.Told("Signal"));
        front.World.Queue.Position = 2;
        await visitor.Until("Signal", s => s.GetProperty("position").GetInt32() == 2);
    }

    [Fact]
    public async Task While_an_agent_is_asked_the_visitor_is_not_left_with_word_that_nobody_is_there()
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1").State = ConversationState.Offered;
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        var told = await visitor.Until("Signal");
        Assert.Equal(1, told.GetProperty("position").GetInt32());
        Assert.Equal(1, told.GetProperty("agentsOnline").GetInt32());
        Assert.Equal(0, front.World.Queue.Asked);
    }

    [Fact]
    public async Task A_visitor_whose_declined_offer_was_announced_to_nobody_was_told_no_place()
    {
        await using var front = await TestFront.Start(("Feed:HeadsSeconds", "1"));
        var conversation = front.World.Start("c-1");
        conversation.State = ConversationState.Offered;
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        await visitor.Until("Signal", s => s.GetProperty("position").GetInt32() == 1);
        conversation.State = ConversationState.Waiting;
        conversation.Append(
            new EventView(0, DateTimeOffset.UnixEpoch, "offerDeclined"), isVisible: false, isAnnounced: false);
        await visitor.Until("Signal", s => s.GetProperty("position").GetInt32() == 3);
    }

    [Fact]
    public async Task A_visitor_followed_an_overtaken_activation_that_answered_what_it_remembered()
    {
        await using var front = await TestFront.Start(("Feed:HeadsSeconds", "1"));
        var conversation = front.World.Start("c-1");
        conversation.State = ConversationState.Closed;
        conversation.Append(Message("closed"), isVisible: true);
        var visitor = await front.Visitor();
        await visitor.Call("Resume", new { conversationId = "c-1", after = 0 });
        conversation.Overtaken = new WatchReceipt("e1", 1, 1, ConversationState.Closed, "vera", "default", null);
        conversation.Forget("e2");
        conversation.State = ConversationState.Waiting;
        conversation.Append(Message("come back"), isVisible: true);
        // Its place is told only by a front that knows of the wait.
        await visitor.Until("Signal", s => s.GetProperty("position").GetInt32() == 3);
        Assert.Contains(conversation.Commands, c => c is CheckConversationDeadlines { DueAt: null });
    }

    [Fact]
    public async Task Agents_are_present_while_any_connection_is_alive()
    {
        await using var front = await TestFront.Start(("Feed:ArriveSeconds", "0.3"));
        var one = await front.Agent();
        var two = await front.Agent();
        var ann = front.World.Agent("ann");
        await Await.Until("presence was renewed", () => ann.Arrivals > 3);
        await one.DisposeAsync();
        await Await.Until("one is gone", () => front.Connections.Count == 1);
        Assert.Equal(0, ann.Leaves);
        await two.DisposeAsync();
        await Await.Until("the last one left", () => ann.Leaves == 1);
    }

    [Fact]
    public async Task One_agent_whose_grain_hung_made_all_agents_of_the_front_absent_and_silenced_heads()
    {
        await using var front = await TestFront.Start(("Feed:ArriveSeconds", "0.3"), ("Feed:HeadsSeconds", "1"));
        var hanging = new TaskCompletionSource();
        var bob = await front.Agent("bob");
        var visitor = await front.Visitor();
        await visitor.Call("StartConversation", new { clientId = "k1" });
        front.World.Agent("ann").Blocked = hanging.Task;
        await front.Agent();
        var renewed = front.World.Agent("bob").Arrivals;
        var heads = (bob.Told("Heads").Count, visitor.Told("Heads").Count);
        await Await.Until("others are renewed all the same", () => front.World.Agent("bob").Arrivals > renewed + 3);
        await Await.Until("heads go on", () =>
            bob.Told("Heads").Count > heads.Item1 + 2 && visitor.Told("Heads").Count > heads.Item2 + 2);
        Assert.Equal(1, front.World.Agent("ann").Arrivals);
        hanging.SetResult();
        await Await.Until("who hung is renewed again", () => front.World.Agent("ann").Arrivals > 1);
    }

    [Fact]
    public async Task What_was_stored_before_a_late_registration_waited_for_the_next_round_of_heads()
    {
        await using var front = await TestFront.Start(("Feed:HeadsSeconds", "300"));
        var visitor = await front.Visitor();
        var conversation = front.World.Start("c-k1");
        conversation.WatchFailure = new TimeoutException();
        await visitor.Call("StartConversation", new { clientId = "k1" });
        conversation.Append(Message("unannounced"), isVisible: true);
        conversation.WatchFailure = null;
        await visitor.Until("Heads", h => h[0].GetProperty("head").GetInt64() == 2);
        conversation.Append(Message("announced"), isVisible: true);
        await visitor.Until("Events");
    }

    [Fact]
    public async Task A_connection_subscribes_to_so_many_conversations_at_most()
    {
        await using var front = await TestFront.Start(("Feed:SubscriptionsPerConnectionMax", "2"));
        var agent = await front.Agent();
        for (var i = 1; i <= 3; i++)
        {
            front.World.Start($"c-{i}");
            var error = await agent.Error("Subscribe", new { conversationId = $"c-{i}", after = 0 });
            Assert.Equal(i == 3 ? "Invalid" : null, error);
        }
        Assert.Null(await agent.Error("Subscribe", new { conversationId = "c-1", after = 0 }));
    }

    private static EventView Message(string text) => new(0, DateTimeOffset.UnixEpoch, "messagePosted")
    {
        Author = new AuthorView("agent", "zoe", "Zoe"), Text = text, Attachments = [],
    };
}
