using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using CustomerService.Conversations;
using CustomerService.Queues;
using CustomerService.Storage.Effects;

namespace CustomerService.Grains.Effects;

/// <summary>
/// Something a decision owes to another grain, before it has a key: rules make these, pure. Kinds are stored names and
/// never change; EffectDispatch.cs is the table of what each does.
/// </summary>
public sealed record Effect(string Kind, string Target, ReadOnlyMemory<byte> Payload)
{
    /// <summary>What the payload was made of.</summary>
    public object? Content { get; init; }

    /// <summary>The owing grain delivers at once after its commit; the sweep leaves it that long before it tries too.
    /// Long enough that a healthy system never delivers twice, short enough that a crash is healed within seconds.</summary>
    public static readonly TimeSpan SweepDelay = TimeSpan.FromSeconds(5);

    public const string QueueConversationChanged = "queue.conversation-changed.v1";
    public const string AgentConfirm = "agent.confirm.v1";
    public const string AgentRelease = "agent.release.v1";
    public const string VisitorConversationClosed = "visitor.conversation-closed.v1";
    public const string ConversationStart = "conversation.start.v1";
    public const string ConversationHearBlock = "conversation.hear-block.v1";
    public const string ConversationRelease = "conversation.release.v1";

    /// <summary>How payloads are stored.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Chinese stays as it is: escaped it takes twice the room of the 8 KiB an effect has.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The queue learns that a conversation waits there, or no longer does.</summary>
    public static Effect TellQueue(string queueId, WaitingConversation conversation) =>
        Of(QueueConversationChanged, queueId, conversation);

    /// <summary>The agent learns that a reservation holds a conversation.</summary>
    public static Effect ConfirmAgent(string agentId, ConfirmPayload payload) => Of(AgentConfirm, agentId, payload);

    /// <summary>The agent's place becomes free.</summary>
    public static Effect ReleaseAgent(string agentId, ReleasePayload payload) => Of(AgentRelease, agentId, payload);

    /// <summary>The visitor may open another one. Target is the visitor grain's key.</summary>
    public static Effect TellVisitorClosed(string visitorKey, VisitorClosedPayload payload) =>
        Of(VisitorConversationClosed, visitorKey, payload);

    /// <summary>The conversation the visitor opened begins, even if nobody asks again.</summary>
    public static Effect BeginConversation(string conversationId, StartConversation command) =>
        Of(ConversationStart, conversationId, command);

    /// <summary>The conversation learns that its visitor was blocked, or that this was lifted.</summary>
    public static Effect TellBlock(string conversationId, HearBlock command) =>
        Of(ConversationHearBlock, conversationId, command);

    /// <summary>The conversation goes back to its queue because its agent is gone.</summary>
    public static Effect TakeBack(string conversationId, TakeBackPayload payload) =>
        Of(ConversationRelease, conversationId, payload);

    private static Effect Of<T>(string kind, string target, T payload) =>
        new(kind, target, JsonSerializer.SerializeToUtf8Bytes(payload, Json)) { Content = payload };
}

/// <summary>Payload of <see cref="Effect.AgentConfirm"/>.</summary>
public sealed record ConfirmPayload(string ReservationId, bool Offered, ConversationView Conversation);

/// <summary>Payload of <see cref="Effect.AgentRelease"/>.</summary>
/// <param name="WrapUpUntil">Until when its agent wraps up; null: the place is free at once.</param>
public sealed record ReleasePayload(
    string ReservationId, ConversationView? Conversation, DateTimeOffset? WrapUpUntil = null);

/// <summary>Payload of <see cref="Effect.VisitorConversationClosed"/>.</summary>
public sealed record VisitorClosedPayload(string ConversationId, long Version);

/// <summary>Payload of <see cref="Effect.ConversationRelease"/>.</summary>
public sealed record TakeBackPayload(string AgentId, string ReservationId);

/// <summary>Delivers what is owed, now, from a grain's turn, without making it wait.</summary>
public interface IEffectCourier
{
    /// <summary>
    /// Starts the delivery of each and returns; acknowledged ones leave the outbox. Never throws: what fails is the
    /// sweep's to repeat.
    /// </summary>
    void Deliver(ImmutableArray<OwedEffect> effects);
}
