using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using static CustomerService.Unit.Tests.Conversations.Given;

namespace CustomerService.Unit.Tests.Conversations;

/// <summary>State x command -> facts or refusal: each row is a command and its exact result.</summary>
public class ConversationRulesTests
{
    public static TheoryData<string, string, string> Table => new()
    {
        { "none", "start", "Started Queued" },
        { "none", "post by visitor", "NotFound" },
        { "none", "refuse r9", "-" },
        { "waiting", "start", "-" },
        { "waiting", "post by visitor", "MessagePosted" },
        { "waiting", "post by stranger", "NotFound" },
        { "waiting", "post by ann", "Forbidden" },
        { "waiting", "post by boss", "MessagePosted" },
        { "waiting", "post by outsider", "NotFound" },
        { "waiting", "post by system", "Forbidden" },
        { "waiting", "assign r2", "Assigned" },
        { "waiting", "assign r2 elsewhere", "Conflict" },
        { "waiting", "accept by ann", "ask place of ann by hand" },
        { "waiting", "accept by visitor", "Forbidden" },
        { "waiting", "decline by ann", "Conflict" },
        { "waiting", "close by visitor", "Closed(abandoned)" },
        { "waiting", "close by ann", "Closed(done)" },
        { "waiting", "refuse r9", "ReservationRefused" },
        { "waiting", "release r1", "-" },
        { "waiting", "transfer to default by boss", "Conflict" },
        { "waiting", "transfer to other by ann", "Forbidden" },
        { "waiting", "rate by visitor", "Rated" },
        { "waiting", "rate by ann", "Forbidden" },
        { "offered", "assign r2", "Conflict" },
        { "offered", "assign r1", "-" },
        { "offered", "accept by ann", "Assigned" },
        { "offered", "accept by bob", "Conflict" },
        { "offered", "decline by ann", "OfferDeclined(declined)" },
        { "offered", "decline by bob", "Conflict" },
        { "offered", "release r1", "OfferDeclined(gone)" },
        { "offered", "refuse r1", "Conflict" },
        { "offered", "transfer to other by boss", "Conflict" },
        { "offered", "close by visitor", "Closed(abandoned)" },
        { "offered", "close by bob", "Forbidden" },
        { "assigned", "post by visitor", "MessagePosted" },
        { "assigned", "post by ann", "MessagePosted" },
        { "assigned", "post by bob", "Forbidden" },
        { "assigned", "note by bob", "NoteAdded" },
        { "assigned", "note by visitor", "Forbidden" },
        { "assigned", "note by outsider", "NotFound" },
        { "assigned", "assign r1", "-" },
        { "assigned", "assign r2", "Conflict" },
        { "assigned", "accept by ann", "-" },
        { "assigned", "accept by bob", "Conflict" },
        { "assigned", "release r1", "Released Queued" },
        { "assigned", "release r7", "-" },
        { "assigned", "refuse r1", "Conflict" },
        { "assigned", "transfer to other by ann", "ask queue other" },
        { "assigned", "transfer to other by bob", "Forbidden" },
        { "assigned", "transfer to agent bob by ann", "ask place of bob" },
        { "assigned", "transfer to agent ann by ann", "Conflict" },
        { "assigned", "close by ann", "Closed(done)" },
        { "assigned", "close by bob", "Forbidden" },
        { "assigned", "close by boss", "Closed(done)" },
        { "assigned", "close by visitor", "Closed()" },
        { "assigned", "reopen by ann", "-" },
        { "waiting", "snooze by boss", "Conflict" },
        { "waiting", "tag by ann", "Tagged" },
        { "waiting", "tag by visitor", "Forbidden" },
        { "waiting", "tag by outsider", "NotFound" },
        { "offered", "snooze by ann", "Conflict" },
        { "assigned", "snooze by ann", "Snoozed" },
        { "assigned", "snooze by boss", "Snoozed" },
        { "assigned", "snooze by bob", "Forbidden" },
        { "assigned", "snooze by visitor", "Forbidden" },
        { "assigned", "tag by bob", "Tagged" },
        { "snoozed", "snooze by ann", "-" },
        { "snoozed", "post by visitor", "ask place of ann" },
        { "snoozed", "post by ann", "Forbidden" },
        { "snoozed", "post by boss", "MessagePosted" },
        { "snoozed", "note by bob", "NoteAdded" },
        { "snoozed", "accept by ann", "ask place of ann by hand" },
        { "snoozed", "accept by bob", "ask place of bob by hand" },
        { "snoozed", "assign r2", "Conflict" },
        { "snoozed", "release r1", "-" },
        { "snoozed", "transfer to other by ann", "Forbidden" },
        { "snoozed", "transfer to other by boss", "ask queue other" },
        { "snoozed", "close by ann", "Closed(done)" },
        { "snoozed", "close by bob", "Forbidden" },
        { "snoozed", "close by visitor", "Closed()" },
        { "snoozed", "rate by visitor", "Rated" },
        { "snoozed", "start", "-" },
        { "waiting", "leave by visitor", "MessageLeft" },
        { "waiting", "leave by stranger", "NotFound" },
        { "waiting", "leave by ann", "Forbidden" },
        { "offered", "leave by visitor", "MessageLeft" },
        { "assigned", "leave by visitor", "Conflict" },
        { "snoozed", "leave by visitor", "-" },
        { "closed", "leave by visitor", "Closed" },
        { "left", "leave by visitor", "-" },
        { "left", "assign r2", "Conflict" },
        { "left", "accept by bob", "ask place of bob by hand" },
        { "left", "accept by outsider", "NotFound" },
        { "left", "post by visitor", "MessagePosted Woken(visitor) Queued" },
        { "left", "post by ann", "Forbidden" },
        { "left", "snooze by ann", "Conflict" },
        { "left", "snooze by boss", "Conflict" },
        { "left", "close by bob", "Closed(done)" },
        { "left", "close by visitor", "Closed()" },
        { "left", "transfer to other by boss", "ask queue other" },
        { "closed", "snooze by ann", "Closed" },
        { "closed", "tag by ann", "Tagged" },
        { "closed", "start", "-" },
        { "closed", "post by visitor", "Closed" },
        { "closed", "post by ann", "Closed" },
        { "closed", "note by ann", "NoteAdded" },
        { "closed", "rate by visitor", "Rated" },
        { "closed", "accept by ann", "Closed" },
        { "closed", "decline by ann", "Closed" },
        { "closed", "transfer to other by ann", "Closed" },
        { "closed", "assign r2", "Conflict" },
        { "closed", "assign r1", "Conflict" },
        { "closed", "release r1", "-" },
        { "closed", "close by ann", "-" },
        { "closed", "close by visitor", "-" },
        { "closed", "reopen by visitor", "ask place of ann" },
        { "closed", "reopen by ann", "ask place of ann" },
    };

    [Theory, MemberData(nameof(Table))]
    public void Decides(string state, string command, string expected) =>
        Assert.Equal(expected, Show(ConversationRules.Decide(State(state), Parse(command), Around())));

    public static TheoryData<string, int, bool, string> Deadlines => new()
    {
        { "waiting", 1_799, false, "-" },
        { "waiting", 1_800, false, "Closed(abandoned)" },
        { "assigned", 1_799, false, "-" },
        { "assigned", 1_800, false, "Closed(idle)" },
        { "offered", 19, true, "-" },
        { "offered", 20, true, "OfferDeclined(lapsed)" },
        { "offered", 1_800, true, "Closed(abandoned)" },
        { "snoozed", 1_800, false, "-" },
        { "snoozed", 3_599, false, "-" },
        { "snoozed", 3_600, false, "ask place of ann" },
        { "left", 1_800, false, "-" },
        { "left", (90 * 86_400) - 1, false, "-" },
        { "left", 90 * 86_400, false, "Woken(due) Queued" },
        { "closed", 999_999, false, "-" },
        { "none", 0, false, "-" },
    };

    [Theory, MemberData(nameof(Deadlines))]
    public void Looks_at_its_deadlines(string state, int afterSeconds, bool offers, string expected)
    {
        var around = Around(At.AddSeconds(afterSeconds), offers ? Offering : Direct);
        var check = new CheckConversationDeadlines(Actor.System, null);
        Assert.Equal(expected, Show(ConversationRules.Decide(State(state), check, around)));
    }

    [Fact]
    public void A_message_puts_the_idle_close_off()
    {
        var later = Around(At.AddMinutes(29));
        var wrote = ConversationRules.Decide(Assigned, new PostMessage(Visitor, "m1", "还在吗", null), later).Facts
            .Aggregate(Assigned, (state, fact) => state.Apply(fact));
        var check = new CheckConversationDeadlines(Actor.System, null);
        Assert.Equal("-", Show(ConversationRules.Decide(wrote, check, Around(At.AddMinutes(30)))));
        Assert.Equal("Closed(idle)", Show(ConversationRules.Decide(wrote, check, Around(At.AddMinutes(59)))));
    }

    [Fact]
    public void What_comes_back_keeps_its_place_in_the_queue()
    {
        var assigned = Do(Waiting, Assign("r5", AnnRef));
        var released = ConversationRules.Decide(
            assigned, new ReleaseConversation(Actor.System, null, "ann", "r5"), Around(At.AddMinutes(5))).Facts
            .Aggregate(assigned, (state, fact) => state.Apply(fact));
        Assert.Equal((ConversationState.Waiting, At), (released.State, released.EnqueuedAt));
        var declined = Do(Offered, new DeclineConversation(Ann, null), Offering);
        Assert.Equal((ConversationState.Waiting, At, "ann"), (declined.State, declined.EnqueuedAt, declined.SkippedAgentId));
    }

    [Fact]
    public void A_lapsed_offer_can_not_be_accepted() => Assert.Equal("Conflict", Show(ConversationRules.Decide(
        Offered, new AcceptConversation(Ann, null), Around(At.AddSeconds(20), Offering))));

    [Theory]
    [InlineData(null, true, "Invalid")]
    [InlineData("Other", false, "Conflict")]
    [InlineData("Other", true, "Transferred")]
    public void A_transfer_needs_somebody_in_the_queue(string? name, bool online, string expected)
    {
        var around = Around() with { TargetQueue = new QueueAnswer(name is null ? null : new QueueRef("other", name), online) };
        Assert.Equal(expected, Show(ConversationRules.Decide(Assigned, Parse("transfer to other by ann"), around)));
    }

    [Fact]
    public void A_transfer_to_a_full_agent_changes_nothing()
    {
        var full = new Refusal(RefusalCode.Conflict, "Full.");
        var around = Around() with { Place = new PlaceAnswer(BobRef, "r2", full) };
        Assert.Equal("Conflict", Show(ConversationRules.Decide(Assigned, Parse("transfer to agent bob by ann"), around)));
    }

    [Fact]
    public void A_reopened_one_goes_to_who_held_it_or_waits_from_now()
    {
        var later = At.AddHours(3);
        var free = Around(later) with { Place = new PlaceAnswer(AnnRef, "r2", null) };
        Assert.Equal("Reopened Assigned", Show(ConversationRules.Decide(Closed, Parse("reopen by visitor"), free)));
        var full = Around(later) with { Place = new PlaceAnswer(AnnRef, "r2", new Refusal(RefusalCode.Conflict, "Full.")) };
        var decision = ConversationRules.Decide(Closed, Parse("reopen by visitor"), full);
        Assert.Equal("Reopened Queued", Show(decision));
        Assert.Equal(later, decision.Facts.OfType<ConversationQueued>().Single().EnqueuedAt);
    }

    [Fact]
    public void One_that_came_back_to_its_agent_and_was_handed_to_a_queue_was_served_before_who_waited_longer()
    {
        var later = At.AddHours(3);
        var free = Around(later) with { Place = new PlaceAnswer(AnnRef, "r2", null) };
        var back = ConversationRules.Decide(Closed, Parse("reopen by visitor"), free)
            .Facts.Aggregate(Closed, (state, fact) => state.Apply(fact));
        Assert.Equal((ConversationState.Assigned, later), (back.State, back.EnqueuedAt));
        var woken = ConversationRules.Decide(
                Snoozed, new CheckConversationDeadlines(Actor.System, null), AtPlace(Until, free: true))
            .Facts.Aggregate(Snoozed, (state, fact) => state.Apply(fact));
        Assert.Equal((ConversationState.Assigned, Until), (woken.State, woken.EnqueuedAt));
    }

    [Fact]
    public void A_visitor_reopens_within_the_window_only_and_an_agent_at_any_time()
    {
        var late = Around(At.AddDays(1).AddSeconds(1));
        Assert.Equal("Closed", Show(ConversationRules.Decide(Closed, Parse("reopen by visitor"), late)));
        Assert.Equal("ask place of ann", Show(ConversationRules.Decide(Closed, Parse("reopen by ann"), late)));
    }

    [Fact]
    public void The_same_rating_again_is_nothing_new_and_another_one_is()
    {
        var rated = Do(Closed, new RateConversation(Visitor, null, 4, "ok"));
        Assert.Equal("-", Show(ConversationRules.Decide(rated, new RateConversation(Visitor, null, 4, "ok"), Around())));
        Assert.Equal("Rated", Show(ConversationRules.Decide(rated, new RateConversation(Visitor, null, 4, "hm"), Around())));
    }

    [Theory]
    [InlineData(true, "Woken(due) Assigned")]
    [InlineData(false, "Woken(due) Queued")]
    public void A_snooze_that_is_over_goes_back_to_its_agent_or_waits_from_now(bool free, string expected)
    {
        var decision = ConversationRules.Decide(
            Snoozed, new CheckConversationDeadlines(Actor.System, null), AtPlace(Until, free));
        Assert.Equal(expected, Show(decision));
        var after = decision.Facts.Aggregate(Snoozed, (state, fact) => state.Apply(fact));
        Assert.Null(after.SnoozedUntil);
        Assert.Equal(free ? ConversationState.Assigned : ConversationState.Waiting, after.State);
        if (!free)
            Assert.Equal(Until, after.EnqueuedAt);
    }

    [Theory]
    [InlineData(true, "MessagePosted Woken(visitor) Assigned")]
    [InlineData(false, "MessagePosted Woken(visitor) Queued")]
    public void A_visitor_who_writes_wakes_it_and_the_message_comes_first(bool free, string expected) => Assert.Equal(
        expected, Show(ConversationRules.Decide(Snoozed, Parse("post by visitor"), AtPlace(At.AddMinutes(5), free))));

    [Fact]
    public void A_snooze_frees_the_place_and_another_time_replaces_the_first()
    {
        Assert.Equal((null, null, "ann"), (Snoozed.Agent, Snoozed.ReservationId, Snoozed.Owner?.Id));
        Assert.Contains(
            ConversationEffects.Owed(Assigned, Snoozed), effect => effect.Kind == Grains.Effects.Effect.AgentRelease);
        Assert.Equal(Until, ConversationEffects.DueAt(Snoozed, Direct));
        var longer = Do(Snoozed, new SnoozeConversation(Ann, null, Until.AddDays(1)));
        Assert.Equal(Until.AddDays(1), longer.SnoozedUntil);
    }

    [Theory]
    [InlineData("assigned", "ann", 60, true)]
    [InlineData("assigned", "visitor", 60, true)]
    [InlineData("assigned", "system", 60, false)] // Idle: its agent had time enough.
    [InlineData("assigned", "ann", 0, false)]
    [InlineData("offered", "visitor", 60, false)] // Nobody has served it yet.
    [InlineData("waiting", "visitor", 60, false)]
    public void Who_served_it_wraps_up_after_a_person_closed_it(string state, string by, int seconds, bool wrapsUp)
    {
        var before = state switch { "assigned" => Assigned, "offered" => Offered, _ => Waiting };
        var who = by switch
        {
            "ann" => Party.Of(Ann),
            "visitor" => new Party(ActorKind.Visitor, before.VisitorId, "V"),
            _ => Party.Of(Actor.System),
        };
        var until = ClosingRules.WrapUpUntil(
            before, [new ConversationClosed(who, null) { At = At }], Direct with { WrapUp = TimeSpan.FromSeconds(seconds) });
        Assert.Equal(wrapsUp ? At.AddSeconds(seconds) : null, until);
    }

    [Fact]
    public void A_message_that_is_left_leaves_the_queue_and_who_was_asked()
    {
        var told = Assert.Single(ConversationEffects.Owed(Waiting, Left));
        var expected = Grains.Effects.Effect.TellQueue(
            "default", new CustomerService.Queues.WaitingConversation("c1", Left.Version, false, 0, At, null));
        Assert.Equal((expected.Kind, expected.Target), (told.Kind, told.Target));
        Assert.Equal(expected.Payload.ToArray(), told.Payload.ToArray());
        Assert.Equal(At.AddDays(Limits.SnoozeDaysMax), ConversationEffects.DueAt(Left, Direct));
        var asked = Do(Offered, Leave);
        Assert.Null(asked.Agent);
        Assert.Contains(
            ConversationEffects.Owed(Offered, asked), effect => effect.Kind == Grains.Effects.Effect.AgentRelease);
        Assert.Equal("snoozed", ConversationLines.Row(asked).State);
        Assert.Null(ConversationLines.Row(Left).AgentId);
    }

    [Fact]
    public void A_blocked_visitor_leaves_nothing()
    {
        var blocked = Do(Waiting, new HearBlock(Actor.System, null, true, AnnRef, null, 5));
        Assert.Equal("Forbidden", Show(ConversationRules.Decide(blocked, Leave, Around())));
    }

    [Theory]
    [InlineData(0, "Invalid")]
    [InlineData(-60, "Invalid")]
    [InlineData(1, "Snoozed")]
    [InlineData(90 * 86_400, "Snoozed")]
    [InlineData((90 * 86_400) + 1, "Invalid")]
    public void A_snooze_ends_ahead_and_within_ninety_days(int seconds, string expected) => Assert.Equal(
        expected,
        Show(ConversationRules.Decide(Assigned, new SnoozeConversation(Ann, null, At.AddSeconds(seconds)), Around())));

    [Fact]
    public void Tags_are_a_set_of_twenty_at_most()
    {
        var tagged = Do(Assigned, new TagConversation(Ann, null, ["退款", "urgent", "urgent"], []));
        Assert.Equal("urgent 退款", string.Join(' ', tagged.Tags));
        Assert.Equal("-", Show(ConversationRules.Decide(tagged, new TagConversation(Ann, null, ["urgent"], ["gone"]), Around())));
        Assert.Equal("退款", Do(tagged, new TagConversation(Bob, null, [], ["urgent"])).Tags.Single());
        var many = Enumerable.Range(0, 19).Select(n => $"t{n}").ToArray();
        Assert.Equal("Conflict", Show(ConversationRules.Decide(tagged, new TagConversation(Ann, null, [.. many], []), Around())));
        Assert.Equal("Tagged", Show(ConversationRules.Decide(tagged, new TagConversation(Ann, null, [.. many], ["urgent"]), Around())));
    }

    [Fact]
    public void A_change_of_tags_leaves_the_deadline()
    {
        var decision = ConversationRules.Decide(Snoozed, new TagConversation(Ann, null, ["a"], []), Around());
        var after = decision.Facts.Aggregate(Snoozed, (state, fact) => state.Apply(fact));
        Assert.Equal(
            Storage.Journal.DeadlineChangeKind.Keep, ConversationEffects.Deadline(decision.Facts, after, Direct).Kind);
        Assert.Equal("a", ConversationEffects.Row(decision.Facts, after)!.Tags.Single());
    }

    private static Circumstances AtPlace(DateTimeOffset at, bool free) => Around(at) with
    {
        Place = new PlaceAnswer(AnnRef, "r9", free ? null : new Refusal(RefusalCode.Conflict, "Full.")),
    };

    private static ConversationCommand Parse(string line)
    {
        var words = line.Split(' ');
        var by = words[^1] switch
        {
            "visitor" => Visitor,
            "stranger" => Stranger,
            "ann" => Ann,
            "bob" => Bob,
            "outsider" => Outsider,
            "boss" => Boss,
            _ => Actor.System,
        };
        return words switch
        {
            ["start"] => Start,
            ["post", ..] => new PostMessage(by, "m1", "你好", null),
            ["note", ..] => new AddNote(by, "n1", "note"),
            ["assign", var r, "elsewhere"] => Assign(r, BobRef, "other"),
            ["assign", var r] => Assign(r, r == "r1" ? AnnRef : BobRef),
            ["accept", ..] => new AcceptConversation(by, null),
            ["decline", ..] => new DeclineConversation(by, null),
            ["release", var r] => new ReleaseConversation(Actor.System, null, "ann", r),
            ["refuse", var r] => new RefuseReservation(Actor.System, null, "ann", r),
            ["transfer", "to", "agent", var agent, ..] => new TransferConversation(by, null, null, agent, "看看"),
            ["transfer", "to", var queue, ..] => new TransferConversation(by, null, queue, null, "看看"),
            ["close", ..] => new CloseConversation(by, null, by.Kind == ActorKind.Agent ? "done" : null),
            ["snooze", ..] => new SnoozeConversation(by, null, Until),
            ["leave", ..] => Leave with { By = by },
            ["tag", ..] => new TagConversation(by, null, ["refund"], []),
            ["reopen", ..] => new ReopenConversation(by, null),
            ["rate", ..] => new RateConversation(by, null, 5, null),
            _ => throw new ArgumentOutOfRangeException(nameof(line), line, null),
        };
    }

    private static string Show(Decision decision) => decision switch
    {
        { Refusal: { } refusal } => refusal.Code.ToString(),
        { Ask: AskPlace { ByHand: true } ask } => $"ask place of {ask.AgentId} by hand",
        { Ask: AskPlace ask } => $"ask place of {ask.AgentId}",
        { Ask: AskQueue ask } => $"ask queue {ask.QueueId}",
        { Facts.IsEmpty: true } => "-",
        _ => string.Join(' ', decision.Facts.Select(fact => fact switch
        {
            ConversationClosed closed => $"Closed({closed.Reason})",
            ConversationWoken woken => $"Woken({woken.Reason})",
            OfferDeclined declined => $"OfferDeclined({declined.Reason})",
            _ => fact.GetType().Name.Replace("Conversation", "", StringComparison.Ordinal),
        })),
    };
}
