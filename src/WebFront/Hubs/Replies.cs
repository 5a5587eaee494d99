using System.Collections.Immutable;
using System.Text.Json.Serialization;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Visitors;
using CustomerService.WebFront.Feed;

namespace CustomerService.WebFront.Hubs;

/// <summary>The envelope of every answer.</summary>
public record Reply
{
    private static readonly TimeSpan NotServedRetry = TimeSpan.FromHours(1);

    /// <summary>Always sent, null where it was done.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never), JsonPropertyOrder(-1)]
    public Refusal? Error { get; init; }

    /// <summary>Done, and nothing to say about it.</summary>
    public static Reply Done { get; } = new();

    /// <summary>What the protocol names and this version does not serve.</summary>
    public static Refusal NotServed { get; } = new(
        RefusalCode.Unavailable, "Not served in this version.", (int)NotServedRetry.TotalMilliseconds);

    /// <summary>A refusal; codes to be retried always say when.</summary>
    public static Reply Refused(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        var isForLater = refusal.Code
            is RefusalCode.RateLimited or RefusalCode.Overloaded or RefusalCode.Unavailable;
        return new Reply
        {
            Error = isForLater && refusal.RetryAfterMs is null ? refusal with { RetryAfterMs = 1_000 } : refusal,
        };
    }
}

/// <summary>Of <c>StartConversation</c>.</summary>
public sealed record StartReply(string ConversationId, long Head, ConversationState State, long? Sequence) : Reply;

/// <summary>Of <c>SendMessage</c> and <c>AddNote</c>.</summary>
public sealed record SendReply(long Sequence, DateTimeOffset? At) : Reply
{
    /// <summary>What may leave in the same write.</summary>
    [JsonIgnore]
    internal OutboundQueue? Pushes { get; init; }
}

/// <summary>Of <c>Resume</c> and <c>Subscribe</c>.</summary>
public sealed record ResumeReply(
    bool Recovered, ImmutableArray<EventView> Events, long Head, long? ReadUpTo) : Reply
{
    /// <summary>How far clients of the other side hold it; null where nothing is known.</summary>
    public long? DeliveredUpTo { get; init; }
}

/// <summary>Of commands on a conversation: where it stands after.</summary>
public sealed record CommandReply(long Head, ConversationState State) : Reply;

/// <summary>Of <c>Visitor</c>, <c>BlockVisitor</c> and <c>SetVisitorFields</c>: the card as it stands.</summary>
public sealed record CardReply(VisitorCard Visitor) : Reply;

/// <summary>Of <c>SetStatus</c>.</summary>
public sealed record StatusReply(AgentStatus Status) : Reply;

/// <summary>Of <c>Inbox</c>.</summary>
public sealed record InboxReply(long Version, ImmutableArray<ConversationView> Conversations) : Reply;
