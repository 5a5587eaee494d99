using CustomerService.Agents;
using CustomerService.Grains.Agents;
using CustomerService.Storage.Catalogue;

namespace CustomerService.Unit.Tests.Agents;

public class AgentRulesTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly AgentProfile Profile = new("a", "Ann", ["default"], 2, false);
    private static readonly AgentProfile Disabled = Profile with { Disabled = true };
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static Agent Given(params AgentEvent[] facts) =>
        facts.Aggregate(Agent.Start, (state, fact) => state.Apply(fact.At == default ? fact with { At = T0 } : fact));

    private static StatusSet Online => new StatusSet(AgentStatus.Online);

    private static StatusSet Busy => new StatusSet(AgentStatus.Busy);

    private static Reserved Took(string id) => new Reserved(id, $"c-{id}", false);

    private static ReservationConfirmed Held(string id) => new ReservationConfirmed(id, false);

    private static string Facts(AgentDecision decision) => decision.Refusal is { } refusal
        ? refusal.Code.ToString()
        : string.Join(" ", decision.Facts.Select(fact => fact.GetType().Name)
            .Concat(decision.Effects.Select(effect => $"{effect.Kind}->{effect.Target}")));

    [Theory]
    [InlineData(AgentStatus.Offline, AgentStatus.Online, false, "StatusSet")]
    [InlineData(AgentStatus.Online, AgentStatus.Online, false, "")]
    [InlineData(AgentStatus.Online, AgentStatus.Online, true, "StatusSet")]
    [InlineData(AgentStatus.Online, AgentStatus.Busy, false, "StatusSet")]
    [InlineData(AgentStatus.Online, (AgentStatus)9, false, "Invalid")]
    public void Status_is_set_once_and_remembered_with_a_command_id(
        AgentStatus before, AgentStatus wanted, bool hasId, string expected) =>
        Assert.Equal(expected, Facts(AgentRules.SetStatus(Given(new StatusSet(before)), Profile, wanted, hasId, T0)));

    [Fact]
    public void A_wish_that_was_overtaken_leaves_its_id_and_nothing_else()
    {
        var away = Given(new StatusSet(AgentStatus.Away, "lunch"));
        Assert.Equal("", Facts(Overtaken(hasId: false)));
        var left = (StatusSet)Overtaken(hasId: true).Facts.Single();
        Assert.Equal((AgentStatus.Away, "lunch"), (left.Status, left.Reason));
        Assert.Equal("Invalid", Facts(AgentRules.SetStatus(away, Profile, AgentStatus.Online, true, T0, "lunch", true)));

        AgentDecision Overtaken(bool hasId) =>
            AgentRules.SetStatus(away, Profile, AgentStatus.Online, hasId, T0, isOvertaken: true);
    }

    [Theory]
    [InlineData(AgentStatus.Away, null, AgentStatus.Away, "lunch", "StatusSet")]
    [InlineData(AgentStatus.Away, "lunch", AgentStatus.Away, "lunch", "")]
    [InlineData(AgentStatus.Away, "lunch", AgentStatus.Away, null, "StatusSet")]
    [InlineData(AgentStatus.Online, null, AgentStatus.Online, "lunch", "Invalid")]
    [InlineData(AgentStatus.Online, null, AgentStatus.Offline, "lunch", "Invalid")]
    [InlineData(AgentStatus.Online, null, AgentStatus.Busy, "", "Invalid")]
    public void Busy_and_away_may_have_a_reason(
        AgentStatus before, string? reasonBefore, AgentStatus wanted, string? reason, string expected) =>
        Assert.Equal(expected, Facts(AgentRules.SetStatus(
            Given(new StatusSet(before, reasonBefore)), Profile, wanted, false, T0, reason)));

    [Fact]
    public void A_reason_lasts_as_long_as_its_status_and_its_time_is_kept()
    {
        var at = T0.AddMinutes(5);
        var away = Given(Online).Apply(new StatusSet(AgentStatus.Away, "lunch") { At = at });
        Assert.Equal(("lunch", at), (away.Reason, away.StatusSince));
        Assert.Equal(at, away.Apply(new StatusSet(AgentStatus.Away, "lunch") { At = at.AddMinutes(1) }).StatusSince);
        var back = away.Apply(new StatusSet(AgentStatus.Online) { At = at.AddMinutes(30) });
        Assert.Equal((null, at.AddMinutes(30)), (back.Reason, back.StatusSince!.Value));
        var gone = away.Apply(new StatusSet(AgentStatus.Offline) { At = at.AddMinutes(30) });
        Assert.Equal((null, at.AddMinutes(30)), (gone.Reason, gone.StatusSince!.Value));
    }

    [Fact]
    public void Offline_gives_back_everything_it_holds()
    {
        var state = Given(Online, Took("1"), Held("1"), Took("2"));
        var decision = AgentRules.SetStatus(state, Profile, AgentStatus.Offline, false, T0);
        Assert.Equal("StatusSet conversation.release.v1->c-1 conversation.release.v1->c-2", Facts(decision));
        var after = state.Apply(decision.Facts[0]);
        Assert.Equal(2, after.Reservations.Length); // Places are free when conversations say so, not before.
        Assert.False(AgentRules.HoldsOn(after));
    }

    [Fact]
    public void A_disabled_account_can_only_go_offline()
    {
        Assert.Equal("Forbidden", Facts(AgentRules.SetStatus(Given(), Disabled, AgentStatus.Online, false, T0)));
        Assert.Equal("StatusSet", Facts(AgentRules.SetStatus(Given(Online), Disabled, AgentStatus.Offline, false, T0)));
    }

    public static TheoryData<string, bool, bool, string> Reservations => new()
    {
        // state, present, by hand, expected
        { "online", true, false, "Reserved" },
        { "online", false, false, "Conflict" },
        { "online", false, true, "Reserved" },
        { "busy", true, false, "Conflict" },
        { "busy", true, true, "Reserved" },
        { "away", true, true, "Reserved" },
        { "offline", true, true, "Conflict" },
        { "full", true, false, "Conflict" },
        { "full", true, true, "Conflict" },
        { "same id", true, false, "" },
        { "same id, other conversation", true, false, "Conflict" },
        { "same conversation, other id", true, false, "Conflict" },
        { "disabled", true, false, "Conflict" },
    };

    [Theory, MemberData(nameof(Reservations))]
    public void A_place_is_kept_only_where_there_is_one(string state, bool present, bool byHand, string expected)
    {
        var now = state switch
        {
            "offline" => Given(),
            "busy" => Given(Busy),
            "away" => Given(new StatusSet(AgentStatus.Away)),
            "full" => Given(Online, Took("1"), Took("2")),
            "same id" => Given(Online, new Reserved("r", "c", false)),
            "same id, other conversation" => Given(Online, new Reserved("r", "other", false)),
            "same conversation, other id" => Given(Online, new Reserved("other", "c", false)),
            _ => Given(Online),
        };
        var profile = state == "disabled" ? Disabled : Profile;
        Assert.Equal(expected, Facts(AgentRules.Reserve(now, profile, present, "r", "c", byHand, T0)));
    }

    [Fact]
    public void A_reservation_being_given_back_still_counts()
    {
        var state = Given(Online, Took("1"), Took("2"), new AgentLeft());
        Assert.Equal("Conflict", Facts(AgentRules.Reserve(state, Profile, true, "r", "c", false, T0)));
    }

    [Fact]
    public void Confirming_only_ever_raises_the_stage()
    {
        Assert.Equal("", Facts(AgentRules.Confirm(Given(Online), Profile, "1", false, T0)));
        var pending = Given(Online, Took("1"));
        Assert.Equal("ReservationConfirmed", Facts(AgentRules.Confirm(pending, Profile, "1", true, T0)));
        var offered = pending.Apply(new ReservationConfirmed("1", true));
        Assert.Equal("", Facts(AgentRules.Confirm(offered, Profile, "1", true, T0)));
        Assert.Equal("ReservationConfirmed", Facts(AgentRules.Confirm(offered, Profile, "1", false, T0)));
        var held = offered.Apply(new ReservationConfirmed("1", false));
        Assert.Equal("", Facts(AgentRules.Confirm(held, Profile, "1", true, T0))); // A late notice of the offer.
        Assert.Equal(2, held.InboxVersion);
    }

    [Fact]
    public void What_is_confirmed_after_the_agent_left_is_given_back_again() =>
        Assert.Equal("ReservationConfirmed conversation.release.v1->c-1", Facts(AgentRules.Confirm(
            Given(Online, Took("1"), new AgentLeft()), Profile, "1", false, T0)));

    [Theory]
    [InlineData(false, false, 0)] // Never held, never shown: nothing in the inbox changes.
    [InlineData(false, true, 1)] // A list read in between showed it although nobody had confirmed it here.
    [InlineData(true, false, 2)]
    [InlineData(true, true, 2)]
    public void Releasing_counts_in_the_inbox_where_a_line_goes(bool confirmed, bool wasHeld, long inboxVersion)
    {
        var state = confirmed ? Given(Online, Took("1"), Held("1")) : Given(Online, Took("1"));
        var after = state.Apply(AgentRules.Release(state, "1", wasHeld, T0).Facts.Single());
        Assert.Empty(after.Reservations);
        Assert.Equal(inboxVersion, after.InboxVersion);
        Assert.Equal("", Facts(AgentRules.Release(after, "1", wasHeld, T0)));
    }

    [Theory]
    [InlineData(29, false, "")]
    [InlineData(30, false, "AgentLeft conversation.release.v1->c-1")]
    [InlineData(600, true, "")]
    public void Grace_over_means_left(int absentSeconds, bool present, string expected) => Assert.Equal(
        expected, Facts(AgentRules.Look(
            Given(Online, Took("1"), Held("1")), Profile, present, T0, Grace, T0.AddSeconds(absentSeconds))));

    [Fact]
    public void It_leaves_once_and_again_only_with_something_new()
    {
        var left = Given(Busy, Took("1"), new AgentLeft());
        Assert.Equal("", Facts(AgentRules.Look(left, Profile, false, T0, Grace, T0.AddHours(1))));
        Assert.Equal("", Facts(AgentRules.Look(Given(Online), Profile, false, T0, Grace, T0.AddHours(1))));
        Assert.StartsWith("AgentLeft", Facts(AgentRules.Look(
            left.Apply(new Reserved("2", "c-2", true)), Profile, false, T0, Grace, T0.AddHours(1))));
    }

    [Fact]
    public void A_disabled_account_is_set_offline() => Assert.Equal(
        "StatusSet conversation.release.v1->c-1",
        Facts(AgentRules.Look(Given(Online, Took("1")), Disabled, true, T0, Grace, T0)));

    [Fact]
    public void Unconfirmed_and_overdue_reservations_are_asked_about()
    {
        var state = Given(Online, Took("1"), Took("2"), Held("2"));
        Assert.Empty(AgentRules.ToVerify(state, T0.AddSeconds(9)));
        Assert.Equal(["1"], AgentRules.ToVerify(state, T0.AddSeconds(10)).Select(one => one.Id));
        var returning = state.Apply(new AgentLeft { At = T0 });
        Assert.Equal(["1", "2"], AgentRules.ToVerify(returning, T0.AddSeconds(30)).Select(one => one.Id));
    }

    [Fact]
    public void Somebody_always_looks_again_while_anything_is_open()
    {
        Assert.Null(AgentRules.NextLook(Given(), false, T0, Grace, T0));
        Assert.Equal(T0.AddSeconds(60), AgentRules.NextLook(Given(Online), true, T0, Grace, T0));
        var pending = Given(Online, Took("1"));
        Assert.Equal(T0.AddSeconds(10), AgentRules.NextLook(pending, true, T0, Grace, T0));
        Assert.Equal(T0.AddSeconds(30), AgentRules.NextLook(pending, true, T0, Grace, T0.AddSeconds(20)));
        Assert.Equal(T0.AddSeconds(30), AgentRules.NextLook(pending.Apply(Held("1")), false, T0, Grace, T0));
        var goneOffline = pending.Apply(new StatusSet(AgentStatus.Offline) { At = T0 });
        Assert.Equal(T0.AddSeconds(10), AgentRules.NextLook(goneOffline, false, T0, Grace, T0));
    }

    [Fact]
    public void Grace_is_the_longest_of_its_queues()
    {
        Assert.Equal(TimeSpan.FromSeconds(30), AgentRules.Grace([]));
        Assert.Equal(TimeSpan.FromSeconds(90), AgentRules.Grace([
            new QueueSettings { Id = "a", Name = "a", GraceSeconds = 90 },
            new QueueSettings { Id = "b", Name = "b", GraceSeconds = 5 }]));
    }

    [Fact]
    public void Idle_since_counts_from_going_online_and_from_the_last_place_taken()
    {
        var state = Given(new StatusSet(AgentStatus.Online) { At = T0 });
        Assert.Equal(T0, state.IdleSince);
        state = state.Apply(new Reserved("1", "c", false) { At = T0.AddMinutes(1) });
        state = state.Apply(new ReservationReleased("1", false) { At = T0.AddMinutes(2) });
        Assert.Equal(T0.AddMinutes(1), state.IdleSince);
        state = state.Apply(new StatusSet(AgentStatus.Online) { At = T0.AddMinutes(3) });
        Assert.Equal(T0.AddMinutes(1), state.IdleSince);
    }

    [Fact]
    public void Presence_is_any_lease_that_still_runs()
    {
        var presence = new AgentPresence(T0);
        Assert.False(presence.IsPresent);
        presence.Arrive("f1", T0, TimeSpan.FromSeconds(15));
        presence.Arrive("f2", T0.AddSeconds(5), TimeSpan.FromHours(9));
        Assert.Equal(T0.AddSeconds(65), presence.Until);
        presence.Leave("f2", T0.AddSeconds(6));
        presence.Leave("unknown", T0.AddSeconds(7));
        Assert.Equal(["f1"], presence.Fronts);
        Assert.Equal(T0.AddSeconds(6), presence.LastKnown);
        presence.Expire(T0.AddSeconds(14));
        Assert.True(presence.IsPresent);
        presence.Expire(T0.AddSeconds(15));
        Assert.False(presence.IsPresent);
        Assert.Null(presence.Until);
    }
}
