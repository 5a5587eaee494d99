using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Agents;

/// <summary>What an agent has set itself to. Durable; whether it is connected is not, and both must hold for it to get
/// work.</summary>
public enum AgentStatus
{
    /// <summary>Gets nothing; what it held is given back.</summary>
    Offline = 0,

    /// <summary>Gets conversations up to its capacity.</summary>
    Online = 1,

    /// <summary>Keeps what it has, gets nothing new.</summary>
    Busy = 2,

    /// <summary>Keeps what it has, gets nothing new; shown as away.</summary>
    Away = 3,
}

/// <summary>
/// One agent: owns status, presence, capacity and reservations. Key: the agent's id. Never calls a conversation or queue
/// while it answers: what it wants of them it does in a later turn.
/// </summary>
[Alias("agent")]
public interface IAgentGrain : IGrainWithStringKey
{
    /// <summary>Sets the status durably. With a command id it is done once at most. Offline gives back everything it
    /// holds. <paramref name="reason"/>, 1 to 64 characters, is for busy and away (<c>Invalid</c> otherwise) and is stored
    /// with the status and its time. With an <paramref name="order"/> nothing changes where a newer wish was done already
    /// (no refusal: it came before that one), and <c>Unavailable</c> says that its turn is not this activation's. Without
    /// one the last to arrive wins.</summary>
    [Alias("set-status")]
    Task<AgentReceipt> SetStatus(
        AgentStatus status, string? commandId, string? reason = null, StatusOrder? order = null);

    /// <summary>
    /// A front says that at least one connection of this agent is alive on it, until <paramref name="lease"/> from now;
    /// repeated well within that time. Soft state: forgotten with the activation, so fronts repeat it.
    /// The front gets the inbox's changes on its feed while the lease runs.
    /// </summary>
    [Alias("arrive")]
    Task<AgentReceipt> Arrive(string frontId, TimeSpan lease);

    /// <summary>The last connection on that front is gone. With none left anywhere the grace period begins.</summary>
    [Alias("leave")]
    Task Leave(string frontId);

    /// <summary>
    /// Reserves a place for a conversation: refused (<c>Conflict</c>) when not available or full, counting every
    /// reservation not yet released. An append on the agent's stream, so that capacity holds even with two activations.
    /// Repeating an id is a no-op with the same answer. A conversation already reserved here under another id is refused.
    /// </summary>
    /// <param name="reservationId">Chosen by who reserves.</param>
    /// <param name="conversationId">For which conversation.</param>
    /// <param name="byHand">True where the agent itself asked (picked, or accepted): then busy and away do too.</param>
    [Alias("reserve")]
    Task<AgentReceipt> Reserve(string reservationId, string conversationId, bool byHand);

    /// <summary>The conversation is held (or offered) by this reservation: shows it in the inbox. Idempotent.</summary>
    [Alias("confirm")]
    Task Confirm(string reservationId, bool offered, ConversationView conversation);

    /// <summary>The conversation let go of this reservation: frees the place, at once or, where
    /// <paramref name="wrapUpUntil"/> lies ahead, when the agent has wrapped up. Idempotent; unknown ids are a no-op, and so
    /// is one whose wrap-up has begun: that ends by its own time, or by <see cref="EndWrapUp"/>.</summary>
    [Alias("release")]
    Task Release(string reservationId, ConversationView? conversation, DateTimeOffset? wrapUpUntil = null);

    /// <summary>The agent has wrapped up: frees the place. Durable when it completes; unknown ids are a no-op, so a repeat is
    /// safe.</summary>
    /// <param name="id">Of the wrap-up, <see cref="WrapUp.Id"/>.</param>
    [Alias("end-wrap-up")]
    Task<AgentReceipt> EndWrapUp(string id);

    /// <summary>A line of the inbox changed (a message came, for example): tells the agent's connections. May be lost.
    /// </summary>
    [Alias("inbox-line-changed"), Orleans.Concurrency.OneWay]
    Task InboxLineChanged(ConversationView conversation);

    /// <summary>Whether it could take work, as its queues need to know, and a turn for a wish for a status
    /// (<see cref="StatusWishes"/>), after making sure that no other activation wrote the stream since.</summary>
    [Alias("availability")]
    Task<AgentAvailability> Availability();

    /// <summary>Version of the inbox, after making sure that no other activation wrote the stream since.</summary>
    [Alias("inbox-version")]
    Task<long> InboxVersion();

    /// <summary>The account changed (name, queues, capacity, disabled): reads it again and tells old and new queues.
    /// Disabled gives back everything it holds.</summary>
    [Alias("account-changed")]
    Task AccountChanged();

    /// <summary>Looks whether anything is due: a grace period that is over, a reservation nobody confirmed. Acknowledges
    /// at once; sent by the sweep.</summary>
    /// <param name="dueAt">The stored deadline that came due: what is re-armed if nothing else set it since.</param>
    [Alias("check-deadlines")]
    Task CheckDeadlines(DateTimeOffset dueAt);
}

/// <summary>The answer of an agent.</summary>
/// <param name="Refusal">Null where it was done.</param>
/// <param name="Availability">How it stands after it.</param>
[GenerateSerializer, Immutable, Alias("agent.receipt")]
public sealed record AgentReceipt(
    [property: Id(0)] Refusal? Refusal, [property: Id(1)] AgentAvailability Availability);

/// <summary>A place that stays taken after its conversation was closed, for the work that is left on it.</summary>
/// <param name="Id">Names this one wrap-up.</param>
/// <param name="ConversationId">What was closed.</param>
/// <param name="EndsAt">When the place becomes free by itself.</param>
[GenerateSerializer, Immutable, Alias("agent.wrap-up")]
public sealed record WrapUp(
    [property: Id(0)] string Id, [property: Id(1)] string ConversationId, [property: Id(2)] DateTimeOffset EndsAt);

/// <summary>An agent's readiness for work at one moment.</summary>
/// <param name="Agent">Who.</param>
/// <param name="Revision">Rises with every change within one activation; with <paramref name="Epoch"/> it orders
/// reports.</param>
/// <param name="Epoch">When the activation began: a later one's reports win.</param>
/// <param name="Status">What it set.</param>
/// <param name="Present">Whether a connection is alive.</param>
/// <param name="Load">Places taken: reservations not released, and wrap-ups.</param>
/// <param name="Capacity">Most it may hold.</param>
/// <param name="IdleSince">Since when its load has not risen: the longest-idle rule's figure.</param>
/// <param name="Queues">Queues it serves.</param>
[GenerateSerializer, Immutable, Alias("agent.availability")]
public sealed record AgentAvailability(
    [property: Id(0)] AgentRef Agent,
    [property: Id(1)] long Revision,
    [property: Id(2)] DateTimeOffset Epoch,
    [property: Id(3)] AgentStatus Status,
    [property: Id(4)] bool Present,
    [property: Id(5)] int Load,
    [property: Id(6)] int Capacity,
    [property: Id(7)] DateTimeOffset IdleSince,
    [property: Id(8)] ImmutableArray<string> Queues)
{
    /// <summary>Why it is busy or away, where it said so.</summary>
    [Id(9)] public string? Reason { get; init; }

    /// <summary>Since when its status and reason are what they are.</summary>
    [Id(10)] public DateTimeOffset? StatusSince { get; init; }

    /// <summary>Places taken by wrap-ups, counted in <see cref="Load"/>. Default in the word of an older silo.</summary>
    [Id(12)] public ImmutableArray<WrapUp> WrapUps { get; init; } = [];

    /// <summary>How many places wrap-ups take.</summary>
    public int WrappingUp => WrapUps.IsDefault ? 0 : WrapUps.Length;

    /// <summary>In an answer to <see cref="IAgentGrain.Availability"/>: rises with each; 0 elsewhere.</summary>
    [Id(11)] public long StatusTurn { get; init; }

    /// <summary>Whether a queue may reserve a place with it.</summary>
    public bool MayServe => Status == AgentStatus.Online && Present && Load < Capacity;
}
