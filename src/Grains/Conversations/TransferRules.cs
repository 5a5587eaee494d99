using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>Handing it on. A target that can't take it: <c>Conflict</c>, and nothing changed.</summary>
internal static class TransferRules
{
    public static Decision Transfer(Conversation now, TransferConversation c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Agent)
            return ConversationRules.WrongRole;
        if (now.State == ConversationState.Closed)
            return Decision.Closed;
        if (!ConversationRules.MayAct(now, c.By))
            return ConversationRules.Forbidden;
        return now.State switch
        {
            // An offered one belongs to the asked agent until the offer ends.
            ConversationState.Offered => Decision.Refuse(RefusalCode.Conflict, "It is being offered to an agent."),
            _ when c.ToAgent is { } agentId => ToAgent(now, c, agentId, around),
            _ => ToQueue(now, c, c.ToQueue!, around),
        };
    }

    private static Decision ToAgent(Conversation now, TransferConversation c, string agentId, Circumstances around)
    {
        if (now.Agent?.Id == agentId)
            return Decision.Refuse(RefusalCode.Conflict, "That agent has it.");
        return around.Place switch
        {
            null => Decision.First(new AskPlace(agentId, ByHand: false)),
            { Refusal: { } refusal } => Decision.Refuse(refusal),
            { } place => Decision.Accept(new ConversationTransferred(
                Party.Of(c.By), null, place.Agent, place.ReservationId, null, c.Note) { At = around.At }),
        };
    }

    private static Decision ToQueue(Conversation now, TransferConversation c, string queueId, Circumstances around)
    {
        if (now.State == ConversationState.Waiting && now.Queue.Id == queueId)
            return Decision.Refuse(RefusalCode.Conflict, "It waits there already.");
        return around.TargetQueue switch
        {
            null => Decision.First(new AskQueue(queueId)),
            { Queue: null } => Decision.Refuse(RefusalCode.Invalid, "No such queue."),
            { AnyoneOnline: false } => Decision.Refuse(RefusalCode.Conflict, "Nobody of that queue is online."),
            { Queue: { } queue } => Decision.Accept(
                // Who hands it away should not get it straight back.
                new ConversationTransferred(
                    Party.Of(c.By), queue, null, null, now.Agent?.Id, c.Note) { At = around.At }),
        };
    }
}
