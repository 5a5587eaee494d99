using System.Text.Json;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Library;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Canned replies, macros, views, tags and reasons: shared with all, with a queue's agents, or one's own. Supervisors edit
/// what is shared.</summary>
public static class LibraryEndpoints
{
    private const string All = "all";

    /// <summary>Most items of a kind in one scope.</summary>
    private const int ItemsMax = 1_000;

    /// <summary>Maps <c>/api/v1/library</c>.</summary>
    public static void MapLibrary(this IEndpointRouteBuilder api)
    {
        api.MapGet("/library/{kind}", List).MayBeCalledBy(Access.Agents)
            .WithSummary("Replies, macros, views, tags or reasons the caller may use").Produces<ItemsAnswer>();
        api.MapPut("/library/{kind}/{id}", Save).MayBeCalledBy(Access.Agents)
            .WithSummary("Add or replace an item at the revision that was seen").Produces<ItemLine>();
        api.MapDelete("/library/{kind}/{id}", Delete).MayBeCalledBy(Access.Agents)
            .WithSummary("Remove an item at the revision that was seen");
    }

    private static async Task<IResult> List(
        string kind, HttpContext context, IAgentSessionCache sessions, ILibrary library)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (!LibraryBodies.IsKind(kind))
            return Problem.Of(Refusal.NotFound);
        IReadOnlyList<string>? scopes = IsSupervisor(account)
            ? null
            : [All, .. account.Queues.Select(queue => $"queue:{queue}")];
        var items = await library.List(kind, scopes, Own(account), context.RequestAborted);
        return Results.Ok(new ItemsAnswer([.. items.Select(Line)]));
    }

    private static async Task<IResult> Save(
        string kind, string id, ItemRequest request, HttpContext context, IAgentSessionCache sessions,
        ILibrary library, TimeProvider clock)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (!LibraryBodies.IsKind(kind))
            return Problem.Of(Refusal.NotFound);
        if (id.Length > Limits.IdLengthMax || id.Any(char.IsControl))
            return Problem.Of(RefusalCode.Invalid, "An id has 1 to 64 characters.");
        if (request.Scope is not { } scope || !IsScope(scope))
            return Problem.Of(RefusalCode.Invalid, "scope is all, queue:ID or agent:ID.");
        if (request.Revision is not >= 0)
            return Problem.Of(RefusalCode.Invalid, "revision is the one that was seen, 0 for a new item.");
        if (LibraryBodies.Read(kind, request.Body, out var refusal) is not { } body)
            return Problem.Of(refusal!);
        var before = await library.Find(kind, id, context.RequestAborted);
        if (before is not null && !MaySee(account, before.Scope))
            return Problem.Of(Refusal.NotFound);
        if (kind == "reasons" && scope != All)
            return Problem.Of(RefusalCode.Invalid, "Reasons are shared by all.");
        if (!MayEdit(account, scope) || (before is not null && !MayEdit(account, before.Scope)))
            return Problem.Of(RefusalCode.Forbidden, "Only supervisors change what is shared.");
        if (before is null && await library.Count(kind, scope, context.RequestAborted) >= ItemsMax)
            return Problem.Of(RefusalCode.Conflict, $"There are {ItemsMax} of them already.");
        var item = new LibraryItem(
            kind, id, scope, request.Revision.Value, body, account.Name, clock.GetUtcNow());
        return await library.Save(item, context.RequestAborted)
            ? Results.Ok(Line(item with { Revision = item.Revision + 1 }))
            : Overtaken;
    }

    private static async Task<IResult> Delete(
        string kind, string id, long? revision, HttpContext context, IAgentSessionCache sessions, ILibrary library)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (!LibraryBodies.IsKind(kind) || await library.Find(kind, id, context.RequestAborted) is not { } item
            || !MaySee(account, item.Scope))
        {
            return Problem.Of(Refusal.NotFound);
        }
        if (!MayEdit(account, item.Scope))
            return Problem.Of(RefusalCode.Forbidden, "Only supervisors change what is shared.");
        return await library.Delete(kind, id, revision ?? 0, context.RequestAborted)
            ? Results.NoContent()
            : Overtaken;
    }

    private static IResult Overtaken => Problem.Of(
        RefusalCode.Conflict, "Somebody else changed it meanwhile: read it again and decide.");

    private static string Own(Account account) => $"agent:{account.AgentId}";

    private static bool IsSupervisor(Account account) => Roles.Includes(account.Roles, Roles.Supervisor);

    private static bool IsScope(string scope) =>
        scope == All
        || (scope.Length <= Limits.IdLengthMax + 6 && !scope.Any(char.IsControl)
            && (scope.StartsWith("queue:", StringComparison.Ordinal)
                || scope.StartsWith("agent:", StringComparison.Ordinal)));

    private static bool MaySee(Account account, string scope) =>
        scope == All || scope == Own(account)
        || (scope.StartsWith("queue:", StringComparison.Ordinal)
            && (IsSupervisor(account) || account.Queues.Contains(scope["queue:".Length..])));

    private static bool MayEdit(Account account, string scope) =>
        scope == Own(account)
        || (IsSupervisor(account) && !scope.StartsWith("agent:", StringComparison.Ordinal));

    private static ItemLine Line(LibraryItem item) => new(
        item.Id, item.Scope, item.Revision, item.UpdatedBy, item.UpdatedAt,
        JsonSerializer.Deserialize<JsonElement>(item.Body));

    /// <summary>What is to be kept.</summary>
    public sealed record ItemRequest(string? Scope, long? Revision, JsonElement? Body);

    /// <summary>The items of a kind.</summary>
    public sealed record ItemsAnswer(IReadOnlyList<ItemLine> Items);

    /// <summary>One item.</summary>
    public sealed record ItemLine(
        string Id, string Scope, long Revision, string UpdatedBy, DateTimeOffset UpdatedAt, JsonElement Body);
}
