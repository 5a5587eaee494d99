using System.Collections.Immutable;
using System.Diagnostics;
using CustomerService.Agents;
using CustomerService.Grains.Streams;

namespace CustomerService.Grains.Agents;

/// <summary>A fact of an agent's stream.</summary>
public abstract record AgentEvent : DomainEvent;

/// <summary>It set its status, or was set offline with its account.</summary>
/// <param name="Reason">Why it is busy or away: the id of one of the reasons set up; null where none was given.</param>
[Alias("agent.status-set.v1")]
public sealed record StatusSet(AgentStatus Status, string? Reason = null) : AgentEvent;

/// <summary>A place is kept for a conversation.</summary>
[Alias("agent.reserved.v1")]
public sealed record Reserved(string ReservationId, string ConversationId, bool ByHand) : AgentEvent;

/// <summary>The conversation said that this reservation holds it, or that it is offered by it: a line of the inbox.
/// </summary>
[Alias("agent.reservation-confirmed.v1")]
public sealed record ReservationConfirmed(string ReservationId, bool Offered) : AgentEvent;

/// <summary>The place is free, or only its conversation is gone from it: then a second one follows when the agent has
/// wrapped up. No event of its own, so that a program from before there were wrap-ups reads both, as free at the first.
/// </summary>
/// <param name="Shown">Whether a line of the inbox went with it.</param>
/// <param name="WrapUpUntil">Until when the place stays taken for the work that is left; null: it is free.</param>
[Alias("agent.reservation-released.v1")]
public sealed record ReservationReleased(string ReservationId, bool Shown, DateTimeOffset? WrapUpUntil = null) : AgentEvent;

/// <summary>It was absent for longer than grace allows: what it held is being given back.</summary>
[Alias("agent.left.v1")]
public sealed record AgentLeft : AgentEvent;

/// <summary>How far a reservation has come. Only ever rises.</summary>
public enum ReservationStage
{
    /// <summary>Nobody has confirmed it: the conversation may have refused it, or the caller may have died.</summary>
    Pending = 0,

    /// <summary>The agent is asked.</summary>
    Offered = 1,

    /// <summary>The conversation is the agent's.</summary>
    Held = 2,
}

/// <summary>A place kept for a conversation.</summary>
/// <param name="Id">Names this assignment: a release that names another does nothing.</param>
/// <param name="ReturningSince">Since when it is being given back; null where it is not.</param>
/// <param name="WrapUpUntil">Its conversation is closed, and the agent wraps up until then; null before that.</param>
[GenerateSerializer, Immutable, Alias("agent.reservation")]
public sealed record Reservation(
    [property: Id(0)] string Id,
    [property: Id(1)] string ConversationId,
    [property: Id(2)] DateTimeOffset ReservedAt,
    [property: Id(3)] ReservationStage Stage = ReservationStage.Pending,
    [property: Id(4)] DateTimeOffset? ReturningSince = null,
    [property: Id(5)] DateTimeOffset? WrapUpUntil = null)
{
    /// <summary>Whether it is the agent's and not on its way back.</summary>
    public bool IsKept => ReturningSince is null && WrapUpUntil is null;
}

/// <summary>What is durable of an agent. Name, queues and capacity are its account's, presence is soft state.</summary>
[GenerateSerializer, Immutable, Alias("agent.state")]
public sealed record Agent : IFold<Agent, AgentEvent>
{
    /// <inheritdoc/>
    public static Agent Start { get; } = new();

    /// <inheritdoc/>
    public static int SnapshotSchema => 3;

    /// <inheritdoc/>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>What it set itself to.</summary>
    [Id(1)]
    public AgentStatus Status { get; init; }

    /// <summary>Since when its load has not risen, counted from going online at the earliest.</summary>
    [Id(2)]
    public DateTimeOffset IdleSince { get; init; }

    /// <summary>Count of changes of the inbox: what its clients compare, so that a lost push is a visible gap.</summary>
    [Id(3)]
    public long InboxVersion { get; init; }

    /// <summary>All places taken, in the order in which they were.</summary>
    [Id(4)]
    public ImmutableArray<Reservation> Reservations { get; init; } = [];

    /// <summary>Why it is busy or away, where it said so.</summary>
    [Id(5)]
    public string? Reason { get; init; }

    /// <summary>Since when its status and reason are what they are; null before the first.</summary>
    [Id(6)]
    public DateTimeOffset? StatusSince { get; init; }

    /// <summary>The reservation of that id, or null.</summary>
    public Reservation? Find(string reservationId) =>
        Reservations.FirstOrDefault(reservation => reservation.Id == reservationId);

    /// <inheritdoc/>
    public Agent Apply(AgentEvent fact)
    {
        var next = this with { Version = Version + 1 };
        return fact switch
        {
            StatusSet { Status: AgentStatus.Offline } =>
                next with
                {
                    Status = AgentStatus.Offline,
                    Reason = null,
                    StatusSince = Status == AgentStatus.Offline ? StatusSince ?? fact.At : fact.At,
                    Reservations = AllReturning(fact.At),
                },
            StatusSet set => next with
            {
                Status = set.Status,
                Reason = set.Reason,
                StatusSince = set.Status == Status && set.Reason == Reason ? StatusSince ?? fact.At : fact.At,
                IdleSince = set.Status == AgentStatus.Online && Status != AgentStatus.Online ? fact.At : IdleSince,
            },
            Reserved reserved => next with
            {
                IdleSince = fact.At,
                Reservations = Reservations.Add(
                    new Reservation(reserved.ReservationId, reserved.ConversationId, fact.At)),
            },
            ReservationConfirmed confirmed => next with
            {
                InboxVersion = InboxVersion + 1,
                Reservations = Replace(confirmed.ReservationId, reservation => reservation with
                {
                    Stage = confirmed.Offered ? ReservationStage.Offered : ReservationStage.Held,
                }),
            },
            ReservationReleased { WrapUpUntil: { } until } closed => next with
            {
                InboxVersion = InboxVersion + (closed.Shown ? 1 : 0),
                Reservations = Replace(closed.ReservationId, reservation => reservation with
                {
                    Stage = ReservationStage.Held,
                    WrapUpUntil = until,
                }),
            },
            ReservationReleased released => next with
            {
                InboxVersion = InboxVersion + (released.Shown ? 1 : 0),
                Reservations = [.. Reservations.Where(reservation => reservation.Id != released.ReservationId)],
            },
            AgentLeft => next with { Reservations = AllReturning(fact.At) },
            // Loud on purpose: skipping an unknown fact would make every later decision wrong.
            _ => throw new UnreachableException($"No fold for {fact.GetType()}."),
        };
    }

    private ImmutableArray<Reservation> AllReturning(DateTimeOffset at) =>
        [.. Reservations.Select(one => one.IsKept ? one with { ReturningSince = at } : one)];

    private ImmutableArray<Reservation> Replace(string id, Func<Reservation, Reservation> change) =>
        [.. Reservations.Select(one => one.Id == id ? change(one) : one)];
}
