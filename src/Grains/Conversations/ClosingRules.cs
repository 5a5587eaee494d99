using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>Ending and going on.</summary>
internal static class ClosingRules
{
    private const string Abandoned = "abandoned";

    public static Decision Close(Conversation now, CloseConversation c, Circumstances around)
    {
        if (c.By.Kind == ActorKind.Agent && !MayClose(now, c.By))
            return ConversationRules.Forbidden;
        if (now.State == ConversationState.Closed)
            return Decision.NothingToDo;
        var reason = c.By.Kind == ActorKind.Agent ? c.Reason : Unanswered(now) ? Abandoned : null;
        return Decision.Accept(new ConversationClosed(Party.Of(c.By), reason) { At = around.At });
    }

    /// <summary>Until when the agent that held it wraps up; null where it does not. What nobody ended but time, has left
    /// its agent time enough.</summary>
    public static DateTimeOffset? WrapUpUntil(
        Conversation before, ImmutableArray<ConversationEvent> facts, ConversationPolicy policy) =>
        policy.WrapUp > TimeSpan.Zero && before.State == ConversationState.Assigned
            && facts.OfType<ConversationClosed>().FirstOrDefault() is { By.Kind: ActorKind.Agent or ActorKind.Visitor } closed
            ? closed.At + policy.WrapUp
            : null;

    public static Decision Reopen(Conversation now, ReopenConversation c, Circumstances around)
    {
        if (now.State != ConversationState.Closed)
            return Decision.NothingToDo;
        if (c.By.Kind == ActorKind.Visitor && around.At > now.ClosedAt + around.Policy.Reopen)
            return Decision.Refuse(RefusalCode.Closed, "The time to reopen it is over.");
        // Its last agent first, who knows it; where that agent has no room, it waits like a new one.
        if (now.LastAgent is { } last && around.Place is null)
            return Decision.First(new AskPlace(last.Id, ByHand: false));
        var reopened = new ConversationReopened(Party.Of(c.By)) { At = around.At };
        return around.Place is { Refusal: null } place
            ? Decision.Accept(
                reopened,
                new ConversationAssigned(place.Agent, place.ReservationId, "held it before") { At = around.At })
            : Decision.Accept(
                reopened, new ConversationQueued(around.Policy.Queue, around.At, null) { At = around.At });
    }

    public static Decision CheckDeadlines(Conversation now, CheckConversationDeadlines c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.System)
            return ConversationRules.WrongRole;
        // Put aside on purpose: it is not idle before its time is up.
        if (now.State == ConversationState.Snoozed)
            return around.At >= now.SnoozedUntil ? SnoozeRules.Wake(now, "due", null, around) : Decision.NothingToDo;
        if (now.IsOpen && around.At >= now.ActiveAt + around.Policy.IdleClose)
        {
            return Decision.Accept(new ConversationClosed(Party.Of(c.By), Unanswered(now) ? Abandoned : "idle")
            {
                At = around.At,
            });
        }
        return now.State == ConversationState.Offered && around.At >= now.OfferExpiresAt
            ? Decision.Accept(AssignmentRules.Declined(now, "lapsed", around))
            : Decision.NothingToDo;
    }

    /// <summary>Who holds it, a supervisor, and where nobody does any agent of its queue.</summary>
    private static bool MayClose(Conversation now, Actor by) =>
        ConversationRules.MayAct(now, by)
        || now.Owner?.Id == by.Id
        || now.Owner is null && by.MaySee(now.Queue.Id, null);

    private static bool Unanswered(Conversation now) =>
        now.State is ConversationState.Waiting or ConversationState.Offered;
}
