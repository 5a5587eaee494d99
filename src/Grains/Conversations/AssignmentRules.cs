using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>Who gets it: assignments by queues, offers, picking by hand, giving back.</summary>
internal static class AssignmentRules
{
    private static readonly Decision NotWaiting =
        Decision.Refuse(RefusalCode.Conflict, "It does not wait in that queue any more.");

    private static readonly Decision Taken = Decision.Refuse(RefusalCode.Conflict, "Somebody else has it.");

    public static Decision Assign(Conversation now, AssignConversation c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.System)
            return ConversationRules.WrongRole;
        if (now.IsHeldBy(c.ReservationId))
            return Decision.NothingToDo;
        if (now.State != ConversationState.Waiting || now.Queue.Id != c.QueueId)
            return NotWaiting;
        return around.Policy.Offers
            ? Decision.Accept(new ConversationOffered(c.Agent, c.ReservationId, around.At + around.Policy.Offer, c.Why)
            {
                At = around.At,
            })
            : Decision.Accept(new ConversationAssigned(c.Agent, c.ReservationId, c.Why) { At = around.At });
    }

    public static Decision Accept(Conversation now, AcceptConversation c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Agent)
            return ConversationRules.WrongRole;
        return now.State switch
        {
            ConversationState.Closed => Decision.Closed,
            ConversationState.Assigned when now.Agent!.Id == c.By.Id => Decision.NothingToDo,
            ConversationState.Offered when now.Agent!.Id == c.By.Id && around.At < now.OfferExpiresAt =>
                Decision.Accept(new ConversationAssigned(
                    ConversationRules.RefOf(c.By), now.ReservationId!, "") { At = around.At }),
            ConversationState.Offered when now.Agent!.Id == c.By.Id =>
                Decision.Refuse(RefusalCode.Conflict, "The offer has lapsed."),
            ConversationState.Waiting => Pick(c, around),
            ConversationState.Snoozed => SnoozeRules.Pick(c, around),
            _ => Taken,
        };
    }

    public static Decision Decline(Conversation now, DeclineConversation c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Agent)
            return ConversationRules.WrongRole;
        return now.State switch
        {
            ConversationState.Closed => Decision.Closed,
            ConversationState.Offered when now.Agent!.Id == c.By.Id =>
                Decision.Accept(Declined(now, "declined", around)),
            // Its earlier decline, or a lapse that came first: what it wants is already so.
            ConversationState.Waiting when now.SkippedAgentId == c.By.Id => Decision.NothingToDo,
            _ => Decision.Refuse(RefusalCode.Conflict, "It is not offered to this agent."),
        };
    }

    public static Decision Release(Conversation now, ReleaseConversation c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.System && !ConversationRules.MayAct(now, c.By))
            return c.By.Kind == ActorKind.Agent ? ConversationRules.Forbidden : ConversationRules.WrongRole;
        if (now.Agent?.Id != c.AgentId || !now.IsHeldBy(c.ReservationId))
            return Decision.NothingToDo;
        if (now.State == ConversationState.Offered)
            return Decision.Accept(Declined(now, "gone", around));
        var reason = c.By.Kind == ActorKind.System ? "gone" : "released";
        return Decision.Accept(
            new ConversationReleased(now.Agent, c.ReservationId, reason) { At = around.At },
            new ConversationQueued(now.Queue, now.EnqueuedAt, null) { At = around.At });
    }

    public static Decision RefuseReservation(Conversation now, RefuseReservation c, Circumstances around) =>
        c.By.Kind != ActorKind.System ? ConversationRules.WrongRole
        : now.IsHeldBy(c.ReservationId) ? Decision.Refuse(RefusalCode.Conflict, "This reservation holds it.")
        : Decision.Accept(new ReservationRefused(c.AgentId, c.ReservationId) { At = around.At });

    /// <summary>The offer made to the agent comes to nothing.</summary>
    public static OfferDeclined Declined(Conversation now, string reason, Circumstances around) =>
        new(now.Agent!, now.ReservationId!, reason) { At = around.At };

    private static Decision Pick(AcceptConversation c, Circumstances around) => around.Place switch
    {
        null => Decision.First(new AskPlace(c.By.Id, ByHand: true)),
        { Refusal: { } refusal } => Decision.Refuse(refusal),
        { } place => Decision.Accept(new ConversationAssigned(
            ConversationRules.RefOf(c.By), place.ReservationId, "picked by hand") { At = around.At }),
    };
}
