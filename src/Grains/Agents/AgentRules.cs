using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Grains.Effects;
using CustomerService.Storage.Catalogue;

namespace CustomerService.Grains.Agents;

/// <summary>What to do: refuse, or store these facts and owe these effects. Neither: nothing to do, and that is fine.
/// </summary>
public sealed record AgentDecision(Refusal? Refusal, ImmutableArray<AgentEvent> Facts, ImmutableArray<Effect> Effects)
{
    /// <summary>Already so.</summary>
    public static AgentDecision Nothing { get; } = new(null, [], []);

    /// <summary>Not done.</summary>
    public static AgentDecision Refuse(RefusalCode code, string why) => new(new Refusal(code, why), [], []);

    /// <summary>Done by this fact.</summary>
    public static AgentDecision Accept(AgentEvent fact, ImmutableArray<Effect> effects = default) =>
        new(null, [fact], effects.IsDefault ? [] : effects);

    /// <summary>Done by these facts, in that order.</summary>
    public static AgentDecision Accept(IEnumerable<AgentEvent> facts, ImmutableArray<Effect> effects = default) =>
        new(null, [.. facts], effects.IsDefault ? [] : effects);
}

/// <summary>The rules. No clock, I/O or randomness: the same arguments give the same answer.</summary>
public static class AgentRules
{
    /// <summary>So long a reservation may stay unconfirmed before the agent asks the conversation. A healthy saga takes
    /// milliseconds, so this only has to be longer than a slow one.</summary>
    public static readonly TimeSpan ConfirmationWait = TimeSpan.FromSeconds(10);

    /// <summary>So long a place may be on its way back before the agent asks what became of it.</summary>
    public static readonly TimeSpan ReturnWait = TimeSpan.FromSeconds(30);

    /// <summary>Longest time between two looks at an agent that is not offline: its presence is known to nobody but its
    /// activation, which may vanish with the silo.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(60);

    /// <summary>Grace where none of its queues is known.</summary>
    public static readonly TimeSpan GraceDefault = TimeSpan.FromSeconds(30);

    /// <summary>How long it may be absent and keep what it holds: the longest of its queues, because all that it holds
    /// is given back together.</summary>
    public static TimeSpan Grace(IEnumerable<QueueSettings> queues) =>
        queues.Select(queue => TimeSpan.FromSeconds(queue.GraceSeconds)).DefaultIfEmpty(GraceDefault).Max();

    /// <summary>Sets the status. With a command id the fact is stored even where it changes nothing: the id must be
    /// remembered, or its retry could undo what came after it.</summary>
    /// <param name="isOvertaken">A newer wish was done: this one came before it and leaves nothing but its id.</param>
    public static AgentDecision SetStatus(
        Agent now, AgentProfile profile, AgentStatus status, bool hasCommandId, DateTimeOffset at,
        string? reason = null, bool isOvertaken = false)
    {
        if (!Enum.IsDefined(status))
            return AgentDecision.Refuse(RefusalCode.Invalid, "Unknown status.");
        if (reason is { Length: 0 or > Limits.IdLengthMax })
            return AgentDecision.Refuse(RefusalCode.Invalid, "A reason is an id of 1 to 64 characters.");
        if (reason is not null && status is not (AgentStatus.Busy or AgentStatus.Away))
            return AgentDecision.Refuse(RefusalCode.Invalid, "Only busy and away have a reason.");
        if (profile.Disabled && status != AgentStatus.Offline)
            return AgentDecision.Refuse(RefusalCode.Forbidden, "The account is disabled.");
        if (!hasCommandId && (isOvertaken || (now.Status == status && now.Reason == reason)))
            return AgentDecision.Nothing;
        if (isOvertaken)
            return AgentDecision.Accept(new StatusSet(now.Status, now.Reason) { At = at });
        var set = new StatusSet(status, reason) { At = at };
        return status == AgentStatus.Offline ? Gone(now, set, profile.Id) : AgentDecision.Accept(set);
    }

    /// <summary>Keeps a place.</summary>
    /// <param name="byHand">The agent itself asks: then it is there, whatever its leases say, and only offline refuses.
    /// </param>
    public static AgentDecision Reserve(
        Agent now, AgentProfile profile, bool present, string reservationId, string conversationId, bool byHand,
        DateTimeOffset at)
    {
        if (now.Find(reservationId) is { } same)
        {
            return same.WrapUpUntil is null && same.ConversationId == conversationId
                ? AgentDecision.Nothing
                : AgentDecision.Refuse(RefusalCode.Conflict, "The reservation is for another conversation.");
        }
        var old = now.Reservations.FirstOrDefault(reservation => reservation.ConversationId == conversationId);
        if (old is { WrapUpUntil: null })
            return AgentDecision.Refuse(RefusalCode.Conflict, "The conversation has a place here already.");
        if (profile.Disabled)
            return AgentDecision.Refuse(RefusalCode.Conflict, "The account is disabled.");
        if (byHand ? now.Status == AgentStatus.Offline : now.Status != AgentStatus.Online || !present)
            return AgentDecision.Refuse(RefusalCode.Conflict, "The agent is not available.");
        // Back before its own wrap-up is over, it goes on in the place it had.
        if (now.Reservations.Length - (old is null ? 0 : 1) >= profile.Capacity)
            return AgentDecision.Refuse(RefusalCode.Conflict, "The agent has no free place.");
        var reserved = new Reserved(reservationId, conversationId, byHand) { At = at };
        return old is null ? AgentDecision.Accept(reserved) : AgentDecision.Accept([Free(old, at), reserved]);
    }

    /// <summary>The reservation holds its conversation. One that is being given back, because the agent left before this
    /// was known, is given back once more: the first attempt came before there was anything to take.</summary>
    public static AgentDecision Confirm(
        Agent now, AgentProfile profile, string reservationId, bool offered, DateTimeOffset at)
    {
        var stage = offered ? ReservationStage.Offered : ReservationStage.Held;
        if (now.Find(reservationId) is not { } reservation || reservation.Stage >= stage)
            return AgentDecision.Nothing;
        return AgentDecision.Accept(
            new ReservationConfirmed(reservationId, offered) { At = at },
            reservation.ReturningSince is null ? [] : [TakeBack(profile.Id, reservation)]);
    }

    /// <summary>The place is free, or the agent begins to wrap up.</summary>
    /// <param name="wasHeld">The conversation says that it was held by it: then a client may have seen the line, in a
    /// list read before this agent knew, even where nobody confirmed it here.</param>
    /// <param name="wrapUpUntil">Until when its agent is to wrap up. Told late, what is over by then is not made up for;
    /// and who is gone does not wrap up.</param>
    public static AgentDecision Release(
        Agent now, string reservationId, bool wasHeld, DateTimeOffset at, DateTimeOffset? wrapUpUntil = null)
    {
        // Told again: the wrap-up ends by its own time.
        if (now.Find(reservationId) is not { WrapUpUntil: null } reservation)
            return AgentDecision.Nothing;
        var wrapsUp = wrapUpUntil > at && reservation.ReturningSince is null && now.Status != AgentStatus.Offline;
        return AgentDecision.Accept(new ReservationReleased(
            reservationId, wasHeld || reservation.Stage > ReservationStage.Pending, wrapsUp ? wrapUpUntil : null)
        {
            At = at,
        });
    }

    /// <summary>The agent has wrapped up before its time.</summary>
    public static AgentDecision EndWrapUp(Agent now, string reservationId, DateTimeOffset at) =>
        now.Find(reservationId) is { WrapUpUntil: not null } wrapUp
            ? AgentDecision.Accept(Free(wrapUp, at))
            : AgentDecision.Nothing;

    /// <summary>The places that are taken by wrap-ups, in the order in which they were.</summary>
    public static ImmutableArray<WrapUp> WrapUps(Agent now) =>
        [.. now.Reservations.Where(one => one.WrapUpUntil is not null)
            .Select(one => new WrapUp(one.Id, one.ConversationId, one.WrapUpUntil!.Value))];

    /// <summary>When the first of the wrap-ups is over; null where there are none.</summary>
    public static DateTimeOffset? WrapUpEnd(Agent now) => now.Reservations.Min(one => one.WrapUpUntil);

    /// <summary>What is due by itself: a disabled account goes offline; after grace an absent agent has left; wrap-ups are
    /// over.</summary>
    public static AgentDecision Look(
        Agent now, AgentProfile profile, bool present, DateTimeOffset lastKnown, TimeSpan grace, DateTimeOffset at)
    {
        if (profile.Disabled && now.Status != AgentStatus.Offline)
            return Gone(now, new StatusSet(AgentStatus.Offline) { At = at }, profile.Id);
        if (now.Status != AgentStatus.Offline && !present && at >= lastKnown + grace && HoldsOn(now))
            return Gone(now, new AgentLeft { At = at }, profile.Id);
        return AgentDecision.Accept(now.Reservations.Where(one => one.WrapUpUntil <= at).Select(one => Free(one, at)));
    }

    /// <summary>Reservations whose conversation must be asked what became of them.</summary>
    public static ImmutableArray<Reservation> ToVerify(Agent now, DateTimeOffset at) =>
        [.. now.Reservations.Where(reservation => VerifyAt(reservation) <= at)];

    /// <summary>When the agent must be looked at next; null where it may rest.</summary>
    public static DateTimeOffset? NextLook(
        Agent now, bool present, DateTimeOffset lastKnown, TimeSpan grace, DateTimeOffset at)
    {
        if (now.Status == AgentStatus.Offline && now.Reservations.IsEmpty)
            return null;
        var next = at + LookEvery;
        foreach (var reservation in now.Reservations)
        {
            // One that is overdue is being asked about: look again after another wait.
            var verify = VerifyAt(reservation) is var due && due > at ? due : at + ConfirmationWait;
            next = verify < next ? verify : next;
        }
        if (WrapUpEnd(now) is { } over && over < next)
            next = over > at ? over : at + TimeSpan.FromSeconds(1);
        if (now.Status != AgentStatus.Offline && !present && HoldsOn(now) && lastKnown + grace is var end && end < next)
            next = end > at ? end : at + TimeSpan.FromSeconds(1);
        return next;
    }

    /// <summary>Whether it holds anything that is not on its way back.</summary>
    public static bool HoldsOn(Agent now) => now.Reservations.Any(reservation => reservation.IsKept);

    private static DateTimeOffset VerifyAt(Reservation reservation)
    {
        var confirmed = reservation.Stage == ReservationStage.Pending
            ? reservation.ReservedAt + ConfirmationWait
            : DateTimeOffset.MaxValue;
        var returned = reservation.ReturningSince is { } since ? since + ReturnWait : DateTimeOffset.MaxValue;
        return confirmed < returned ? confirmed : returned;
    }

    /// <summary>It gives back what it holds, and what it wrapped up is over.</summary>
    private static AgentDecision Gone(Agent now, AgentEvent how, string agentId) => AgentDecision.Accept(
        [how, .. now.Reservations.Where(one => one.WrapUpUntil is not null).Select(one => Free(one, how.At))],
        [.. now.Reservations.Where(one => one.WrapUpUntil is null).Select(one => TakeBack(agentId, one))]);

    private static ReservationReleased Free(Reservation wrapUp, DateTimeOffset at) =>
        new(wrapUp.Id, Shown: false) { At = at };

    private static Effect TakeBack(string agentId, Reservation reservation) =>
        Effect.TakeBack(reservation.ConversationId, new TakeBackPayload(agentId, reservation.Id));
}
