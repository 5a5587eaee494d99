using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Grains.Effects;
using CustomerService.Queues;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Journal;

namespace CustomerService.Grains.Conversations;

/// <summary>What a change of the conversation owes to others and to its read models. Pure: from the states before and
/// after, so that no rule can forget one.</summary>
public static class ConversationEffects
{
    /// <summary>What the queue, the agent and the visitor must learn.</summary>
    /// <param name="before">The state decided on.</param>
    /// <param name="after">The state after it.</param>
    /// <param name="readUpTo">How far an agent has read: the line of its inbox says so.</param>
    /// <param name="wrapUpUntil">Until when the agent that lets go of it wraps up; null: its place is free at once.</param>
    public static ImmutableArray<Effect> Owed(
        Conversation before, Conversation after, Func<string, long>? readUpTo = null, DateTimeOffset? wrapUpUntil = null)
    {
        // A message changes none of what the effects below look at.
        if (before.State == after.State && before.ReservationId == after.ReservationId
            && before.SkippedAgentId == after.SkippedAgentId && before.Queue.Id == after.Queue.Id)
        {
            return [];
        }
        readUpTo ??= static _ => 0;
        var effects = ImmutableArray.CreateBuilder<Effect>();
        var waited = before.State == ConversationState.Waiting;
        var waits = after.State == ConversationState.Waiting;
        if (waited && (!waits || before.Queue.Id != after.Queue.Id))
            effects.Add(Effect.TellQueue(before.Queue.Id, Waiting(after, waits: false)));
        if (waits && (!waited || before.Queue.Id != after.Queue.Id || before.SkippedAgentId != after.SkippedAgentId))
            effects.Add(Effect.TellQueue(after.Queue.Id, Waiting(after, waits: true)));

        if (before is { Agent: { } old, ReservationId: { } let } && after.ReservationId != let)
            effects.Add(Effect.ReleaseAgent(old.Id, new ReleasePayload(
                let, ConversationLines.View(after, readUpTo(old.Id)), wrapUpUntil)));
        if (after is { Agent: { } agent, ReservationId: { } held }
            && (before.ReservationId != held || before.State != after.State))
        {
            effects.Add(Effect.ConfirmAgent(agent.Id, new ConfirmPayload(
                held, after.State == ConversationState.Offered, ConversationLines.View(after, readUpTo(agent.Id)))));
        }

        if (after.State == ConversationState.Closed && before.State != ConversationState.Closed)
        {
            effects.Add(Effect.TellVisitorClosed(
                $"{after.SiteId}/{after.VisitorId}", new VisitorClosedPayload(after.Id, after.Version)));
        }
        return effects.ToImmutable();
    }

    /// <summary>The new line of the lists, or null where only its activity changed, which is written later.</summary>
    public static ConversationRow? Row(ImmutableArray<ConversationEvent> facts, Conversation after) =>
        facts.All(fact => fact is MessagePosted or NoteAdded or ReservationRefused or MessageEdited or NoteEdited)
            ? null
            : ConversationLines.Row(after);

    /// <summary>What becomes of the stored deadline. Messages leave it: when it comes too early the grain looks and
    /// re-arms it, which is once an idle period instead of once a message.</summary>
    public static DeadlineChange Deadline(
        ImmutableArray<ConversationEvent> facts, Conversation after, ConversationPolicy policy) =>
        facts.All(fact => fact is MessagePosted or NoteAdded or ReservationRefused or ConversationRated
            or ConversationTagged or MessageEdited or NoteEdited or MessageRedacted or NoteRedacted
            or ConversationVisitorBlocked or ConversationVisitorUnblocked)
            ? DeadlineChange.Keep
            : DueAt(after, policy) is { } dueAt ? DeadlineChange.Set(dueAt) : DeadlineChange.Clear;

    /// <summary>When the grain must look next: the snooze's end, the offer's or the idle close, whichever is first.</summary>
    public static DateTimeOffset? DueAt(Conversation state, ConversationPolicy policy)
    {
        if (!state.IsOpen)
            return null;
        if (state.SnoozedUntil is { } until)
            return until;
        var idle = state.ActiveAt + policy.IdleClose;
        return state.OfferExpiresAt is { } offer && offer < idle ? offer : idle;
    }

    private static WaitingConversation Waiting(Conversation state, bool waits) => new(
        state.Id, state.Version, waits, state.Priority, state.EnqueuedAt, state.SkippedAgentId);
}
