using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Feed;

/// <summary>Something for a front's clients.</summary>
[GenerateSerializer, Immutable, Alias("feed.envelope")]
public abstract record FeedEnvelope;

/// <summary>New events of a conversation, separately for each audience; an audience nobody of that front watches with
/// gets none.</summary>
/// <param name="Epoch">The activation that announces; see <see cref="WatchReceipt.Epoch"/>.</param>
/// <param name="Head">Version after these.</param>
/// <param name="VisitorHead">Visitor sequence after these.</param>
[GenerateSerializer, Immutable, Alias("feed.events")]
public sealed record EventsEnvelope(
    [property: Id(0)] string ConversationId,
    [property: Id(1)] string Epoch,
    [property: Id(2)] ImmutableArray<EventView> ForAgents,
    [property: Id(3)] ImmutableArray<EventView> ForVisitors,
    [property: Id(4)] long Head,
    [property: Id(5)] long VisitorHead,
    [property: Id(6)] ConversationState State,
    [property: Id(7)] string QueueId,
    [property: Id(8)] string? AgentId) : FeedEnvelope;

/// <summary>A signal to a conversation's watchers of one audience; not back to who caused it.</summary>
[GenerateSerializer, Immutable, Alias("feed.signal")]
public sealed record SignalEnvelope(
    [property: Id(0)] string ConversationId,
    [property: Id(1)] Audience Audience,
    [property: Id(2)] SignalView Signal) : FeedEnvelope;

/// <summary>A change of an agent's inbox, for that agent's connections on the front.</summary>
/// <param name="Version">The inbox's version after it; an added, offered or removed line raises it by one, a changed one
/// does not.</param>
/// <param name="Change"><c>added</c>, <c>offered</c>, <c>changed</c> or <c>removed</c>.</param>
[GenerateSerializer, Immutable, Alias("feed.inbox")]
public sealed record InboxEnvelope(
    [property: Id(0)] string AgentId,
    [property: Id(1)] long Version,
    [property: Id(2)] string Change,
    [property: Id(3)] ConversationView Conversation) : FeedEnvelope;

/// <summary>The front's own probe: silence means that announcements may have been lost as well.</summary>
[GenerateSerializer, Immutable, Alias("feed.probe")]
public sealed record ProbeEnvelope([property: Id(0)] long Number) : FeedEnvelope;

/// <summary>A signal for the wire: one flat shape whose unused fields are null and not sent. May be lost.</summary>
/// <param name="Type"><c>typing</c>, <c>presence</c>, <c>read</c>, <c>queue</c>, <c>viewing</c>,
/// <c>page</c> or <see cref="Delivered"/>.</param>
[GenerateSerializer, Immutable, Alias("signal-view")]
public sealed record SignalView([property: Id(0)] string Type)
{
    /// <summary>The type that tells how far the other side's clients hold a conversation.</summary>
    public const string Delivered = "delivered";

    /// <summary>Whose typing or reading.</summary>
    [Id(1)] public AuthorView? By { get; init; }

    /// <summary>Of a read or delivered mark, in the receiver's numbering. A <see cref="Delivered"/> signal without it is
    /// of a silo that does not know such marks yet, and says nothing.</summary>
    [Id(2)] public long? UpTo { get; init; }

    /// <summary>Unsent text, to agents only.</summary>
    [Id(3)] public string? Text { get; init; }

    /// <summary>Place in the queue, from 1.</summary>
    [Id(4)] public int? Position { get; init; }

    /// <summary>Estimated wait, seconds, low and high.</summary>
    [Id(5)] public ImmutableArray<int>? EtaSeconds { get; init; }

    /// <summary>How many agents of the queue are online: 0 means leave a message.</summary>
    [Id(6)] public int? AgentsOnline { get; init; }

    /// <summary>Of a page view, to agents only.</summary>
    [Id(8)] public Visitors.PageView? Page { get; init; }

    /// <summary>Of presence and viewing: whether the party is connected.</summary>
    [Id(7)] public bool? Online { get; init; }

    /// <summary>From a front to the conversation only: the caller's client holds everything up to here, in the caller's
    /// numbering. A member of its own, and not <see cref="UpTo"/>, which an older silo would hand on as it is: in the
    /// other side's numbering it is wrong.</summary>
    [Id(9)] public long? ReceivedUpTo { get; init; }
}
