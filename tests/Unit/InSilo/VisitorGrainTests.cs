using CustomerService.Conversations;
using CustomerService.Storage.Journal;
using CustomerService.Support;
using CustomerService.Visitors;

namespace CustomerService.Unit.Tests.InSilo;

public sealed class VisitorGrainTests(OneSilo silo) : IClassFixture<OneSilo>
{
    [Fact]
    public async Task A_blocked_visitor_is_refused_at_once_and_everywhere_until_that_is_lifted()
    {
        var started = await silo.Start("rude", "c1", "m1", "hey");
        var visitor = OneSilo.VisitorActor("rude");
        var boss = new Actor(ActorKind.Agent, "boss-of-rude", "Boss") { IsSupervisor = true };
        Assert.Null((await silo.Visitor("rude").SetBlocked(boss, started.ConversationId, true, "abuse", "b1")).Refusal);
        Assert.True((await silo.Visitor("rude").SetBlocked(boss, started.ConversationId, true, "abuse", "b1")).Card!.Blocked);
        await Await.Until("the conversation has heard of it", async () => (await silo.Conversation(started.ConversationId)
            .Execute(new PostMessage(visitor, "m2", "hey", null))).Refusal is { Reason: "blocked" });
        var again = await silo.Start("rude", "c2", "m3", "hey");
        Assert.Equal((RefusalCode.Forbidden, "blocked"), (again.Refusal?.Code, again.Refusal?.Reason));
        // What was stored before is answered as it was.
        Assert.Null((await silo.Conversation(started.ConversationId).Execute(new PostMessage(visitor, "m1", "hey", null))).Refusal);
        Assert.Equal(RefusalCode.NotFound, (await silo.Visitor("rude").Card(visitor, started.ConversationId)).Refusal?.Code);

        Assert.False((await silo.Visitor("rude").SetBlocked(boss, started.ConversationId, false, null, "b2")).Card!.Blocked);
        await Await.Until("it may write again", async () => (await silo.Conversation(started.ConversationId)
            .Execute(new PostMessage(visitor, "m4", "sorry", null))).Refusal is null);
        var audit = await silo.History.Page(boss, started.ConversationId, 0, null, 50);
        Assert.Equal(
            [("visitorBlocked", "abuse"), ("visitorUnblocked", null)],
            audit.Events.Where(view => view.Type.StartsWith("visitor", StringComparison.Ordinal)).Select(view => (view.Type, view.Reason)));
    }

    [Fact]
    public async Task A_page_reaches_the_card_and_who_follows_the_conversation()
    {
        var started = await silo.Start("walker", "c1");
        await silo.Conversation(started.ConversationId).Watch("front-walker", Audience.Agents);
        var boss = new Actor(ActorKind.Agent, "boss-of-walker", "Boss") { IsSupervisor = true };
        var page = new PageView("https://shop.example/lamps", "Lamps", default);
        await silo.Visitor("walker").PageViewed(OneSilo.VisitorActor("walker"), page);
        await silo.Visitor("walker").PageViewed(OneSilo.VisitorActor("somebody-else"), page with { Title = "no" });
        var card = (await silo.Visitor("walker").Card(boss, started.ConversationId)).Card!;
        Assert.Equal("Lamps", card.Pages.Single().Title);
        await Await.Until("agents are told", () => Task.FromResult(
            silo.Feed.Signals("front-walker").Any(told => told.Signal.Page?.Title == "Lamps")));
    }

    [Fact]
    public async Task Fifty_tabs_at_once_make_one_conversation()
    {
        var receipts = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => silo.Start("tabs", $"c{i}", $"m{i}", $"{i}")));
        Assert.All(receipts, receipt => Assert.Null(receipt.Refusal));
        var id = Assert.Single(receipts.Select(receipt => receipt.ConversationId).Distinct());
        Assert.Equal(50, receipts.Select(receipt => receipt.Sequence).Distinct().Count());
        Assert.Equal(52, (await silo.Database.Journal.Heads(["conversation/" + id]))[0].Version);
    }

    [Fact]
    public async Task The_same_start_again_is_the_same_answer()
    {
        var first = await silo.Start("again", "c1", "m1", "你好");
        Assert.Equal((null, 2L), (first.Refusal, first.Sequence));
        await silo.Deactivate(silo.Visitor("again"));
        Assert.Equal(first, await silo.Start("again", "c1", "m1", "你好"));
        Assert.Equal(RefusalCode.Conflict, (await silo.Start("again", "c1", "m1", "other")).Refusal?.Code);
    }

    [Fact]
    public async Task A_refused_first_message_creates_nothing()
    {
        var refused = await silo.Start("blank", "c1", "m1", " ");
        Assert.Equal((RefusalCode.Invalid, ""), (refused.Refusal!.Code, refused.ConversationId));
        Assert.Equal(0, (await silo.Database.Journal.Heads(["visitor/demo/blank"]))[0].Version);
    }

    [Fact]
    public async Task An_unknown_site_is_not_found() => Assert.Equal(RefusalCode.NotFound, (await silo.Grains
        .GetGrain<IVisitorGrain>("nowhere/v").StartConversation(
            new StartRequest(OneSilo.VisitorActor("v"), "c1", "en", [], null, null))).Refusal?.Code);

    [Fact]
    public async Task A_crash_between_the_two_streams_is_mended_by_the_owed_effect()
    {
        silo.Database.Faults.FailNext(
            call => call is { Operation: "Append" } && call.Target.StartsWith("conversation/", StringComparison.Ordinal)
                && call.Append!.Row?.VisitorId == "crash",
            () => new JournalUnavailableException());
        Assert.Equal(RefusalCode.Unavailable, (await silo.Start("crash", "c1", "m1", "hi")).Refusal?.Code);
        // Nobody asks again: the sweep does, a few seconds after the crash.
        var id = CustomerService.Grains.Visitors.VisitorRules.ConversationId("demo", "crash", "c1");
        await Await.Until("the sweep began it", async () =>
            (await silo.Database.Journal.Heads(["conversation/" + id]))[0].Version == 2, TimeSpan.FromSeconds(60));
        var retried = await silo.Start("crash", "c1", "m1", "hi");
        Assert.Equal((null, id, 2L), (retried.Refusal, retried.ConversationId, retried.Sequence));
    }

    [Fact]
    public async Task An_unknown_outcome_of_opening_is_settled_by_a_retry()
    {
        silo.Database.Faults.CommitThenUnknown("visitor/demo/unsure");
        Assert.Equal(RefusalCode.Unavailable, (await silo.Start("unsure", "c1", "m1", "hi")).Refusal?.Code);
        StartReceipt receipt = null!;
        await Await.Until("it is answered", async () =>
            (receipt = await silo.Start("unsure", "c1", "m1", "hi")).Refusal is null);
        Assert.Equal(2, receipt.Sequence);
        Assert.Equal(1, (await silo.Database.Journal.Heads(["visitor/demo/unsure"]))[0].Version);
    }

    [Fact]
    public async Task A_conversation_out_of_reach_is_a_refusal_not_an_exception()
    {
        var id = (await silo.Start("reach", "c1")).ConversationId;
        await silo.Deactivate(silo.Conversation(id));
        silo.Database.Faults.FailNext(
            call => call.Operation == "Read" && call.Target == "conversation/" + id,
            () => new JournalUnavailableException());
        Assert.Equal(RefusalCode.Unavailable, (await silo.Start("reach", "c2")).Refusal?.Code);
        Assert.Equal(id, (await silo.Start("reach", "c2")).ConversationId);
    }

    [Fact]
    public async Task A_new_start_reopens_and_a_retried_one_does_not()
    {
        var first = await silo.Start("back", "c1", "m1", "hi");
        var conversation = silo.Conversation(first.ConversationId);
        await conversation.Execute(new CloseConversation(OneSilo.VisitorActor("back"), null, null));
        var closed = await silo.Start("back", "c1", "m1", "hi");
        Assert.Equal((null, ConversationState.Closed, 2L), (closed.Refusal, closed.State, closed.Sequence));
        Assert.Equal(RefusalCode.Closed, (await silo.Start("back", "c1", "m2", "never stored")).Refusal?.Code);

        var reopened = await silo.Start("back", "c2", "m3", "still there?");
        Assert.Equal((null, first.ConversationId), (reopened.Refusal, reopened.ConversationId));
        Assert.Equal(ConversationState.Waiting, reopened.State);
        await conversation.Execute(new CloseConversation(OneSilo.VisitorActor("back"), null, null));
        var again = await silo.Start("back", "c2", "m3", "still there?");
        Assert.Equal((ConversationState.Closed, reopened.Sequence), (again.State, again.Sequence));
    }

    [Fact]
    public async Task After_the_window_a_new_one_begins_and_the_old_one_can_not_be_reopened_beside_it()
    {
        var visitor = silo.Grains.GetGrain<IVisitorGrain>("final/v");
        var by = OneSilo.VisitorActor("v");
        var first = await visitor.StartConversation(new StartRequest(by, "c1", "en", [], null, null));
        var closed = await silo.Conversation(first.ConversationId).Execute(new CloseConversation(by, null, null));
        var second = await visitor.StartConversation(new StartRequest(by, "c2", "en", [], null, null));
        Assert.NotEqual(first.ConversationId, second.ConversationId);

        var boss = new Actor(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };
        var reopen = await visitor.ReopenConversation(boss, first.ConversationId, "r1");
        Assert.Equal((RefusalCode.Conflict, second.ConversationId), (reopen.Refusal!.Code, reopen.Refusal.ConversationId));
        await visitor.ConversationClosed(second.ConversationId, 0); // Nothing closed at that version.
        Assert.NotNull((await visitor.ReopenConversation(boss, first.ConversationId, "r1")).Refusal);

        await silo.Conversation(second.ConversationId).Execute(new CloseConversation(by, null, null));
        Assert.Null((await visitor.ReopenConversation(boss, first.ConversationId, "r1")).Refusal);
        await visitor.ConversationClosed(first.ConversationId, closed.Version); // Heard late: old news.
        Assert.Equal(first.ConversationId, (await visitor.StartConversation(
            new StartRequest(by, "c3", "en", [], null, null))).ConversationId);
    }
}
