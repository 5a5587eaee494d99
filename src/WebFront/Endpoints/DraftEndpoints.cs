using CustomerService.Storage.Library;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Endpoints;

/// <summary>What the caller wrote and did not send: the same on every machine it signs in from.</summary>
public static class DraftEndpoints
{
    /// <summary>Maps <c>/api/v1/drafts</c>.</summary>
    public static void MapDrafts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/drafts", List).MayBeCalledBy(Access.Agents)
            .WithSummary("The caller's drafts, the newest first").Produces<DraftsAnswer>();
        api.MapPut("/drafts/{id}", Save).MayBeCalledBy(Access.Agents)
            .WithSummary("Replace the caller's draft of a conversation").Produces<DraftAnswer>();
    }

    private static async Task<IResult> List(HttpContext context, IAgentSessionCache sessions, IDrafts drafts) =>
        sessions.Account(context.User) is { } account
            ? Results.Ok(new DraftsAnswer(await drafts.Of(account.AgentId, context.RequestAborted)))
            : Problem.Of(RefusalCode.Unauthorized, "The session has ended.");

    private static async Task<IResult> Save(
        string id, DraftRequest request, HttpContext context, IAgentSessionCache sessions, IDrafts drafts,
        TimeProvider clock)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (id.Length > Limits.IdLengthMax || request.Mode is not (null or "reply" or "note"))
            return Problem.Of(RefusalCode.Invalid, "An id has 1 to 64 characters, mode is reply or note.");
        string[] texts = [request.Reply ?? "", request.Note ?? ""];
        // A draft may be too long to be sent: it is kept, so that it can be shortened.
        if (texts.Any(text => text.Length > 4 * Limits.TextLengthMax))
            return Problem.Of(RefusalCode.TooLong, "A draft is far too long.");
        if (texts.Any(text => text.Contains('\0')))
            return Problem.Of(RefusalCode.Invalid, "A draft holds a null character.");
        var revision = await drafts.Save(
            account.AgentId, id, texts[0], texts[1], request.Mode ?? "reply", clock.GetUtcNow(),
            context.RequestAborted);
        return Results.Ok(new DraftAnswer(revision));
    }

    /// <summary>A draft as it is now.</summary>
    public sealed record DraftRequest(string? Reply, string? Note, string? Mode);

    /// <summary>Its new revision.</summary>
    public sealed record DraftAnswer(long Revision);

    /// <summary>All of the caller's drafts.</summary>
    public sealed record DraftsAnswer(IReadOnlyList<StoredDraft> Drafts);
}
