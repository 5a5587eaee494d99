using System.Text.Json;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Queues;
using CustomerService.Storage.Effects;
using CustomerService.Visitors;

namespace CustomerService.Grains.Effects;

/// <summary>The table of what each kind of owed effect does. Every call is idempotent at its receiver.</summary>
public static class EffectDispatch
{
    /// <summary>Executes it; completes when the receiver acknowledged. Fails where it did not, or where the kind or
    /// payload is not known here.</summary>
    public static Task Deliver(IGrainFactory grains, OwedEffect effect) => effect.Kind switch
    {
        Effect.QueueConversationChanged => grains.Of<IQueueGrain>(effect.Target)
            .ConversationChanged(Read<WaitingConversation>(effect)),
        Effect.AgentConfirm => Confirm(grains.Of<IAgentGrain>(effect.Target), Read<ConfirmPayload>(effect)),
        Effect.AgentRelease => Release(grains.Of<IAgentGrain>(effect.Target), Read<ReleasePayload>(effect)),
        Effect.VisitorConversationClosed => Closed(
            grains.Of<IVisitorGrain>(effect.Target), Read<VisitorClosedPayload>(effect)),
        Effect.ConversationStart => Execute(grains, effect, Read<StartConversation>(effect)),
        Effect.ConversationHearBlock => Execute(grains, effect, Read<HearBlock>(effect)),
        Effect.ConversationRelease => TakeBack(grains, effect, Read<TakeBackPayload>(effect)),
        _ => Task.FromException(new UnknownEffectException(effect)),
    };

    private static Task Confirm(IAgentGrain agent, ConfirmPayload payload) =>
        agent.Confirm(payload.ReservationId, payload.Offered, payload.Conversation);

    private static Task Release(IAgentGrain agent, ReleasePayload payload) =>
        agent.Release(payload.ReservationId, payload.Conversation, payload.WrapUpUntil);

    private static Task Closed(IVisitorGrain visitor, VisitorClosedPayload payload) =>
        visitor.ConversationClosed(payload.ConversationId, payload.Version);

    private static Task TakeBack(IGrainFactory grains, OwedEffect effect, TakeBackPayload payload) => Execute(
        grains, effect, new ReleaseConversation(Actor.System, null, payload.AgentId, payload.ReservationId));

    private static async Task Execute(IGrainFactory grains, OwedEffect effect, ConversationCommand command)
    {
        var receipt = await grains.Of<IConversationGrain>(effect.Target).Execute(command);
        // A final refusal is an acknowledgement: asking again would not change it.
        if (receipt.Refusal is { Code: RefusalCode.Unavailable or RefusalCode.Overloaded or RefusalCode.RateLimited })
            throw new EffectRefusedException(effect, receipt.Refusal);
    }

    private static T Read<T>(OwedEffect effect)
    {
        if (effect.Content is T content)
            return content;
        try
        {
            return JsonSerializer.Deserialize<T>(effect.Payload.Span, Effect.Json)
                ?? throw new UnknownEffectException(effect);
        }
        catch (JsonException error)
        {
            throw new UnknownEffectException(effect, error);
        }
    }
}

/// <summary>This program can't execute the effect: a newer one wrote it, or its payload is damaged.</summary>
public sealed class UnknownEffectException(OwedEffect effect, Exception? inner = null)
    : Exception($"Effect {effect.Id} of kind {effect.Kind} can't be read.", inner);

/// <summary>The receiver could not do it now.</summary>
public sealed class EffectRefusedException(OwedEffect effect, Refusal refusal)
    : Exception($"Effect {effect.Id} of kind {effect.Kind} was refused: {refusal.Code}.");
