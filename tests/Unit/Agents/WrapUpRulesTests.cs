using CustomerService.Agents;
using CustomerService.Grains.Agents;

namespace CustomerService.Unit.Tests.Agents;

public class WrapUpRulesTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = T0.AddSeconds(60);
    private static readonly AgentProfile Profile = new("a", "Ann", ["default"], 2, false);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static Agent Given(params AgentEvent[] facts) =>
        facts.Aggregate(Agent.Start, (state, fact) => state.Apply(fact with { At = T0 }));

    private static AgentEvent[] Serving(string id) =>
        [new StatusSet(AgentStatus.Online), new Reserved(id, $"c-{id}", false), new ReservationConfirmed(id, false)];

    private static Agent WrappingUp(string id = "1") => Given([.. Serving(id), new ReservationReleased(id, true, Until)]);

    private static Agent After(Agent state, AgentDecision decision) =>
        decision.Facts.Aggregate(state, (now, fact) => now.Apply(fact));

    private static string Facts(AgentDecision decision) => decision.Refusal is { } refusal
        ? refusal.Code.ToString()
        : string.Join(" ", decision.Facts.Select(fact => fact is ReservationReleased { WrapUpUntil: not null }
                ? "WrapUp" : fact.GetType().Name)
            .Concat(decision.Effects.Select(effect => $"{effect.Kind}->{effect.Target}")));

    [Theory]
    [InlineData("online", 60, "WrapUp")]
    [InlineData("busy", 60, "WrapUp")]
    [InlineData("online", 0, "ReservationReleased")] // Told late, it is over.
    [InlineData("online", null, "ReservationReleased")]
    [InlineData("offline", 60, "ReservationReleased")]
    [InlineData("left", 60, "ReservationReleased")]
    public void Closing_begins_it_only_for_who_is_there(string state, int? seconds, string expected)
    {
        AgentEvent[] then = state switch
        {
            "busy" => [new StatusSet(AgentStatus.Busy)],
            "offline" => [new StatusSet(AgentStatus.Offline)],
            "left" => [new AgentLeft()],
            _ => [],
        };
        DateTimeOffset? until = seconds is { } wait ? T0.AddSeconds(wait) : null;
        Assert.Equal(expected, Facts(AgentRules.Release(Given([.. Serving("1"), .. then]), "1", true, T0, until)));
    }

    [Fact]
    public void Its_place_is_taken_and_the_line_is_gone()
    {
        var state = WrappingUp();
        Assert.Equal(new WrapUp("1", "c-1", Until), Assert.Single(AgentRules.WrapUps(state)));
        Assert.Equal(2, state.InboxVersion);
        Assert.Single(state.Reservations);
        Assert.False(AgentRules.HoldsOn(state));
        Assert.Empty(AgentRules.ToVerify(state, T0.AddHours(1)));
    }

    /// <summary>What is owed is told until it is acknowledged, and the notices may come in any order.</summary>
    [Fact]
    public void A_repeated_or_late_notice_neither_ends_it_nor_brings_the_line_back()
    {
        Assert.Equal("", Facts(AgentRules.Release(WrappingUp(), "1", true, T0, Until)));
        Assert.Equal("", Facts(AgentRules.Release(WrappingUp(), "1", true, T0)));
        Assert.Equal("", Facts(AgentRules.Confirm(WrappingUp(), Profile, "1", false, T0)));
        var unconfirmed = Given(
            new StatusSet(AgentStatus.Online), new Reserved("1", "c-1", false), new ReservationReleased("1", true, Until));
        Assert.Equal("", Facts(AgentRules.Confirm(unconfirmed, Profile, "1", false, T0)));
        var ended = After(WrappingUp(), AgentRules.EndWrapUp(WrappingUp(), "1", T0));
        Assert.Equal("", Facts(AgentRules.Release(ended, "1", true, T0, Until)));
    }

    [Fact]
    public void Ended_by_hand_it_is_over_once()
    {
        var ended = After(WrappingUp(), AgentRules.EndWrapUp(WrappingUp(), "1", T0));
        Assert.Empty(ended.Reservations);
        Assert.Equal(2, ended.InboxVersion);
        Assert.Equal("", Facts(AgentRules.EndWrapUp(ended, "1", T0)));
        // A place that holds a conversation is none that can be ended so.
        Assert.Equal("", Facts(AgentRules.EndWrapUp(Given(Serving("1")), "1", T0)));
    }

    [Theory]
    [InlineData(59, "")]
    [InlineData(60, "ReservationReleased")]
    public void Over_by_itself_when_its_time_has_come(int seconds, string expected) => Assert.Equal(
        expected, Facts(AgentRules.Look(WrappingUp(), Profile, true, T0, Grace, T0.AddSeconds(seconds))));

    [Fact]
    public void Somebody_looks_when_it_is_over()
    {
        var state = Given([.. Serving("1"), new ReservationReleased("1", true, T0.AddSeconds(20))]);
        Assert.Equal(T0.AddSeconds(20), AgentRules.NextLook(state, true, T0, Grace, T0));
        Assert.Equal(T0.AddSeconds(20), AgentRules.WrapUpEnd(state));
        Assert.Equal(T0.AddSeconds(31), AgentRules.NextLook(state, true, T0, Grace, T0.AddSeconds(30)));
        Assert.Null(AgentRules.WrapUpEnd(Given(Serving("1"))));
        // Absent, it has nothing to give back: grace does not matter.
        Assert.Equal("", Facts(AgentRules.Look(state, Profile, false, T0, TimeSpan.FromSeconds(1), T0.AddSeconds(10))));
    }

    [Theory]
    [InlineData(false, "Conflict")]
    [InlineData(true, "Conflict")]
    public void No_new_conversation_gets_its_place(bool byHand, string expected) => Assert.Equal(expected, Facts(
        AgentRules.Reserve(WrappingUp(), Profile with { Capacity = 1 }, true, "2", "c-2", byHand, T0)));

    [Fact]
    public void Its_own_conversation_comes_back_into_it()
    {
        var decision = AgentRules.Reserve(WrappingUp(), Profile with { Capacity = 1 }, true, "2", "c-1", false, T0);
        Assert.Equal("ReservationReleased Reserved", Facts(decision));
        Assert.Equal(["2"], After(WrappingUp(), decision).Reservations.Select(one => one.Id));
        Assert.Equal("Conflict", Facts(AgentRules.Reserve(WrappingUp(), Profile, true, "1", "c-1", false, T0)));
    }

    [Fact]
    public void Going_offline_ends_it_and_gives_back_the_rest()
    {
        var state = Given([.. Serving("1"), new ReservationReleased("1", true, Until), .. Serving("2")]);
        var decision = AgentRules.SetStatus(state, Profile, AgentStatus.Offline, false, T0);
        Assert.Equal("StatusSet ReservationReleased conversation.release.v1->c-2", Facts(decision));
        Assert.Equal(["2"], After(state, decision).Reservations.Select(one => one.Id));
        Assert.Equal(
            "AgentLeft ReservationReleased conversation.release.v1->c-2",
            Facts(AgentRules.Look(state, Profile, false, T0, Grace, T0.AddSeconds(30))));
    }
}
