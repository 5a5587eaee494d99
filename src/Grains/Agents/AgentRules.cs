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
        return AgentDecision.Accept(
            new StatusSet(status, reason) { At = at }, status == AgentStatus.Offline ? GiveBack(now, profile.Id) : []);
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
            return same.ConversationId == conversationId
                ? AgentDecision.Nothing
                : AgentDecision.Refuse(RefusalCode.Conflict, "The reservation is for another conversation.");
        }
        if (now.Reservations.Any(reservation => reservation.ConversationId == conversationId))
            return AgentDecision.Refuse(RefusalCode.Conflict, "The conversation has a place here already.");
        if (profile.Disabled)
            return AgentDecision.Refuse(RefusalCode.Conflict, "The account is disabled.");
        if (byHand ? now.Status == AgentStatus.Offline : now.Status != AgentStatus.Online || !present)
            return AgentDecision.Refuse(RefusalCode.Conflict, "The agent is not available.");
        if (now.Reservations.Length >= profile.Capacity)
            return AgentDecision.Refuse(RefusalCode.Conflict, "The agent has no free place.");
        return AgentDecision.Accept(new Reserved(reservationId, conversationId, byHand) { At = at });
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

    /// <summary>The place is free.</summary>
    /// <param name="wasHeld">The conversation says that it was held by it: then a client may have seen the line, in a
    /// list read before this agent knew, even where nobody confirmed it here.</param>
    public static AgentDecision Release(Agent now, string reservationId, bool wasHeld, DateTimeOffset at) =>
        now.Find(reservationId) is { } reservation
            ? AgentDecision.Accept(new ReservationReleased(
                reservationId, wasHeld || reservation.Stage > ReservationStage.Pending) { At = at })
            : AgentDecision.Nothing;

    /// <summary>What is due by itself: a disabled account goes offline; after grace an absent agent has left.</summary>
    public static AgentDecision Look(
        Agent now, AgentProfile profile, bool present, DateTimeOffset lastKnown, TimeSpan grace, DateTimeOffset at)
    {
        if (profile.Disabled && now.Status != AgentStatus.Offline)
            return AgentDecision.Accept(new StatusSet(AgentStatus.Offline) { At = at }, GiveBack(now, profile.Id));
        if (now.Status != AgentStatus.Offline && !present && at >= lastKnown + grace && HoldsOn(now))
            return AgentDecision.Accept(new AgentLeft { At = at }, GiveBack(now, profile.Id));
        return AgentDecision.Nothing;
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
        if (now.Status != AgentStatus.Offline && !present && HoldsOn(now) && lastKnown + grace is var end && end < next)
            next = end > at ? end : at + TimeSpan.FromSeconds(1);
        return next;
    }

    /// <summary>Whether it holds anything that is not on its way back.</summary>
    public static bool HoldsOn(Agent now) => now.Reservations.Any(reservation => reservation.ReturningSince is null);

    private static DateTimeOffset VerifyAt(Reservation reservation)
    {
        var confirmed = reservation.Stage == ReservationStage.Pending
            ? reservation.ReservedAt + ConfirmationWait
            : DateTimeOffset.MaxValue;
        var returned = reservation.ReturningSince is { } since ? since + ReturnWait : DateTimeOffset.MaxValue;
        return confirmed < returned ? confirmed : returned;
    }

    private static ImmutableArray<Effect> GiveBack(Agent now, string agentId) =>
        [.. now.Reservations.Select(reservation => TakeBack(agentId, reservation))];

    private static Effect TakeBack(string agentId, Reservation reservation) =>
        Effect.TakeBack(reservation.ConversationId, new TakeBackPayload(agentId, reservation.Id));
}
