using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Grains.Catalogue;
using CustomerService.Queues;
using CustomerService.Storage.Catalogue;
using CustomerService.WebFront.Hubs;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Queues and sites: what administrators set up.</summary>
public static class CatalogueEndpoints
{
    private const int GreetingLengthMax = 1_000;
    private const int OriginsMax = 100;
    private const int RowsMax = 1_000;

    private static readonly string[] s_strategies = ["longest-idle", "least-loaded", "round-robin"];

    /// <summary>Maps <c>/api/v1/queues</c> and <c>/api/v1/sites</c>.</summary>
    public static void MapCatalogue(this IEndpointRouteBuilder api)
    {
        api.MapGet("/queues", Queues).MayBeCalledBy(Access.Agents)
            .WithSummary("Queues, with who waits and who serves").Produces<QueuesAnswer>();
        api.MapPost("/queues", SaveQueue).MayBeCalledBy(Access.Administrators)
            .WithSummary("Add or replace a queue").Produces<QueueSaved>();
        api.MapGet("/sites", Sites).MayBeCalledBy(Access.Administrators)
            .WithSummary("Sites").Produces<SitesAnswer>();
        api.MapPost("/sites", SaveSite).MayBeCalledBy(Access.Administrators)
            .WithSummary("Add or replace a site").Produces<SiteLine>();
        api.MapGet("/site-names", SiteNames).MayBeCalledBy(Access.Agents)
            .WithSummary("Keys and names of the sites, to filter lists by").Produces<SiteNamesAnswer>();
        api.MapGet("/sites/{key}/customer-fields", CustomerFields).MayBeCalledBy(Access.Agents)
            .WithSummary("What agents write down of a site's customers, and what these were asked").Produces<CustomerFieldsAnswer>();
        api.MapGet("/sites/{key}/look", Look).MayBeCalledBy(Access.Anyone)
            .WithSummary("What the button on a site's pages looks like").Produces<LookAnswer>();
    }

    private static async Task<IResult> Queues(ICatalogueCache catalogue, QueueBoard board)
    {
        var queues = (await catalogue.Get()).Queues;
        return Results.Ok(new QueuesAnswer([.. await Task.WhenAll(queues.Select(async queue =>
        {
            var overview = await board.Overview(queue.Id);
            return new QueueLine(
                queue.Id, queue.Name, overview?.Waiting ?? 0, overview?.OldestEnqueuedAt,
                overview?.Members.Count(m => m is { Status: AgentStatus.Online, Present: true }) ?? 0,
                queue.Offers, queue.Strategy, queue.OfferSeconds, queue.GraceSeconds, queue.IdleCloseSeconds,
                queue.ReopenSeconds, queue.Priority, queue.EditSeconds, queue.Revision, queue.WrapUpSeconds);
        }))]));
    }

    private static async Task<IResult> SaveQueue(
        QueueRequest request, HttpContext context, ICatalogue catalogue, ICatalogueCache cache, IGrainFactory grains)
    {
        if (!IsKey(request.Id))
            return Problem.Of(RefusalCode.Invalid, "id is 1 to 64 characters of a-z, 0-9 and hyphen.");
        if (WrongName(request.Name) is { } wrong)
            return Problem.Of(wrong);
        if (request.Strategy is { } strategy && !s_strategies.Contains(strategy))
            return Problem.Of(RefusalCode.Invalid, $"strategy is one of {string.Join(", ", s_strategies)}.");
        var queue = new QueueSettings { Id = request.Id!, Name = request.Name!.Trim() };
        queue = queue with
        {
            Strategy = request.Strategy ?? queue.Strategy,
            Offers = request.Offers ?? queue.Offers,
            OfferSeconds = request.OfferSeconds ?? queue.OfferSeconds,
            GraceSeconds = request.GraceSeconds ?? queue.GraceSeconds,
            IdleCloseSeconds = request.IdleCloseSeconds ?? queue.IdleCloseSeconds,
            ReopenSeconds = request.ReopenSeconds ?? queue.ReopenSeconds,
            Priority = request.Priority ?? queue.Priority,
            EditSeconds = request.EditSeconds ?? queue.EditSeconds,
            WrapUpSeconds = request.WrapUpSeconds ?? queue.WrapUpSeconds,
            Revision = request.Revision ?? 0,
        };
        if (OutOfRange(queue) is { } range)
            return Problem.Of(RefusalCode.Invalid, range);
        var known = await catalogue.Queues(context.RequestAborted);
        if (known.Length >= RowsMax && known.All(other => other.Id != queue.Id))
            return Problem.Of(RefusalCode.Conflict, $"There are {RowsMax} queues already.");
        if (request.Revision is null)
            await catalogue.Save(queue, context.RequestAborted);
        else if (!await catalogue.Replace(queue, context.RequestAborted))
            return Problem.Of(RefusalCode.Conflict, "Somebody else has changed this queue meanwhile.");
        var saved = (await cache.Reload()).Queue(queue.Id) ?? queue;
        await grains.Of<IQueueGrain>(queue.Id).SettingsChanged();
        return Results.Ok(QueueSaved.Of(saved));
    }

    private static async Task<IResult> Sites(HttpContext context, ICatalogue catalogue) =>
        Results.Ok(new SitesAnswer([.. (await catalogue.Sites(context.RequestAborted)).Select(SiteLine.Of)]));

    private static async Task<IResult> SiteNames(ICatalogueCache catalogue) => Results.Ok(
        new SiteNamesAnswer([.. (await catalogue.Get()).Sites.Select(site => new SiteName(site.Key, site.Name))]));

    private static async Task<IResult> CustomerFields(string key, ICatalogueCache catalogue) =>
        key.Length <= Limits.IdLengthMax && (await catalogue.Get()).Site(key) is { } site
            ? Results.Ok(new CustomerFieldsAnswer(site.CustomerFields, site.Form))
            : Problem.Of(Refusal.NotFound);

    /// <summary>Any page may read it: it is asked by the script on the site's own pages, without a credential.</summary>
    private static async Task<IResult> Look(
        string key, HttpContext context, ICatalogueCache catalogue, TimeProvider clock)
    {
        if (key.Length > Limits.IdLengthMax || (await catalogue.Get()).Site(key) is not { } site)
            return Problem.Of(Refusal.NotFound);
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.Vary = "Origin";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers.CacheControl = "public, max-age=60";
        var isOpen = SiteRules.IsOpen(site.Hours, clock.GetUtcNow());
        var own = $"{context.Request.Scheme}://{context.Request.Host}";
        // A frame on such a page would stay grey: the button is better not there at all.
        bool? refused = OriginRule.MayFrame(context.Request.Headers.Origin, own, site.Origins) ? null : true;
        return Results.Ok(new LookAnswer(
            site.Look.Color, site.Look.Position, refused ?? (!isOpen && site.Closed == "hide"),
            isOpen && refused is null ? site.Invitations : [], refused));
    }

    private static async Task<IResult> SaveSite(
        SiteRequest request, HttpContext context, ICatalogue catalogue, ICatalogueCache cache)
    {
        if (!IsKey(request.Key))
            return Problem.Of(RefusalCode.Invalid, "key is 1 to 64 characters of a-z, 0-9 and hyphen.");
        if (WrongName(request.Name) is { } wrong)
            return Problem.Of(wrong);
        var greeting = request.Greeting ?? [];
        if (greeting.Count > 50 || greeting.Any(g => g.Key.Length is 0 or > 35 || g.Value is null))
            return Problem.Of(RefusalCode.Invalid, "greeting is a text for each locale.");
        if (greeting.Values.Any(text => text!.Length > GreetingLengthMax))
            return Problem.Of(RefusalCode.TooLong, $"A greeting has at most {GreetingLengthMax} UTF-16 units.");
        var origins = request.Origins ?? [];
        if (origins.Length > OriginsMax || !origins.All(IsOrigin))
            return Problem.Of(
                RefusalCode.Invalid, $"origins are {OriginsMax} at most, each like https://shop.example.");
        var queueId = request.QueueId ?? "default";
        var queues = await catalogue.Queues(context.RequestAborted);
        if (queues.All(queue => queue.Id != queueId))
            return Problem.Of(RefusalCode.NotFound, "There is no such queue.");
        var known = await catalogue.Sites(context.RequestAborted);
        if (known.Length >= RowsMax && known.All(other => other.Key != request.Key))
            return Problem.Of(RefusalCode.Conflict, $"There are {RowsMax} sites already.");
        var site = new SiteSettings
        {
            Key = request.Key!,
            Name = request.Name!.Trim(),
            QueueId = queueId,
            Greeting = greeting.ToImmutableDictionary(g => g.Key, g => g.Value!),
            Origins = [.. origins.Select(origin => origin.TrimEnd('/')).Distinct()],
            Files = request.Files ?? new FileRules(),
            Look = request.Look ?? new SiteLook(),
            Hours = request.Hours,
            Closed = request.Closed ?? "message",
            ClosedText = request.ClosedText ?? ImmutableDictionary<string, string>.Empty,
            Form = request.Form ?? [],
            Queues = request.Queues ?? [],
            Consent = request.Consent ?? ImmutableDictionary<string, string>.Empty,
            Invitations = request.Invitations ?? [],
            CustomerFields = request.CustomerFields ?? [],
            UnsentText = request.UnsentText ?? false,
            Revision = request.Revision ?? 0,
            // Not part of the form: it is made and rolled apart (IdentitySecretEndpoints).
            Identity = known.FirstOrDefault(other => other.Key == request.Key)?.Identity,
        };
        if (SiteRules.Check(site) is { } refusal)
            return Problem.Of(refusal);
        if (site.Queues.Except(queues.Select(queue => queue.Id)).Any())
            return Problem.Of(RefusalCode.NotFound, "There is no such queue.");
        if (request.Revision is null)
            await catalogue.Save(site, context.RequestAborted);
        else if (!await catalogue.Replace(site, context.RequestAborted))
            return Problem.Of(RefusalCode.Conflict, "Somebody else has changed this site meanwhile.");
        var saved = (await cache.Reload()).Site(site.Key) ?? site;
        return Results.Ok(SiteLine.Of(saved));
    }

    /// <summary>Whether it is an origin as browsers send it: it ends up in a security policy, so nothing else may pass.
    /// </summary>
    internal static bool IsOrigin(string? text) =>
        text is { Length: > 0 and <= 255 } && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0 && uri.Host.Length > 0
        && uri.Host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '[' or ']')
        && uri.GetLeftPart(UriPartial.Authority) == text.TrimEnd('/');

    private static bool IsKey(string? key) =>
        key is { Length: > 0 and <= Limits.IdLengthMax }
        && key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static Refusal? WrongName(string? name) => string.IsNullOrWhiteSpace(name)
        ? new Refusal(RefusalCode.Invalid, "name is required.")
        : name.Length > Limits.NameLengthMax
            ? new Refusal(RefusalCode.TooLong, $"name has at most {Limits.NameLengthMax} UTF-16 units.")
            : null;

    private static string? OutOfRange(QueueSettings queue)
    {
        (string Name, int Value, int Min, int Max)[] figures =
        [
            ("offerSeconds", queue.OfferSeconds, 5, 600),
            ("graceSeconds", queue.GraceSeconds, 1, 3_600),
            ("idleCloseSeconds", queue.IdleCloseSeconds, 10, 604_800),
            ("reopenSeconds", queue.ReopenSeconds, 0, 2_592_000),
            ("editSeconds", queue.EditSeconds, 0, 86_400),
            ("wrapUpSeconds", queue.WrapUpSeconds, 0, Limits.WrapUpSecondsMax),
            ("priority", queue.Priority, -100, 100),
        ];
        return figures.Where(f => f.Value < f.Min || f.Value > f.Max)
            .Select(f => $"{f.Name} is {f.Min} to {f.Max}.").FirstOrDefault();
    }

    private sealed record QueueRequest(
        string? Id, string? Name, string? Strategy, bool? Offers, int? OfferSeconds, int? GraceSeconds,
        int? IdleCloseSeconds, int? ReopenSeconds, int? Priority, int? EditSeconds, long? Revision,
        int? WrapUpSeconds);

    private sealed record SiteRequest(
        string? Key, string? Name, string? QueueId, Dictionary<string, string?>? Greeting, string[]? Origins,
        FileRules? Files, SiteLook? Look, OpeningHours? Hours, string? Closed,
        ImmutableDictionary<string, string>? ClosedText, ImmutableArray<FormField>? Form, ImmutableArray<string>? Queues,
        ImmutableDictionary<string, string>? Consent, ImmutableArray<Invitation>? Invitations, long? Revision,
        ImmutableArray<CustomerField>? CustomerFields, bool? UnsentText);

    /// <summary>All queues.</summary>
    public sealed record QueuesAnswer(IReadOnlyList<QueueLine> Queues);

    /// <summary>One queue at a glance, and its settings: saving replaces them all, so a form needs them all.</summary>
    public sealed record QueueLine(
        string Id, string Name, int Waiting, DateTimeOffset? OldestEnqueuedAt, int AgentsOnline, bool Offers,
        string Strategy, int OfferSeconds, int GraceSeconds, int IdleCloseSeconds, int ReopenSeconds, int Priority,
        int EditSeconds, long Revision, int WrapUpSeconds);

    /// <summary>A queue's settings with their revision: sent back with it, a change that somebody else made meanwhile is a
    /// <c>Conflict</c>.</summary>
    public sealed record QueueSaved(
        string Id, string Name, string Strategy, bool Offers, int OfferSeconds, int GraceSeconds, int IdleCloseSeconds,
        int ReopenSeconds, int Priority, int EditSeconds, long Revision, int WrapUpSeconds)
    {
        internal static QueueSaved Of(QueueSettings queue) => new(
            queue.Id, queue.Name, queue.Strategy, queue.Offers, queue.OfferSeconds, queue.GraceSeconds,
            queue.IdleCloseSeconds, queue.ReopenSeconds, queue.Priority, queue.EditSeconds, queue.Revision,
            queue.WrapUpSeconds);
    }

    /// <summary>All sites by name.</summary>
    public sealed record SiteNamesAnswer(IReadOnlyList<SiteName> Sites);

    /// <summary>A site's key and name.</summary>
    public sealed record SiteName(string Key, string Name);

    /// <summary>A site's custom fields.</summary>
    /// <param name="Fields">What agents write down.</param>
    /// <param name="Form">What visitors are asked before their first message: answers are kept under its keys.</param>
    public sealed record CustomerFieldsAnswer(ImmutableArray<CustomerField> Fields, ImmutableArray<FormField> Form);

    /// <summary>All sites.</summary>
    public sealed record SitesAnswer(IReadOnlyList<SiteLine> Sites);

    /// <summary>A site with its revision: sent back with it, a change that somebody else made meanwhile is a
    /// <c>Conflict</c>. Of the secret for identities only when it was made.</summary>
    public sealed record SiteLine(
        string Key, string Name, string QueueId, ImmutableDictionary<string, string> Greeting,
        ImmutableArray<string> Origins, FileRules Files, SiteLook Look, OpeningHours? Hours, string Closed,
        ImmutableDictionary<string, string> ClosedText, ImmutableArray<FormField> Form, ImmutableArray<string> Queues,
        ImmutableDictionary<string, string> Consent, ImmutableArray<Invitation> Invitations, long Revision,
        DateTimeOffset? IdentityRolledAt, ImmutableArray<CustomerField> CustomerFields, bool UnsentText)
    {
        internal static SiteLine Of(SiteSettings site) => new(
            site.Key, site.Name, site.QueueId, site.Greeting, site.Origins, site.Files, site.Look, site.Hours,
            site.Closed, site.ClosedText, site.Form, site.Queues, site.Consent, site.Invitations, site.Revision,
            site.Identity?.RolledAt, site.CustomerFields, site.UnsentText);
    }

    /// <summary>What a site's page needs before anybody has opened the widget. Nothing in it is secret.</summary>
    /// <param name="Color">Of the button.</param>
    /// <param name="Position">Its corner.</param>
    /// <param name="Hidden">Closed, and not to be shown while it is; or refused.</param>
    /// <param name="Invitations">Who speaks up where and when.</param>
    /// <param name="Refused">True where the page that asks is not one of the site's; null otherwise.</param>
    public sealed record LookAnswer(
        string Color, string Position, bool Hidden, ImmutableArray<Invitation> Invitations, bool? Refused);
}
