using System.Collections.Immutable;
using System.Globalization;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Queues;
using CustomerService.Queues;

namespace CustomerService.Unit.Tests.Queues;

public class QueueBoardTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly QueueBoard _board = new("q", "longest-idle");
    private DateTimeOffset _now = T0;
    private int _ids;

    private static AgentAvailability Agent(
        string id, int load = 0, int capacity = 1, long revision = 1, int idle = 0,
        AgentStatus status = AgentStatus.Online, bool present = true, params ImmutableArray<string> queues) => new(
        new AgentRef(id, id), revision, T0, status, present, load, capacity, T0.AddSeconds(idle),
        queues.IsDefaultOrEmpty ? ["q"] : queues);

    private static WaitingConversation Waits(
        string id, int seconds, long version = 1, bool waits = true, string? skip = null, int priority = 0) =>
        new(id, version, waits, priority, T0.AddSeconds(seconds), skip);

    private static AgentReceipt Yes(AgentAvailability after) => new(null, after);

    private static AgentReceipt No(AgentAvailability after, RefusalCode code = RefusalCode.Conflict) =>
        new(new Refusal(code, ""), after);

    private static ConversationReceipt Done(long version) =>
        new(null, version, 0, ConversationState.Assigned, version, T0);

    private static ConversationReceipt Refused(RefusalCode code, ConversationState state, long version = 0) =>
        new(new Refusal(code, ""), version, 0, state, 0, null);

    private void Hear(params WaitingConversation[] told)
    {
        foreach (var one in told)
            _board.Waiting.Hear(one, _now);
    }

    private void Report(params AgentAvailability[] reports)
    {
        foreach (var report in reports)
            _board.Members.Report(report, _now);
    }

    private List<Match> Begin()
    {
        _board.Waiting.Wake(_now);
        var begun = new List<Match>();
        while (_board.Next(() => (++_ids).ToString(CultureInfo.InvariantCulture), _now) is { } match)
            begun.Add(match);
        return begun;
    }

    private string Pairs() => string.Join(" ", Begin().Select(match => $"{match.ConversationId}-{match.Agent.Id}"));

    private string Steps() => string.Join(" ", _board.Advance(_now)
        .Select(step => (step.Assign ? "assign " : "give back ") + step.Match.ConversationId));

    [Fact]
    public void Matches_in_waiting_order_with_whoever_is_idle_longest_and_nobody_twice()
    {
        Hear(Waits("c3", 3), Waits("c1", 1), Waits("c2", 2), Waits("urgent", 9, priority: 1));
        Report(Agent("x", idle: 5), Agent("y", idle: 1), Agent("away", status: AgentStatus.Away),
            Agent("absent", present: false), Agent("full", load: 1), Agent("stranger", queues: ["other"]));
        Assert.Equal("urgent-y c1-x", Pairs());
        Assert.Equal("", Pairs());
        Assert.Equal(4, _board.Waiting.Count); // In a match they still have their place.
        Assert.Equal(1, _board.Waiting.Place("urgent"));
    }

    [Fact]
    public void Notices_may_come_twice_late_and_out_of_order()
    {
        Hear(Waits("c", 1, version: 5));
        Hear(Waits("c", 1, version: 7, waits: false), Waits("c", 1, version: 5), Waits("c", 1, version: 6));
        Assert.Equal(0, _board.Waiting.Count);
        Hear(Waits("c", 1, version: 8), Waits("c", 1, version: 7, waits: false));
        Assert.Equal(1, _board.Waiting.Count);
        Report(Agent("x", load: 0, revision: 3), Agent("x", load: 1, revision: 2));
        Assert.Equal("c-x", Pairs());
    }

    [Fact]
    public void A_later_one_is_not_told_before_an_earlier_ones_agent_has_answered()
    {
        Hear(Waits("c1", 1), Waits("c2", 2));
        Report(Agent("x", idle: 1), Agent("y", idle: 2));
        var matches = Begin();
        _board.Reserved(matches[1], Yes(Agent("y", load: 1, revision: 2)), _now);
        Assert.Equal("", Steps());
        _board.Reserved(matches[0], Yes(Agent("x", load: 1, revision: 2)), _now);
        Assert.Equal("assign c1 assign c2", Steps());
        Assert.Equal("", Steps());
    }

    [Fact]
    public void A_refused_earlier_one_takes_over_instead_of_being_overtaken()
    {
        Hear(Waits("c1", 1), Waits("c2", 2));
        Report(Agent("x", idle: 1), Agent("y", idle: 2));
        var matches = Begin();
        _board.Reserved(matches[1], Yes(Agent("y", load: 1, revision: 2)), _now);
        Assert.False(_board.Reserved(matches[0], No(Agent("x", status: AgentStatus.Busy, revision: 2)), _now));
        Assert.Equal("", Pairs());
        Assert.Equal("give back c2", Steps());
        Report(Agent("y", load: 0, revision: 3));
        Assert.Equal("c1-y", Pairs());
    }

    [Fact]
    public void A_silent_agent_does_not_hold_up_the_queue()
    {
        Hear(Waits("c1", 1), Waits("c2", 2));
        Report(Agent("x", idle: 1), Agent("y", idle: 2));
        var matches = Begin();
        _board.Reserved(matches[1], Yes(Agent("y", load: 1, revision: 2)), _now);
        Assert.Equal(_now + QueueBoard.SlowAfter, _board.NextWake(_now));
        _now += QueueBoard.SlowAfter;
        Assert.Equal("assign c2", Steps());
    }

    [Fact]
    public void A_queue_did_nothing_else_while_an_agent_was_silent()
    {
        Hear(Waits("c1", 1));
        Report(Agent("x"));
        Begin();
        _now += QueueBoard.SlowAfter;
        Steps();
        Assert.Equal(T0 + QueueBoard.AnswerMax, _board.NextWake(_now)); // Not at once, a thousand times a second.
    }

    [Fact]
    public void A_lost_answer_kept_an_agent_from_the_queue_for_half_a_minute()
    {
        Hear(Waits("c1", 1));
        Report(Agent("x"));
        var lost = Begin().Single();
        _now += QueueBoard.AnswerMax;
        Assert.Same(lost, Assert.Single(_board.GiveUp(_now)));
        Assert.Equal("", Pairs()); // In doubt until it says how it stands, for which it is asked now.
        Report(Agent("x"));
        var second = Begin().Single();

        // The first answer comes after all: that place is given back, and the second match does not notice.
        Assert.True(_board.Reserved(lost, Yes(Agent("x", load: 1, revision: 2)), _now));
        Assert.False(_board.Reserved(second, Yes(Agent("x", load: 1, revision: 3)), _now));
        Assert.Equal("assign c1", Steps());
    }

    [Fact]
    public void A_conversation_that_does_not_answer_is_matched_again()
    {
        Hear(Waits("c1", 1));
        Report(Agent("x", capacity: 2));
        var first = Begin().Single();
        _board.Reserved(first, Yes(Agent("x", load: 1, capacity: 2, revision: 2)), _now);
        Assert.Equal("assign c1", Steps());
        Assert.Equal(_now + QueueBoard.AnswerMax, _board.NextWake(_now));
        _now += QueueBoard.AnswerMax;
        Assert.Empty(_board.GiveUp(_now)); // Its place stays: the conversation may have it.
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal("c1-x", Pairs());
        Assert.False(_board.Assigned(first, null, _now));
        Assert.True(_board.Assigned(first, Refused(RefusalCode.Conflict, ConversationState.Waiting), _now));
        Assert.Equal(1, _board.MatchCount);
        Assert.False(_board.Assigned(first, Done(3), _now)); // Told after all: nobody waits any more.
        Assert.Equal(0, _board.Waiting.Count);
    }

    [Fact]
    public void An_agent_that_could_not_be_reached_is_in_doubt_until_it_reports()
    {
        Hear(Waits("c1", 1));
        Report(Agent("x"));
        Assert.True(_board.Reserved(Begin().Single(), null, _now)); // Whether it took the place is unknown: give it back.
        Assert.Equal("", Pairs());
        Report(Agent("x"));
        Assert.Equal("c1-x", Pairs());
    }

    [Fact]
    public void An_answer_counts_even_from_a_silo_whose_clock_is_behind()
    {
        Hear(Waits("c1", 1));
        Report(Agent("x", status: AgentStatus.Busy, revision: 9));
        var moved = Agent("x") with { Epoch = T0.AddSeconds(-1) };
        Report(moved); // It might be late.
        Assert.Equal("", Pairs());
        _board.Members.Report(moved, _now, isAnswer: true);
        Assert.Equal("c1-x", Pairs());
    }

    [Fact]
    public void A_conversation_refused_by_a_free_agent_rests_while_others_go_on()
    {
        Hear(Waits("c1", 1), Waits("c2", 2));
        Report(Agent("x"));
        _board.Reserved(Begin().Single(), No(Agent("x", revision: 2)), _now);
        Assert.Equal("c2-x", Pairs());
        _now += TimeSpan.FromSeconds(1);
        Report(Agent("y"));
        Assert.Equal("c1-y", Pairs());
    }

    [Fact]
    public void Assigned_it_is_forgotten_and_a_late_notice_does_not_bring_it_back()
    {
        Hear(Waits("c1", 1, version: 3));
        Report(Agent("x"));
        var match = Begin().Single();
        _board.Reserved(match, Yes(Agent("x", load: 1, revision: 2)), _now);
        Assert.Equal("assign c1", Steps());
        Assert.False(_board.Assigned(match, Done(4), _now));
        Hear(Waits("c1", 1, version: 3), Waits("c1", 1, version: 4, waits: false));
        Assert.Equal((0, 0), (_board.Waiting.Count, _board.MatchCount));
    }

    [Fact]
    public void Declined_before_the_answer_arrived_it_waits_on_and_passes_over_that_agent()
    {
        Hear(Waits("c1", 1, version: 3));
        Report(Agent("x"));
        var match = Begin().Single();
        _board.Reserved(match, Yes(Agent("x", load: 1, revision: 2)), _now);
        Steps();
        Hear(Waits("c1", 1, version: 5, skip: "x"));
        Assert.False(_board.Assigned(match, Done(4), _now));
        Assert.Equal(1, _board.Waiting.Place("c1"));
        Report(Agent("x", revision: 3));
        Assert.Equal("", Pairs());
        Report(Agent("y"));
        Assert.Equal("c1-y", Pairs());
    }

    [Theory]
    [InlineData(RefusalCode.Conflict, ConversationState.Assigned, true, 0)]
    [InlineData(RefusalCode.Closed, ConversationState.Closed, true, 0)]
    [InlineData(RefusalCode.NotFound, ConversationState.None, true, 0)]
    [InlineData(RefusalCode.Conflict, ConversationState.Waiting, true, 1)] // This reservation was refused before.
    [InlineData(RefusalCode.Overloaded, ConversationState.None, true, 1)]
    [InlineData(RefusalCode.Unavailable, ConversationState.None, false, 1)] // Unknown: the agent finds out.
    public void A_refusal_gives_the_place_back(RefusalCode code, ConversationState state, bool giveBack, int waiting)
    {
        Hear(Waits("c1", 1, version: 3));
        Report(Agent("x", capacity: 2));
        var match = Begin().Single();
        _board.Reserved(match, Yes(Agent("x", load: 1, capacity: 2, revision: 2)), _now);
        Steps();
        Assert.Equal(giveBack, _board.Assigned(match, Refused(code, state), _now));
        Assert.Equal((waiting, 0), (_board.Waiting.Count, _board.MatchCount));
        Assert.Equal("", Pairs()); // It rests, so that nothing spins.
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal(waiting == 1 ? "c1-x" : "", Pairs());
    }

    [Fact]
    public void A_conversation_that_left_during_its_match_gives_the_place_back()
    {
        Hear(Waits("c1", 1));
        Report(Agent("x"));
        var match = Begin().Single();
        Hear(Waits("c1", 1, version: 2, waits: false));
        _board.Reserved(match, Yes(Agent("x", load: 1, revision: 2)), _now);
        Assert.Equal("give back c1", Steps());
        Assert.Equal(0, _board.MatchCount);
    }

    [Fact]
    public void An_agent_is_passed_over_once()
    {
        Report(Agent("x", capacity: 9));
        Hear(Waits("c1", 1, skip: "x"));
        Assert.Equal("", Pairs());
        Hear(Waits("c2", 2));
        var match = Begin().Single();
        Assert.Equal("c2", match.ConversationId); // x serves the next one...
        _board.Reserved(match, Yes(Agent("x", load: 1, capacity: 9, revision: 2)), _now);
        Assert.Equal("assign c2", Steps());
        Assert.False(_board.Assigned(match, Done(2), _now));
        Assert.Equal("c1-x", Pairs()); // ...and that was the once.
    }

    [Fact]
    public void Who_declined_was_given_the_same_conversation_again_before_the_next()
    {
        Report(Agent("x"));
        Hear(Waits("c1", 1, skip: "x"), Waits("c2", 2));
        var match = Begin().Single();
        _board.Reserved(match, Yes(Agent("x", load: 1, revision: 2)), _now);
        Assert.Equal("assign c2", Steps()); // c1 passes x over until x has served another.
    }

    [Fact]
    public void One_agents_refusal_kept_a_conversation_from_all_others()
    {
        Report(Agent("x"), Agent("y", idle: 1));
        Hear(Waits("c1", 1));
        _board.Reserved(Begin().Single(), No(Agent("x", revision: 2)), _now);
        Assert.Equal("c1-y", Pairs());
    }

    [Fact]
    public void What_one_agent_declined_and_another_refused_was_kept_from_all_others()
    {
        Report(Agent("x"), Agent("y", idle: 1));
        Hear(Waits("c1", 1, skip: "x"));
        _board.Reserved(Begin().Single(), No(Agent("y", idle: 1, revision: 2)), _now);
        Assert.Equal("", Pairs()); // Neither gets it again at once...
        Report(Agent("z", idle: 2));
        Assert.Equal("c1-z", Pairs()); // ...but whoever comes does.
    }

    [Fact]
    public void Who_is_passed_over_is_asked_again_one_by_one_as_each_ones_time_is_over()
    {
        Report(Agent("x"), Agent("y", idle: 1));
        Hear(Waits("c1", 1, skip: "x"));
        _board.Reserved(Begin().Single(), No(Agent("y", idle: 1, revision: 2)), _now);
        Assert.Equal(_now + TimeSpan.FromSeconds(1), _board.NextWake(_now));
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal("c1-y", Pairs());
    }

    [Fact]
    public void Agents_that_are_passed_over_are_few()
    {
        Hear(Waits("c1", 1));
        foreach (var id in new[] { "a", "b", "c", "d", "e" })
        {
            Report(Agent(id));
            _board.Reserved(Begin().Single(), No(Agent(id, revision: 2)), _now);
        }
        Report(Agent("f"));
        Assert.Equal("", Pairs()); // Five refused it: it rests.
        _now += TimeSpan.FromSeconds(8);
        Assert.Equal("c1-a", Pairs());
    }

    [Fact]
    public void Failures_of_long_ago_kept_a_conversation_waiting_for_eight_seconds()
    {
        Report(Agent("x", capacity: 9));
        Hear(Waits("c1", 1));
        foreach (var seconds in new[] { 1, 2, 4, 8 })
            FailAndRest(seconds);
        _now += TimeSpan.FromSeconds(20);
        FailAndRest(1);

        void FailAndRest(int seconds)
        {
            _board.Waiting.Wake(_now);
            var match = Begin().Single();
            _board.Reserved(match, Yes(Agent("x", load: 1, capacity: 9, revision: 2 + _ids)), _now);
            Steps();
            _board.Assigned(match, null, _now);
            _now += TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1);
            Assert.Equal("", Pairs());
            _now += TimeSpan.FromMilliseconds(1);
        }
    }

    [Fact]
    public void The_only_agent_there_is_asked_again_after_a_while()
    {
        Report(Agent("x"));
        Hear(Waits("c1", 1, skip: "x"));
        Assert.Equal("", Pairs());
        Assert.Equal(_now + WaitingRoom.SkipMax, _board.NextWake(_now));
        _now += WaitingRoom.SkipMax;
        Assert.Equal("c1-x", Pairs());
    }

    [Fact]
    public void Matches_under_way_are_bounded()
    {
        Report([.. Enumerable.Range(0, 500).Select(i => Agent($"a{i}"))]);
        Hear([.. Enumerable.Range(0, 500).Select(i => Waits($"c{i}", i))]);
        var begun = Begin();
        Assert.Equal(QueueBoard.MatchesMax, begun.Count);
        Assert.Equal(Enumerable.Range(0, QueueBoard.MatchesMax).Select(i => $"c{i}"), begun.Select(match => match.ConversationId));
        Assert.Equal(QueueBoard.MatchesMax, begun.Select(match => match.Agent.Id).Distinct().Count());
    }

    [Fact]
    public void Places_and_estimates_come_in_the_order_asked()
    {
        Hear(Waits("c1", 1), Waits("c2", 2), Waits("c3", 3));
        Report(Agent("x", load: 2, capacity: 2), Agent("y", load: 2, capacity: 2), Agent("z", status: AgentStatus.Busy));
        var places = _board.Positions(["c3", "none", "c1"], _now);
        Assert.Equal([3, null, 1], places.Select(place => place?.Position));
        Assert.Equal(2, places[0]!.AgentsOnline);
        Assert.True(places[0]!.EtaSecondsHigh > places[2]!.EtaSecondsHigh);
        Assert.True(places[2]!.EtaSecondsLow < places[2]!.EtaSecondsHigh);
        Report(Agent("x", load: 1, capacity: 2, revision: 2));
        Assert.Equal(0, _board.Positions(["c1"], _now)[0]!.EtaSecondsHigh); // A place is free for it now.
    }

    [Fact]
    public void Comparing_adds_who_is_missing_and_drops_who_is_gone_but_not_who_is_news()
    {
        Hear(Waits("stale", 1), Waits("kept", 2), Waits("beyond", 99));
        var heard = _board.Waiting.Heard;
        Hear(Waits("news", 3));
        _board.Compare([Waits("kept", 2), Waits("missing", 4)], isWhole: false, heard, _now);
        Assert.Equal([1, 2, 3, 4, null], new[] { "kept", "news", "missing", "beyond", "stale" }.Select(_board.Waiting.Place));
        _board.Compare([], isWhole: true, _board.Waiting.Heard, _now);
        Assert.Equal(0, _board.Waiting.Count);
    }

    [Fact]
    public void A_changed_rule_orders_those_who_are_free_anew()
    {
        Report(Agent("x", load: 3, capacity: 4, idle: 0), Agent("y", load: 0, capacity: 4, idle: 9));
        _board.Members.Follow("least-loaded");
        Hear(Waits("c1", 1));
        Assert.Equal("c1-y", Pairs());
    }

    [Fact]
    public void Round_robin_takes_turns()
    {
        var board = new QueueBoard("q", "round-robin");
        foreach (var id in new[] { "x", "y", "z" })
            board.Members.Report(Agent(id, capacity: 100), _now);
        var turns = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            board.Waiting.Hear(Waits($"c{i}", i), _now);
            var match = board.Next(() => $"{i}", _now)!;
            turns.Add(match.Agent.Id);
            board.Reserved(match, Yes(Agent(match.Agent.Id, load: 1, capacity: 100, revision: 2 + i)), _now);
            board.Advance(_now);
            board.Assigned(match, Done(2), _now);
        }
        Assert.Equal(["x", "y", "z", "x", "y", "z"], turns);
    }
}
