using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Grains.Catalogue;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Conversations;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Lists of conversations, and their history.</summary>
public static class ConversationEndpoints
{
    private const int LimitDefault = 50;
    private const int ListMax = 200;

    /// <summary>Maps <c>/api/v1/conversations</c>.</summary>
    public static void MapConversations(this IEndpointRouteBuilder api)
    {
        api.MapGet("/conversations", List).MayBeCalledBy(Access.Agents)
            .WithSummary("Conversations the caller may see, in one of three orders").Produces<ListAnswer>();
        api.MapGet("/conversations/{id}", One).MayBeCalledBy(Access.Agents)
            .WithSummary("The line of one conversation").Produces<ConversationView>();
        api.MapGet("/conversations/{id}/events", Events).MayBeCalledBy(Access.VisitorsAndAgents)
            .WithSummary("A page of a conversation, in the caller's numbering").Produces<EventsAnswer>();
    }

    private static async Task<IResult> List(
        HttpContext context, string? state, string? queue, string? agent, string? visitor, string? tag, string? site,
        string? sort, string? cursor, int? limit, IAgentSessionCache sessions, IConversationIndex index, ConversationLines lines)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (limit is < 1 or > ListMax)
            return Problem.Of(RefusalCode.Invalid, $"limit is 1 to {ListMax}.");
        if (cursor?.Length > 500)
            return Problem.Of(RefusalCode.Invalid, "cursor is not one of an earlier page.");
        if (ConversationFilter.Read(account, state, queue, agent, visitor, tag, site, out var refusal) is not { } filter)
            return Problem.Of(RefusalCode.Invalid, refusal);
        if (ConversationFilter.Order(sort, filter.States) is not { } order)
            return Problem.Of(
                RefusalCode.Invalid, "sort is activity; or, over open states only, waiting or priority.");
        var query = filter with { Cursor = cursor, Limit = limit ?? LimitDefault, Order = order };
        ConversationPage page;
        try
        {
            page = await index.List(query, context.RequestAborted);
        }
        catch (InvalidCursorException)
        {
            return Problem.Of(RefusalCode.Invalid, "cursor is not one of an earlier page.");
        }
        return Results.Ok(new ListAnswer(await lines.Of(page.Rows, account, context.RequestAborted), page.NextCursor));
    }

    private static async Task<IResult> One(
        string id, HttpContext context, IAgentSessionCache sessions, IConversationIndex index, ConversationLines lines)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        return id.Length <= Limits.IdLengthMax && await index.Find(id, context.RequestAborted) is { } row
            && Caller.ToActor(account).MaySee(row.QueueId, row.AgentId)
                ? Results.Ok((await lines.Of([row], account, context.RequestAborted))[0])
                : Problem.Of(Refusal.NotFound);
    }

    private static async Task<IResult> Events(
        string id, long? after, long? before, int? limit, HttpContext context, IAgentSessionCache sessions,
        IGrainFactory grains)
    {
        if (after is null == before is null || after < 0 || before < 0)
            return Problem.Of(RefusalCode.Invalid, "Exactly one of after and before is needed, not below 0.");
        if (limit is < 1 or > Limits.PageEventsMax)
            return Problem.Of(RefusalCode.Invalid, $"limit is 1 to {Limits.PageEventsMax}.");
        var by = sessions.Account(context.User) is { } account
            ? Caller.ToActor(account)
            : Caller.Visitor(context.User)?.ToActor();
        if (by is null)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (id.Length > Limits.IdLengthMax)
            return Problem.Of(Refusal.NotFound);
        var page = await grains.GetGrain<IConversationHistoryGrain>(0)
            .Page(by, id, after, before, limit ?? LimitDefault);
        if (page.Refusal is { } refusal)
            return Problem.Of(refusal);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(new EventsAnswer([.. page.Events.Select(e => ForCaller(e, by))], page.Head));
    }

    /// <summary>The sender's own id of a message is for its sender only.</summary>
    private static EventView ForCaller(EventView view, Actor by) =>
        view.ClientMessageId is null
        || (view.Author?.Id == by.Id && view.Author.Kind.Equals(by.Kind.ToString(), StringComparison.OrdinalIgnoreCase))
            ? view
            : view with { ClientMessageId = null };

    /// <summary>A page of a list.</summary>
    public sealed record ListAnswer(IReadOnlyList<ConversationView> Conversations, string? NextCursor);

    /// <summary>A page of events.</summary>
    public sealed record EventsAnswer(ImmutableArray<EventView> Events, long Head);
}

/// <summary>Makes a list's lines of stored rows, with the names of queues and agents as they are now.</summary>
public sealed class ConversationLines(IAccounts accounts, IConversationIndex index, ICatalogueCache catalogue)
{
    /// <summary>One line a row, in their order.</summary>
    public async Task<IReadOnlyList<ConversationView>> Of(
        IReadOnlyList<ConversationRow> rows, Account caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var names = rows.All(row => row.AgentId is null || row.AgentId == caller.AgentId)
            ? new Dictionary<string, string> { [caller.AgentId] = caller.Name }
            : (await accounts.All(cancellationToken)).ToDictionary(a => a.AgentId, a => a.Name, StringComparer.Ordinal);
        var queues = (await catalogue.Get()).Queues.ToDictionary(q => q.Id, q => q.Name, StringComparer.Ordinal);
        var reader = $"agent:{caller.AgentId}";
        var marks = await index.ReadUpTo([.. rows.Select(row => row.Id)], reader, cancellationToken);
        return [.. rows.Select(row => new ConversationView
        {
            ConversationId = row.Id,
            State = Enum.Parse<ConversationState>(row.State, ignoreCase: true),
            Head = Math.Max(row.Version, row.Activity.Version),
            Queue = new QueueRef(row.QueueId, queues.GetValueOrDefault(row.QueueId, row.QueueId)),
            Agent = row.AgentId is { } agent ? new AgentRef(agent, names.GetValueOrDefault(agent, "")) : null,
            Visitor = new AuthorView("visitor", row.VisitorId, row.VisitorName),
            SiteKey = row.SiteId,
            Locale = row.Locale,
            StartedAt = row.StartedAt,
            EnqueuedAt = row.EnqueuedAt,
            ClosedAt = row.ClosedAt,
            Preview = row.Activity.Preview,
            LastMessageAt = row.Activity.LastMessageAt,
            LastAuthorKind = row.Activity.LastAuthor.Split(':')[0],
            ReadUpTo = marks.GetValueOrDefault(row.Id),
            Rating = row.Rating,
            Tags = row.Tags,
            SnoozedUntil = row.SnoozedUntil,
            Priority = row.Priority == 0 ? null : row.Priority,
        })];
    }
}
