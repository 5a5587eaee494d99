using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Storage.Journal;
using CustomerService.Support;
using CustomerService.Visitors;

namespace CustomerService.Unit.Tests.InSilo;

public sealed class ConversationGrainTests(OneSilo silo) : IClassFixture<OneSilo>
{
    [Fact]
    public async Task A_message_has_one_sequence_however_often_it_is_sent()
    {
        var id = (await silo.Start("sender", "c1")).ConversationId;
        var post = new PostMessage(OneSilo.VisitorActor("sender"), "m1", "你好", null);
        var first = await silo.Conversation(id).Execute(post);
        var again = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => silo.Conversation(id).Execute(post)));
        Assert.Equal((null, 2L), (first.Refusal, first.Sequence));
        Assert.All(again, receipt => Assert.Equal((first.Sequence, first.At), (receipt.Sequence, receipt.At)));
        var other = await silo.Conversation(id).Execute(post with { Text = "something else" });
        Assert.Equal(RefusalCode.Conflict, other.Refusal?.Code);
        Assert.Single(await Messages(id));
    }

    [Fact]
    public async Task An_old_id_is_found_when_memory_knows_it_no_more()
    {
        var id = (await silo.Start("old", "c1", "m0", "first")).ConversationId;
        for (var i = 1; i <= 40; i++)
            await silo.Conversation(id).Execute(new PostMessage(OneSilo.VisitorActor("old"), $"m{i}", $"{i}", null));
        var again = await silo.Conversation(id).Execute(new PostMessage(OneSilo.VisitorActor("old"), "m0", "first", null));
        Assert.Equal((null, 2L), (again.Refusal, again.Sequence));
        await silo.Conversation(id).Execute(new CloseConversation(OneSilo.VisitorActor("old"), null, null));
        again = await silo.Conversation(id).Execute(new PostMessage(OneSilo.VisitorActor("old"), "m0", "first", null));
        Assert.Equal((null, 2L), (again.Refusal, again.Sequence));
        var late = await silo.Conversation(id).Execute(new PostMessage(OneSilo.VisitorActor("old"), "m99", "late", null));
        Assert.Equal(RefusalCode.Closed, late.Refusal?.Code);
    }

    [Fact]
    public async Task What_is_removed_is_gone_from_the_journal_and_its_id_answers_as_before()
    {
        var id = (await silo.Start("leaky", "c1")).ConversationId;
        var boss = new Actor(ActorKind.Agent, "boss-of-leaky", "Boss") { IsSupervisor = true };
        var post = new PostMessage(boss, "m1", "卡号 6222", null);
        var first = await silo.Conversation(id).Execute(post);
        await silo.Conversation(id).Watch("front-leaky", Audience.Visitors);
        var edit = new EditMessage(boss, "e1", first.Sequence, "卡号 6222 0");
        var edited = await silo.Conversation(id).Execute(edit);
        Assert.Equal((null, edited.Sequence), ((await silo.Conversation(id).Execute(edit)).Refusal, edited.Sequence));
        var redaction = new RedactMessage(boss, "x1", first.Sequence);
        var removed = await silo.Conversation(id).Execute(redaction);
        Assert.Null(removed.Refusal);
        Assert.Equal(removed.Sequence, (await silo.Conversation(id).Execute(redaction)).Sequence);

        var stored = await silo.Database.Journal.Read("conversation/" + id, 0, 1_000);
        Assert.All(stored, one => Assert.DoesNotContain(
            "6222", System.Text.Encoding.UTF8.GetString(one.Data.Span), StringComparison.Ordinal));
        Assert.DoesNotContain("6222", (await silo.Database.Index.Find(id))!.Activity.Preview, StringComparison.Ordinal);
        var again = await silo.Conversation(id).Execute(post);
        Assert.Equal((null, first.Sequence, first.At), (again.Refusal, again.Sequence, again.At));

        var page = await silo.History.Resume(OneSilo.VisitorActor("leaky"), id, 0);
        Assert.Equal("queued messagePosted messageEdited messageRedacted", string.Join(' ', page.Events.Select(view => view.Type)));
        Assert.Equal((true, ""), (page.Events[1].Redacted!.Value, page.Events[1].Text));
        Assert.Equal(page.Events[1].MessageId, page.Events[3].MessageId);
        var told = silo.Feed.Events("front-leaky").SelectMany(envelope => envelope.ForVisitors).Select(view => view.Type);
        Assert.Equal(["messageEdited", "messageRedacted"], told);
        await silo.Deactivate(silo.Conversation(id));
        Assert.Equal(removed.Version, (await silo.Conversation(id).Describe(boss))!.Head);
    }

    [Fact]
    public async Task A_commit_that_then_throws_is_found_again_by_its_id()
    {
        var id = (await silo.Start("unknown", "c1")).ConversationId;
        var post = new PostMessage(OneSilo.VisitorActor("unknown"), "m1", "hello", null);
        silo.Database.Faults.CommitThenUnknown("conversation/" + id);
        Assert.Equal(RefusalCode.Unavailable, (await silo.Conversation(id).Execute(post)).Refusal?.Code);
        var retried = await Retried(() => silo.Conversation(id).Execute(post));
        Assert.Equal(2, retried.Sequence);
        Assert.Single(await Messages(id));
    }

    [Theory]
    [InlineData("conversation.started.v1", "{}")]
    [InlineData("conversation.started.v1", "{\"conversationId\":")]
    [InlineData("conversation.of-tomorrow.v9", "{}")]
    public async Task A_damaged_event_quarantines_its_conversation_and_no_other(string type, string data)
    {
        var id = "damaged-" + data.Length + type.Length;
        await silo.Database.Journal.Append(new Append(
            "conversation/" + id, 0, [new NewEvent(type, DateTimeOffset.UnixEpoch, System.Text.Encoding.UTF8.GetBytes(data))]));
        var post = new PostMessage(OneSilo.VisitorActor("damaged"), "m1", "hello", null);
        Assert.Equal(Refusal.Quarantined, (await silo.Conversation(id).Execute(post)).Refusal);
        Assert.Equal(Refusal.Quarantined, await silo.Conversation(id).MarkRead(OneSilo.VisitorActor("damaged"), 1));
        var sound = (await silo.Start("sound" + id, "c1")).ConversationId;
        Assert.Null((await silo.Conversation(sound).Execute(
            new PostMessage(OneSilo.VisitorActor("sound" + id), "m1", "hello", null))).Refusal);
    }

    [Fact]
    public async Task A_failure_before_the_commit_stores_nothing_and_a_full_writer_keeps_the_state()
    {
        var id = (await silo.Start("refused", "c1")).ConversationId;
        var post = new PostMessage(OneSilo.VisitorActor("refused"), "m1", "hello", null);
        silo.Database.Faults.FailNext(
            call => call.Operation == "Append" && call.Target == "conversation/" + id, () => new JournalOverloadedException());
        Assert.Equal(RefusalCode.Overloaded, (await silo.Conversation(id).Execute(post)).Refusal?.Code);
        Assert.Empty(await Messages(id));
        Assert.Equal(2, (await silo.Conversation(id).Execute(post)).Sequence);
    }

    [Fact]
    public async Task One_agent_of_many_wins()
    {
        var agents = new List<Actor>();
        for (var i = 0; i < 10; i++)
            agents.Add(await silo.Agent($"racer{i}", AgentStatus.Busy, "race"));
        var id = await StartAt("race");
        var receipts = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            silo.Conversation(id).Execute(new AcceptConversation(agents[i % 10], $"accept-{i}"))));
        var holder = (await silo.Conversation(id).Describe(Actor.System))!.Agent!.Id;
        Assert.All(receipts.Select((receipt, i) => (receipt, agent: agents[i % 10].Id)), pair =>
            Assert.Equal(pair.agent == holder ? null : RefusalCode.Conflict, pair.receipt.Refusal?.Code));
        var all = await silo.Database.Journal.Read("conversation/" + id, 0, 100);
        Assert.Single(all, stored => stored.Type == "conversation.assigned.v1");
    }

    [Fact]
    public async Task A_refused_reservation_can_never_be_assigned()
    {
        var id = (await silo.Start("late", "c1")).ConversationId;
        var refuse = new RefuseReservation(Actor.System, null, "ann", "r1");
        Assert.Null((await silo.Conversation(id).Execute(refuse)).Refusal);
        Assert.Null((await silo.Conversation(id).Execute(refuse)).Refusal);
        await silo.Deactivate(silo.Conversation(id));
        var assign = new AssignConversation(Actor.System, null, "r1", new AgentRef("ann", "Ann"), "default", "");
        Assert.Equal(RefusalCode.Conflict, (await silo.Conversation(id).Execute(assign)).Refusal?.Code);
        Assert.Equal(ConversationState.Waiting, (await silo.Conversation(id).Describe(Actor.System))!.State);
    }

    [Fact]
    public async Task Fronts_hear_what_their_audience_may_see_and_the_next_activation_remembers_them()
    {
        var id = (await silo.Start("watched", "c1")).ConversationId;
        var boss = new Actor(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };
        var watched = await silo.Conversation(id).Watch("front-v", Audience.Visitors);
        await silo.Conversation(id).Watch("front-a", Audience.Agents);
        await silo.Conversation(id).Execute(new AddNote(boss, "n1", "secret"));
        await silo.Conversation(id).Execute(new PostMessage(OneSilo.VisitorActor("watched"), "m1", "hi", null));
        var forAgents = silo.Feed.Events("front-a").SelectMany(envelope => envelope.ForAgents).ToList();
        Assert.Equal(["noteAdded", "messagePosted"], forAgents.Select(view => view.Type));
        Assert.Equal([3L, 4L], forAgents.Select(view => view.Sequence));
        Assert.All(silo.Feed.Events("front-a"), envelope => Assert.Empty(envelope.ForVisitors));
        Assert.All(silo.Feed.Events("front-v"), envelope => Assert.Empty(envelope.ForAgents));
        var seen = Assert.Single(silo.Feed.Events("front-v").SelectMany(envelope => envelope.ForVisitors));
        Assert.Equal((2L, "messagePosted"), (seen.Sequence, seen.Type));

        var before = await silo.Conversation(id).Describe(Actor.System);
        await silo.Deactivate(silo.Conversation(id));
        Assert.Equal(before, await silo.Conversation(id).Describe(Actor.System));
        await silo.Conversation(id).Execute(new PostMessage(OneSilo.VisitorActor("watched"), "m2", "again", null));
        var last = silo.Feed.Events("front-v").Last();
        Assert.Equal(3, Assert.Single(last.ForVisitors).Sequence);
        Assert.NotEqual(watched.Epoch, last.Epoch);
    }

    [Fact]
    public async Task Read_marks_only_rise_and_reach_the_other_side_in_its_numbering()
    {
        var id = (await silo.Start("reader", "c1", "m1", "one")).ConversationId;
        var boss = new Actor(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };
        await silo.Conversation(id).Execute(new AddNote(boss, "n1", "note"));
        await silo.Conversation(id).Execute(new PostMessage(boss, "b1", "answer", null));
        await silo.Conversation(id).Watch("front-r", Audience.Visitors);
        await silo.Conversation(id).Watch("front-s", Audience.Agents);
        Assert.Null(await silo.Conversation(id).MarkRead(boss, 4)); // The note: visitors' number 2 is the last below it.
        Assert.Null(await silo.Conversation(id).MarkRead(boss, 3)); // Lower: no news.
        Assert.Null(await silo.Conversation(id).MarkRead(boss, 999)); // Capped at the head.
        Assert.Null(await silo.Conversation(id).MarkRead(OneSilo.VisitorActor("reader"), 2));
        Assert.Equal([2L, 3L], silo.Feed.Signals("front-r").Select(sent => sent.Signal.UpTo!.Value));
        Assert.Equal([3L], silo.Feed.Signals("front-s").Select(sent => sent.Signal.UpTo!.Value));
        var marks = await silo.Database.Index.ReadMarks(id);
        Assert.Equal([("agent:boss", 5L), ("visitor", 2L)], marks.Select(mark => (mark.Reader, mark.UpTo)));
        // Whoever reloads the page learns of them by the resume, for a signal comes once only.
        Assert.Equal(3, (await silo.History.Resume(OneSilo.VisitorActor("reader"), id, 0)).ReadUpTo);
        Assert.Equal(3, (await silo.History.Resume(boss, id, 0)).ReadUpTo);
        Assert.Equal(RefusalCode.NotFound, (await silo.Conversation(id).MarkRead(OneSilo.VisitorActor("x"), 1))?.Code);
    }

    [Fact]
    public async Task Unsent_text_reaches_agents_only()
    {
        var id = (await silo.Start("typist", "c1")).ConversationId;
        var boss = new Actor(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };
        await silo.Conversation(id).Watch("front-t", Audience.Visitors);
        await silo.Conversation(id).Watch("front-u", Audience.Agents);
        await silo.Conversation(id).Signal(OneSilo.VisitorActor("typist"), new SignalView("typing") { Text = "hel" });
        await silo.Conversation(id).Signal(boss, new SignalView("typing") { Text = "draft" });
        await Await.Until("both were told", () =>
            silo.Feed.Signals("front-t").Any() && silo.Feed.Signals("front-u").Count() > 1);
        Assert.Null(silo.Feed.Signals("front-t").Single().Signal.Text);
        // Other agents learn that one of them types, and not what.
        Assert.Equal(
            [("agent", null), ("visitor", "hel")],
            silo.Feed.Signals("front-u").Select(told => (told.Signal.By!.Kind, told.Signal.Text)).Order());
        await silo.Conversation(id).Signal(OneSilo.VisitorActor("typist"), new SignalView("typing") { Text = new string('x', 4_000) });
        await Await.Until("it is cut", () => silo.Feed.Signals("front-u").Any(
            told => told.Signal.Text?.Length == Limits.UnsentTextLengthMax));
        await silo.Conversation(id).Signal(boss, new SignalView("viewing") { Online = true });
        await Await.Until("agents are told who looks", () => silo.Feed.Signals("front-u").Any(told => told.Signal.Type == "viewing"));
        Assert.Single(silo.Feed.Signals("front-t"));
    }

    [Fact]
    public async Task Unsent_text_reaches_nobody_where_the_site_does_not_say_so()
    {
        var visitor = OneSilo.VisitorActor("shy");
        var started = await silo.Grains.GetGrain<IVisitorGrain>("quiet/shy").StartConversation(new StartRequest(
            visitor, "c1", "en", System.Collections.Immutable.ImmutableDictionary<string, string>.Empty, null, null));
        await silo.Conversation(started.ConversationId).Watch("front-shy", Audience.Agents);
        await silo.Conversation(started.ConversationId).Signal(visitor, new SignalView("typing") { Text = "hel" });
        await Await.Until("agents were told", () => silo.Feed.Signals("front-shy").Any());
        Assert.Null(silo.Feed.Signals("front-shy").Single().Signal.Text);
    }

    [Fact]
    public async Task History_resumes_pages_and_hides()
    {
        var id = (await silo.Start("history", "c1")).ConversationId;
        var visitor = OneSilo.VisitorActor("history");
        var boss = new Actor(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };
        await silo.Conversation(id).Execute(new AddNote(boss, "n1", "secret"));
        for (var i = 0; i < 210; i++)
            await silo.Conversation(id).Execute(new PostMessage(visitor, $"m{i}", $"{i}", null));
        var far = await silo.History.Resume(visitor, id, 0);
        Assert.Equal((false, 50, 211L), (far.Recovered, far.Events.Length, far.Head));
        Assert.Equal(Enumerable.Range(162, 50).Select(i => (long)i), far.Events.Select(view => view.Sequence));
        var near = await silo.History.Resume(visitor, id, 201);
        Assert.Equal((true, 10, 211L), (near.Recovered, near.Events.Length, near.Head));
        Assert.True((await silo.History.Resume(visitor, id, 211)) is { Recovered: true, Events.IsEmpty: true });
        Assert.False((await silo.History.Resume(visitor, id, 212)).Recovered);
        Assert.Equal(213, (await silo.History.Resume(boss, id, 213)).Head);
        Assert.Equal([1L, 2L], (await silo.History.Page(visitor, id, null, 3, 200)).Events.Select(view => view.Sequence));
        Assert.Contains((await silo.History.Page(boss, id, 0, null, 5)).Events, view => view.Type == "noteAdded");
        Assert.Equal(RefusalCode.NotFound, (await silo.History.Resume(OneSilo.VisitorActor("x"), id, 0)).Refusal?.Code);
        Assert.Equal(RefusalCode.NotFound, (await silo.History.Resume(visitor, "none", 0)).Refusal?.Code);
        Assert.Equal(RefusalCode.Invalid, (await silo.History.Page(visitor, id, 1, 1, 5)).Refusal?.Code);
        Assert.Equal(RefusalCode.Invalid, (await silo.History.Page(visitor, id, 1, null, 201)).Refusal?.Code);
    }

    [Fact]
    public async Task A_conversation_goes_through_its_life()
    {
        var ann = await silo.Agent("life-ann", AgentStatus.Online, "life");
        var id = await StartAt("life");
        await Until(id, ConversationState.Assigned, "life-ann");
        Assert.Null((await silo.Conversation(id).Execute(new PostMessage(ann, "a1", "您好", null))).Refusal);
        var inbox = await silo.History.Inbox(ann);
        Assert.Equal((id, ConversationState.Assigned), (inbox.Conversations.Single().ConversationId, inbox.Conversations[0].State));

        // Nobody there: refused, and nothing changed. Then somebody comes.
        var transfer = new TransferConversation(ann, null, null, "life-bob", "请接手");
        Assert.NotNull((await silo.Conversation(id).Execute(transfer with { ToAgent = "life-nobody" })).Refusal);
        var toQueue = new TransferConversation(ann, null, "second", null, null);
        Assert.Equal(RefusalCode.Conflict, (await silo.Conversation(id).Execute(toQueue)).Refusal?.Code);
        var bob = await silo.Agent("life-bob", AgentStatus.Online, "second");
        Assert.Null((await silo.Conversation(id).Execute(transfer)).Refusal);
        await Until(id, ConversationState.Assigned, "life-bob");
        Assert.Equal(RefusalCode.NotFound, (await silo.Conversation(id).Execute(
            new PostMessage(bob with { Id = "x" }, "b1", "hi", null))).Refusal?.Code);

        Assert.Null((await silo.Conversation(id).Execute(new CloseConversation(bob, "close-1", "solved"))).Refusal);
        Assert.Null((await silo.Conversation(id).Execute(new CloseConversation(bob, "close-1", "solved"))).Refusal);
        var visitor = OneSilo.VisitorActor("life");
        Assert.Null((await silo.Conversation(id).Execute(new RateConversation(visitor, null, 5, "好"))).Refusal);
        await Await.Until("the places are free", async () =>
            (await silo.Grains.GetGrain<IAgentGrain>("life-bob").Availability()).Load == 0
            && (await silo.Grains.GetGrain<IAgentGrain>("life-ann").Availability()).Load == 0);
        var boss = new Actor(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };
        var reopened = await silo.Grains.GetGrain<IVisitorGrain>("life/life").ReopenConversation(boss, id, "reopen-1");
        Assert.Equal((null, ConversationState.Assigned), (reopened.Refusal, reopened.State));
        Assert.Equal("life-bob", (await silo.Conversation(id).Describe(Actor.System))!.Agent?.Id);

        var seen = (await silo.History.Page(visitor, id, 0, null, 200)).Events;
        Assert.Equal(
            ["queued", "assigned", "messagePosted", "transferred", "closed", "rated", "reopened", "assigned"],
            seen.Select(view => view.Type));
        Assert.All(seen, view => Assert.True(view is { Note: null, Reason: null, Why: null }));
    }

    [Fact]
    public async Task An_offer_goes_round_until_somebody_takes_it()
    {
        var id = await StartAt("offers");
        var ann = await silo.Agent("offers-ann", AgentStatus.Online, "offers");
        await Until(id, ConversationState.Offered, "offers-ann");
        Assert.Null((await silo.Conversation(id).Execute(new DeclineConversation(ann, "d1"))).Refusal);
        var bob = await silo.Agent("offers-bob", AgentStatus.Online, "offers");
        await Until(id, ConversationState.Offered, "offers-bob");
        Assert.Equal(RefusalCode.Conflict, (await silo.Conversation(id).Execute(
            new AcceptConversation(ann, "a1"))).Refusal?.Code);
        Assert.Null((await silo.Conversation(id).Execute(new AcceptConversation(bob, "a2"))).Refusal);
        await Until(id, ConversationState.Assigned, "offers-bob");
        await Await.Until("the place of who declined is free", async () =>
            (await silo.Grains.GetGrain<IAgentGrain>("offers-ann").Availability()).Load == 0);
        var seen = (await silo.History.Page(OneSilo.VisitorActor("offers"), id, 0, null, 200)).Events;
        Assert.Equal(["queued", "assigned"], seen.Select(view => view.Type));
    }

    [Fact]
    public async Task A_deadline_that_comes_too_early_is_armed_again_once()
    {
        var id = (await silo.Start("early", "c1")).ConversationId;
        var first = await Deadline(id);
        await silo.Conversation(id).Execute(new PostMessage(OneSilo.VisitorActor("early"), "m1", "hi", null));
        Assert.Equal(first, await Deadline(id)); // A message costs no write of it.
        var look = new CheckConversationDeadlines(Actor.System, null) { DueAt = first };
        Assert.Null((await silo.Conversation(id).Execute(look)).Refusal);
        var second = await Deadline(id);
        Assert.True(second > first);
        await silo.Conversation(id).Execute(look); // Of a sweep that is late: something else set it since.
        Assert.Equal(second, await Deadline(id));
        await silo.Conversation(id).Execute(new CloseConversation(OneSilo.VisitorActor("early"), null, null));
        Assert.Null(await Deadline(id));
    }

    private async Task<DateTimeOffset?> Deadline(string id) =>
        (await silo.Database.Deadlines.Due(DateTimeOffset.MaxValue, 10_000))
            .Where(deadline => deadline.Stream == "conversation/" + id)
            .Select(deadline => (DateTimeOffset?)deadline.DueAt).SingleOrDefault();

    private async Task<string> StartAt(string site) =>
        (await silo.Grains.GetGrain<IVisitorGrain>($"{site}/{site}").StartConversation(new StartRequest(
            OneSilo.VisitorActor(site), "c1", "zh-CN", [], null, null))).ConversationId;

    private Task Until(string id, ConversationState state, string agentId) => Await.Until(
        $"{id} is {state} with {agentId}", async () =>
            await silo.Conversation(id).Describe(Actor.System) is { } line && line.State == state && line.Agent?.Id == agentId);

    private async Task<List<StoredEvent>> Messages(string id) =>
        [.. (await silo.Database.Journal.Read("conversation/" + id, 0, 1_000))
            .Where(stored => stored.Type == "conversation.message-posted.v1")];

    private static async Task<ConversationReceipt> Retried(Func<Task<ConversationReceipt>> send)
    {
        ConversationReceipt receipt = null!;
        await Await.Until("it is answered", async () => (receipt = await send()).Refusal is null);
        return receipt;
    }
}
