using System.Collections.Immutable;
using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Grains;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Journal;
using CustomerService.WebFront.Endpoints;
using CustomerService.WebFront.Files;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.VisitorSessions;

/// <summary>Where a visitor begins, or comes back.</summary>
public static class VisitorSessionEndpoints
{
    private const int LocaleLengthMax = 35;
    private const int TimeZoneLengthMax = 64;
    private const string DefaultLocale = "zh-CN";

    /// <summary>Maps <c>/api/v1/visitor-sessions</c>.</summary>
    public static void MapVisitorSessions(this IEndpointRouteBuilder api) =>
        api.MapPost("/visitor-sessions", Begin).MayBeCalledBy(Access.Anyone)
            .WithSummary("Begin or continue as a visitor of a site").Produces<VisitorSessionAnswer>();

    private static async Task<IResult> Begin(
        VisitorSessionRequest request, HttpContext context, ICatalogueCache catalogue, Origins origins,
        VisitorTokens tokens, SiteSecrets secrets, IIdSource ids, QueueBoard board, VisitorConversations conversations, UploadDesk files,
        TimeProvider clock)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (request.SiteKey is not { Length: > 0 })
            return Problem.Of(RefusalCode.Invalid, "siteKey is required.");
        if (request.Locale?.Length > LocaleLengthMax || request.TimeZone?.Length > TimeZoneLengthMax)
            return Problem.Of(RefusalCode.Invalid, "locale or timeZone is none.");
        var copy = await catalogue.Get();
        var site = request.SiteKey.Length <= Limits.IdLengthMax ? copy.Site(request.SiteKey) : null;
        if (site is null)
            return Problem.Of(RefusalCode.NotFound, "There is no such site.");
        if (!origins.MayCallFor(context.Request, site))
            return Problem.Of(RefusalCode.Forbidden, "Pages of that origin may not use this site.");

        var secret = new VisitorSecret(site.Key, ids.Next());
        if (request.Identity is { } identity)
        {
            var (person, reason, message) = SignedIdentity.Check(
                identity.Token, secrets.Of(site), site.Key, clock.GetUtcNow());
            if (person is null)
                return Problem.Of(new Refusal(RefusalCode.Unauthorized, message), reason);
            secret = new VisitorSecret(site.Key, person.VisitorId(site.Key))
            {
                Person = person,
                Until = clock.GetUtcNow() + SignedIdentity.LifetimeMax,
            };
        }
        else if (!string.IsNullOrEmpty(request.VisitorToken))
        {
            // A forged one is told so and not replaced in silence: the client then decides to begin anew.
            if (tokens.ReadSecret(request.VisitorToken) is not { } kept)
                return Problem.Of(RefusalCode.Unauthorized, "The visitorToken is not one of this server, or has ended.");
            if (kept.SiteKey == site.Key)
                secret = kept;
        }
        var locale = string.IsNullOrWhiteSpace(request.Locale) ? DefaultLocale : request.Locale;
        var visitorId = secret.VisitorId;
        var visitor = new VisitorCaller(site.Key, visitorId, secret.Person?.Name ?? "", locale)
        {
            Person = secret.Person,
        };
        var rules = await files.RulesFor(Sender.Of(visitor));
        var (token, expiresAt) = tokens.NewBearer(visitor);
        var online = board.AnybodyOnline(site.QueueId);
        return Results.Ok(new VisitorSessionAnswer(
            visitorId, token, expiresAt, tokens.NewSecret(secret),
            new SiteAnswer(site.Key, site.Name, site.Greeting, await online,
                rules.Enabled ? new FilesAnswer(rules.BytesMax ?? 0, rules.Types) : null, site.Look.Color,
                site.Look.Languages, SiteRules.IsOpen(site.Hours, clock.GetUtcNow()), site.Hours, site.ClosedText,
                site.Form, [.. copy.Queues.Where(q => site.Queues.Contains(q.Id)).Select(q => new QueueRef(q.Id, q.Name))],
                site.Consent, site.UnsentText ? true : null),
            await conversations.Current(site.Key, visitorId, context.RequestAborted)));
    }

    private sealed record VisitorSessionRequest(
        string? SiteKey, string? VisitorToken, IdentityRequest? Identity, JsonElement? Page, string? Locale,
        string? TimeZone);

    private sealed record IdentityRequest(string? Token);

    /// <summary>A visitor's session.</summary>
    public sealed record VisitorSessionAnswer(
        string VisitorId, string Token, DateTimeOffset ExpiresAt, string VisitorToken, SiteAnswer Site,
        CurrentConversation? Conversation);

    /// <summary>What the widget shows before the first message.</summary>
    /// <param name="Key">Its key.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Greeting">By locale.</param>
    /// <param name="Online">Whether anybody of its queue is there.</param>
    /// <param name="Files">What may be sent; null where no files are taken.</param>
    /// <param name="Color">Accent colour.</param>
    /// <param name="Languages">Languages offered.</param>
    /// <param name="Open">Whether the opening hours say that it is open.</param>
    /// <param name="Hours">Opening hours, where there are any.</param>
    /// <param name="ClosedText">Said while closed, by locale.</param>
    /// <param name="Form">Questions before the first message.</param>
    /// <param name="Queues">Queues to choose from; empty: no question.</param>
    /// <param name="Consent">What is agreed to before the first message, by locale.</param>
    /// <param name="UnsentText">True where agents see what is typed before it is sent; null otherwise.</param>
    public sealed record SiteAnswer(
        string Key, string Name, ImmutableDictionary<string, string> Greeting, bool Online, FilesAnswer? Files,
        string Color, ImmutableArray<string> Languages, bool Open, OpeningHours? Hours,
        ImmutableDictionary<string, string> ClosedText, ImmutableArray<FormField> Form, ImmutableArray<QueueRef> Queues,
        ImmutableDictionary<string, string> Consent, bool? UnsentText);

    /// <summary>What may be sent.</summary>
    /// <param name="BytesMax">Largest file.</param>
    /// <param name="Types">Media types taken.</param>
    public sealed record FilesAnswer(long BytesMax, ImmutableArray<string> Types);
}

/// <summary>A conversation that a visitor would continue.</summary>
/// <param name="ConversationId">Which.</param>
/// <param name="Head">Its last visitor sequence.</param>
/// <param name="State">Such as <c>waiting</c>.</param>
public sealed record CurrentConversation(string ConversationId, long Head, string State);

/// <summary>Finds the conversation that a visitor would continue.</summary>
public sealed class VisitorConversations(
    IConversationIndex index, IJournal journal, ICatalogueCache catalogue, TimeProvider clock)
{
    /// <summary>The open one, or the last one while it may still be reopened; otherwise null.</summary>
    public async Task<CurrentConversation?> Current(
        string siteKey, string visitorId, CancellationToken cancellationToken)
    {
        if (await index.NewestOf(siteKey, visitorId, cancellationToken) is not { } row)
            return null;
        if (row.ClosedAt is { } closedAt)
        {
            var reopen = TimeSpan.FromSeconds(
                ((await catalogue.Get()).Queue(row.QueueId) ?? new QueueSettings { Id = "", Name = "" }).ReopenSeconds);
            if (closedAt + reopen <= clock.GetUtcNow())
                return null;
        }
        var heads = await journal.Heads([StreamNames.Conversation(row.Id)], cancellationToken);
        return new CurrentConversation(row.Id, heads[0].VisitorSequence, row.State);
    }
}
