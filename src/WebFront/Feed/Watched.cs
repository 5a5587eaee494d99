using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Queues;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// A conversation that connections of this front follow with one audience's eyes. Soft state: everything in it can be
/// asked again. All members are guarded by <see cref="Lock"/>, but for the array of subscribers, which is replaced whole
/// and may be read at any time.
/// </summary>
internal sealed class Watched(string conversationId, Audience audience, IConversationGrain grain)
{
    public Lock Lock { get; } = new();

    public string ConversationId => conversationId;

    public Audience Audience => audience;

    /// <summary>Kept, because making a reference costs about as much as a call.</summary>
    public IConversationGrain Grain => grain;

    public FrontConnection[] Subscribers { get; private set; } = [];

    /// <summary>Calls that are about to subscribe: it is not given up meanwhile.</summary>
    public int Holds { get; set; }

    /// <summary>Since when nobody follows it, as a time stamp; 0 while somebody does.</summary>
    public long EmptySince { get; set; }

    /// <summary>Given up: a newcomer makes another.</summary>
    public bool IsGone { get; set; }

    /// <summary>The activation that announces to this front; null before the first answer.</summary>
    public string? Epoch { get; set; }

    /// <summary>Last head heard of, in this audience's numbering.</summary>
    public long Head { get; set; }

    /// <summary>Version that state, queue and agent belong to.</summary>
    public long Version { get; private set; }

    /// <summary>Version that the journal was last seen to hold.</summary>
    public long Stored { get; set; }

    public ConversationState State { get; private set; }

    public string VisitorId { get; private set; } = "";

    public string QueueId { get; private set; } = "";

    public string? AgentId { get; private set; }

    /// <summary>How far clients of the other side hold it, in this audience's numbering; 0: nothing is known.</summary>
    public long Delivered { get; private set; }

    /// <summary>The registration under way.</summary>
    public Task? Registering { get; set; }

    /// <summary>When to register again, as a time stamp; 0 where nothing speaks for it.</summary>
    public long RegisterAt { get; set; }

    /// <summary>When it registered last, as a time stamp.</summary>
    public long RegisteredAt { get; set; }

    /// <summary>The place last told.</summary>
    public WaitingPosition? Told { get; set; }

    /// <summary>Somebody came who was told no place yet.</summary>
    public bool WantsPosition { get; set; }

    public bool Add(FrontConnection connection)
    {
        if (connection.IsClosed)
            return false;
        if (!Subscribers.Contains(connection))
            Subscribers = [.. Subscribers, connection];
        EmptySince = 0;
        return true;
    }

    /// <summary>The grain has just named this conversation to that visitor, so it is that visitor's.</summary>
    public void Trust(Actor visitor)
    {
        if (VisitorId.Length == 0 && visitor.Kind == ActorKind.Visitor)
            VisitorId = visitor.Id;
    }

    public void Remove(FrontConnection connection, long now)
    {
        Subscribers = [.. Subscribers.Where(c => c != connection)];
        if (Subscribers.Length == 0)
            EmptySince = now;
    }

    /// <summary>Whether this actor may see it, as far as this front knows.</summary>
    public bool MayBeSeenBy(Actor actor) => actor.Kind switch
    {
        ActorKind.Visitor => VisitorId.Length > 0 && VisitorId == actor.Id,
        ActorKind.Agent => QueueId.Length > 0 && actor.MaySee(QueueId, AgentId),
        _ => false,
    };

    /// <summary>Takes over what an announcement says; an older one than the last changes nothing.</summary>
    public void Learn(EventsEnvelope envelope)
    {
        Head = Math.Max(Head, audience == Audience.Agents ? envelope.Head : envelope.VisitorHead);
        if (envelope.Head < Version)
            return;
        (Version, State, QueueId, AgentId) = (envelope.Head, envelope.State, envelope.QueueId, envelope.AgentId);
    }

    /// <summary>Takes over how far the other side's clients hold it.</summary>
    /// <returns>Whether that is news.</returns>
    public bool LearnDelivered(long upTo)
    {
        if (upTo <= Delivered)
            return false;
        Delivered = upTo;
        return true;
    }

    /// <summary>Takes over what a registration answered.</summary>
    /// <returns>Whether the head ran ahead of what this front had heard of.</returns>
    public bool Learn(WatchReceipt receipt)
    {
        Epoch = receipt.Epoch;
        LearnDelivered(receipt.DeliveredUpTo);
        if (receipt.VisitorId.Length > 0)
            VisitorId = receipt.VisitorId;
        var head = audience == Audience.Agents ? receipt.Version : receipt.VisitorHead;
        // Subscribers before the first answer: one that was trusted while registering failed.
        var ranAhead = Subscribers.Length > 0 && head > Head;
        Head = Math.Max(Head, head);
        if (receipt.Version >= Version)
        {
            (Version, State, QueueId, AgentId) =
                (receipt.Version, receipt.State, receipt.QueueId, receipt.AgentId);
        }
        return ranAhead;
    }
}
