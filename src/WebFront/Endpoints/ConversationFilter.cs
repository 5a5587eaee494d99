using System.Collections.Immutable;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Conversations;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Which conversations a caller may see of what it asks for: one rule for lists and search.</summary>
internal static class ConversationFilter
{
    private static readonly string[] s_states = ["waiting", "offered", "assigned", "snoozed", "closed"];

    /// <summary>Reads a request's parameters; null where one is malformed, and <paramref name="refusal"/> says which.
    /// </summary>
    public static ConversationQuery? Read(
        Account caller, string? state, string? queue, string? agent, string? visitor, string? tag,
        string? site, out string refusal)
    {
        var states = state?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        refusal = states.Any(s => !s_states.Contains(s))
            ? $"state is of {string.Join(", ", s_states)}."
            : new[] { queue, agent, visitor, tag, site }.Any(id => id?.Length > Limits.IdLengthMax)
            ? "An id is too long."
            : "";
        return refusal.Length > 0
            ? null
            : Visible(caller, queue, agent) with
            {
                States = [.. states.Distinct()], VisitorId = visitor, Tag = tag, SiteId = site,
            };
    }

    /// <summary>The order asked for; null where there is no such, or none over these states.</summary>
    public static ConversationOrder? Order(string? sort, ImmutableArray<string> states) => sort switch
    {
        null or "activity" => ConversationOrder.Activity,
        _ when states.IsEmpty || states.Contains("closed") => null,
        "waiting" => ConversationOrder.Waiting,
        "priority" => ConversationOrder.Priority,
        _ => null,
    };

    /// <summary>What the caller may see of what it asks for. A queue that is not its own shows only what it holds.
    /// </summary>
    private static ConversationQuery Visible(Account account, string? queue, string? agent)
    {
        var sees = Caller.ToActor(account);
        if (sees.IsSupervisor)
            return new ConversationQuery { Queues = queue is null ? null : [queue], AgentId = agent };
        if (queue is null)
            return new ConversationQuery { Queues = account.Queues, OrHeldBy = account.AgentId, AgentId = agent };
        // Who holds it may see it wherever it is: of another queue that is all.
        return account.Queues.Contains(queue)
            ? new ConversationQuery { Queues = [queue], AgentId = agent }
            : new ConversationQuery
            {
                Queues = agent is null || agent == account.AgentId ? [queue] : [],
                AgentId = account.AgentId,
            };
    }
}
