using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>Putting aside, by an agent or by a visitor who waits no longer, and coming back.</summary>
internal static class SnoozeRules
{
    public static Decision Snooze(Conversation now, SnoozeConversation c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Agent)
            return ConversationRules.WrongRole;
        if (now.State == ConversationState.Closed)
            return Decision.Closed;
        if (now.State is not (ConversationState.Assigned or ConversationState.Snoozed) || now.Owner is null)
            return Decision.Refuse(RefusalCode.Conflict, "Nobody holds it.");
        if (!c.By.IsSupervisor && now.Owner?.Id != c.By.Id)
            return ConversationRules.Forbidden;
        if (c.Until <= around.At || c.Until > around.At.AddDays(Limits.SnoozeDaysMax))
        {
            return Decision.Refuse(
                RefusalCode.Invalid, $"A snooze ends ahead, within {Limits.SnoozeDaysMax} days.");
        }
        return now.SnoozedUntil == c.Until
            ? Decision.NothingToDo
            : Decision.Accept(new ConversationSnoozed(Party.Of(c.By), now.Owner, c.Until) { At = around.At });
    }

    public static Decision Leave(Conversation now, LeaveMessage c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Visitor)
            return ConversationRules.WrongRole;
        return now.State switch
        {
            ConversationState.Closed => Decision.Closed,
            _ when now.VisitorBlocked => Decision.Refuse(Refusal.Blocked),
            ConversationState.Assigned => Decision.Refuse(RefusalCode.Conflict, "An agent has it."),
            ConversationState.Snoozed => Decision.NothingToDo,
            _ => Decision.Accept(
                new MessageLeft(Party.Of(c.By), c.Form, around.At.AddDays(Limits.SnoozeDaysMax)) { At = around.At }),
        };
    }

    /// <summary>Back to its agent, who knows it; where that one has no room it waits like a new one.</summary>
    /// <param name="reason">See <see cref="ConversationWoken"/>.</param>
    /// <param name="first">What woke it, where that is a fact of its own.</param>
    public static Decision Wake(Conversation now, string reason, ConversationEvent? first, Circumstances around)
    {
        if (around.Place is null && now.LastAgent is { } last)
            return Decision.First(new AskPlace(last.Id, ByHand: false));
        var woken = new ConversationWoken(reason) { At = around.At };
        ConversationEvent next = around.Place is { Refusal: null } place
            ? new ConversationAssigned(place.Agent, place.ReservationId, "snoozed it") { At = around.At }
            : new ConversationQueued(around.Policy.Queue, around.At, null) { At = around.At };
        return first is null ? Decision.Accept(woken, next) : Decision.Accept(first, woken, next);
    }

    /// <summary>An agent takes a snoozed one before its time.</summary>
    public static Decision Pick(AcceptConversation c, Circumstances around) => around.Place switch
    {
        null => Decision.First(new AskPlace(c.By.Id, ByHand: true)),
        { Refusal: { } refusal } => Decision.Refuse(refusal),
        { } place => Decision.Accept(
            new ConversationWoken("picked") { At = around.At },
            new ConversationAssigned(ConversationRules.RefOf(c.By), place.ReservationId, "picked by hand")
            {
                At = around.At,
            }),
    };
}
