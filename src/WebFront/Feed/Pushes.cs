using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Visitors;

namespace CustomerService.WebFront.Feed;

/// <summary>One entry of <c>Heads</c>.</summary>
internal sealed record HeadPush(string ConversationId, long Head);

/// <summary><c>InboxHead</c>. A message of its own: a client that binds one argument of <c>Heads</c> drops one with two.
/// </summary>
internal sealed record InboxHeadPush(long Version);

/// <summary><c>InboxChanged</c>.</summary>
internal sealed record InboxPush(long Version, string Change, ConversationView Conversation);

/// <summary><c>Lists</c>.</summary>
internal sealed record ListsPush(IReadOnlyList<QueueCountsPush> Queues);

/// <summary>How a queue's open conversations stand.</summary>
internal sealed record QueueCountsPush(string Id, int Waiting, int Offered, int Assigned, int Snoozed);

/// <summary><c>Moving</c>.</summary>
internal sealed record MovingPush(int RetryAfterMs);

/// <summary><c>Signal</c> about the site: of no conversation, so its id is empty.</summary>
internal sealed record SitePush(string ConversationId, string Type, bool Online);

/// <summary><c>Signal</c>: the conversation's id and the signal, flat.</summary>
internal sealed record SignalPush(
    string ConversationId, string Type, AuthorView? By, long? UpTo, string? Text, int? Position,
    ImmutableArray<int>? EtaSeconds, int? AgentsOnline, bool? Online,
    PageView? Page)
{
    /// <summary>Unsent text is for agents' eyes, whatever the envelope says.</summary>
    public static SignalPush From(string conversationId, Audience audience, SignalView signal) => new(
        conversationId, signal.Type, signal.By, signal.UpTo,
        audience == Audience.Agents ? signal.Text : null,
        signal.Position, signal.EtaSeconds, signal.AgentsOnline, signal.Online,
        audience == Audience.Agents ? signal.Page : null);
}
