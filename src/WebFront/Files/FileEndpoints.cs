using CustomerService.Conversations;
using CustomerService.Storage.Files;
using CustomerService.WebFront.Endpoints;
using CustomerService.WebFront.SignIn;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace CustomerService.WebFront.Files;

/// <summary>Files over REST: sent in parts, read by link.</summary>
public static class FileEndpoints
{
    // Nothing in it may run, load or be framed, whatever it is.
    private const string Sandbox = "default-src 'none'; sandbox; frame-ancestors 'none'";

    /// <summary>Adds what the endpoints and hubs need of files.</summary>
    public static IServiceCollection AddFileDesk(this IServiceCollection services)
    {
        services.AddSingleton<Scanner>();
        services.AddSingleton<UploadDesk>();
        services.AddSingleton<FileLinks>();
        services.AddSingleton<UploadCleaner>();
        services.AddHostedService(s => s.GetRequiredService<UploadCleaner>());
        return services;
    }

    /// <summary>Maps <c>/api/v1/uploads</c> and <c>/api/v1/files</c>.</summary>
    public static void MapFiles(this IEndpointRouteBuilder api)
    {
        api.MapPost("/uploads", Announce).MayBeCalledBy(Access.VisitorsAndAgents)
            .WithSummary("Announce a file").Produces<UploadAnswer>(201);
        api.MapGet("/uploads/{id}", Look).MayBeCalledBy(Access.VisitorsAndAgents)
            .WithSummary("How far an upload has come").Produces<UploadAnswer>();
        api.MapPut("/uploads/{id}", Part).MayBeCalledBy(Access.VisitorsAndAgents)
            .WithMetadata(new RequestSizeLimitAttribute(UploadDesk.PartBytes))
            .WithSummary("The next part of a file").Produces<UploadAnswer>();
        api.MapPost("/uploads/{id}/finish", Finish).MayBeCalledBy(Access.VisitorsAndAgents)
            .WithSummary("Have a complete file looked at").Produces<FinishAnswer>();
        api.MapDelete("/uploads/{id}", GiveUp).MayBeCalledBy(Access.VisitorsAndAgents)
            .WithSummary("Give an upload up").Produces(204);
        api.MapGet("/conversations/{id}/files", Links).MayBeCalledBy(Access.VisitorsAndAgents)
            .WithSummary("Links to the files of one message").Produces<LinksAnswer>();
        api.MapGet("/files/{id}", Read).MayBeCalledBy(Access.Anyone)
            .WithSummary("A file, by its link");
    }

    private static async Task<IResult> Announce(
        AnnounceRequest request, HttpContext context, IAgentSessionCache sessions, UploadDesk desk)
    {
        if (SenderOf(context, sessions) is not { } sender)
            return Ended;
        var (refusal, upload) = await desk.Announce(sender, request.Name, request.Bytes ?? 0, context.RequestAborted);
        return refusal is null
            ? Results.Created($"/api/v1/uploads/{upload!.Id}", Answer(upload))
            : Problem.Of(refusal.Refusal, refusal.Reason);
    }

    private static async Task<IResult> Look(
        string id, HttpContext context, IAgentSessionCache sessions, UploadDesk desk)
    {
        if (SenderOf(context, sessions) is not { } sender)
            return Ended;
        context.Response.Headers.CacheControl = "no-store";
        return await desk.Find(sender, id, context.RequestAborted) is { } upload
            ? Results.Ok(Answer(upload))
            : Problem.Of(Refusal.NotFound);
    }

    private static async Task<IResult> Part(
        string id, long? offset, HttpContext context, IAgentSessionCache sessions, UploadDesk desk)
    {
        if (SenderOf(context, sessions) is not { } sender)
            return Ended;
        if (await desk.Find(sender, id, context.RequestAborted) is not { } upload)
            return Problem.Of(Refusal.NotFound);
        // Sent before: the answer was lost. Anything else that does not fit is told where to go on.
        if (offset >= 0 && offset < upload.Received && offset % UploadDesk.PartBytes == 0)
            return Results.Ok(Answer(upload));
        if (offset != upload.Received || upload.State != UploadState.Receiving || upload.Received == upload.Bytes)
            return Problem.Of(RefusalCode.Conflict, "That is not the part that comes next.");
        var part = new byte[UploadDesk.PartLength(upload, upload.Received)];
        try
        {
            // A line that is cut in the middle stores nothing.
            await context.Request.Body.ReadExactlyAsync(part, context.RequestAborted);
            if (await context.Request.Body.ReadAsync(new byte[1], context.RequestAborted) != 0)
                return Problem.Of(RefusalCode.Invalid, "The part is longer than announced.");
        }
        catch (EndOfStreamException)
        {
            return Problem.Of(RefusalCode.Invalid, "The part is shorter than announced.");
        }
        return await desk.Take(upload, part, context.RequestAborted)
            ? Results.Ok(Answer(upload with { Received = upload.Received + part.Length }))
            : Problem.Of(RefusalCode.Conflict, "That is not the part that comes next.");
    }

    private static async Task<IResult> Finish(
        string id, HttpContext context, IAgentSessionCache sessions, UploadDesk desk)
    {
        if (SenderOf(context, sessions) is not { } sender)
            return Ended;
        var (refusal, attachment) = await desk.Finish(sender, id, context.RequestAborted);
        return refusal is null
            ? Results.Ok(new FinishAnswer(attachment!))
            : Problem.Of(refusal.Refusal, refusal.Reason);
    }

    private static async Task<IResult> GiveUp(
        string id, HttpContext context, IAgentSessionCache sessions, UploadDesk desk)
    {
        if (SenderOf(context, sessions) is not { } sender)
            return Ended;
        await desk.GiveUp(sender, id, context.RequestAborted);
        return Results.NoContent();
    }

    /// <summary>Who may see the message may read its files: the message itself is asked, not a list beside it.</summary>
    private static async Task<IResult> Links(
        string id, long? sequence, HttpContext context, IAgentSessionCache sessions, IGrainFactory grains,
        FileLinks links)
    {
        if (sequence is null or < 1)
            return Problem.Of(RefusalCode.Invalid, "sequence is 1 or more.");
        var by = sessions.Account(context.User) is { } account
            ? Caller.ToActor(account)
            : Caller.Visitor(context.User)?.ToActor();
        if (by is null)
            return Ended;
        if (id.Length > Limits.IdLengthMax)
            return Problem.Of(Refusal.NotFound);
        var page = await grains.GetGrain<IConversationHistoryGrain>(0).Page(by, id, sequence - 1, null, 1);
        if (page.Refusal is { } refusal)
            return Problem.Of(refusal);
        if (page.Events is not [{ Attachments: { Length: > 0 } files } message] || message.Sequence != sequence)
            return Problem.Of(Refusal.NotFound);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(new LinksAnswer([.. files.Select(links.For)]));
    }

    private static async Task<IResult> Read(
        string id, string? t, HttpContext context, FileLinks links, IUploads uploads, IFileStore store)
    {
        if (links.Read(id, t ?? "") is not { } granted)
            return Problem.Of(RefusalCode.NotFound, "The link is not good, or no longer.");
        // A link outlives the message that it came with.
        if (await uploads.Find([id], context.RequestAborted) is not [{ State: UploadState.Used }])
            return Problem.Of(Refusal.NotFound);
        var key = granted.IsPreview ? UploadDesk.PreviewKey(id) : UploadDesk.FileKey(id);
        if (await store.Open(key, context.RequestAborted) is not { } data)
            return Problem.Of(Refusal.NotFound);
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Sandbox;
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "private, max-age=3600, immutable";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(granted.Name);
        headers.ContentDisposition = disposition.ToString();
        return Results.Stream(data, granted.Type, enableRangeProcessing: data.CanSeek);
    }

    private static IResult Ended { get; } = Problem.Of(RefusalCode.Unauthorized, "The session has ended.");

    private static Sender? SenderOf(HttpContext context, IAgentSessionCache sessions) =>
        sessions.Account(context.User) is { } account ? new Sender(Caller.ToActor(account).Key, null)
        : Caller.Visitor(context.User) is { } visitor ? Sender.Of(visitor)
        : null;

    private static UploadAnswer Answer(Upload upload) =>
        new(upload.Id, upload.Received, upload.Bytes, UploadDesk.PartBytes);

    private sealed record AnnounceRequest(string? Name, long? Bytes);

    /// <summary>An upload.</summary>
    /// <param name="UploadId">Its id; also the id of the file that comes of it.</param>
    /// <param name="Offset">Bytes stored: where the next part begins.</param>
    /// <param name="Bytes">Bytes announced.</param>
    /// <param name="PartBytes">Bytes of every part but the last.</param>
    public sealed record UploadAnswer(string UploadId, long Offset, long Bytes, int PartBytes);

    /// <summary>A file that may go into a message.</summary>
    public sealed record FinishAnswer(Attachment Attachment);

    /// <summary>Links, in the order of the message's files.</summary>
    public sealed record LinksAnswer(IReadOnlyList<FileLink> Files);
}
