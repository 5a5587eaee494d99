using CustomerService.Grains.Catalogue;
using CustomerService.Storage.Catalogue;
using CustomerService.WebFront.VisitorSessions;

namespace CustomerService.WebFront.Endpoints;

/// <summary>The secret that a site signs its visitors' identities with.</summary>
public static class IdentitySecretEndpoints
{
    private const int AttemptsMax = 5;

    /// <summary>Maps <c>/api/v1/sites/{key}/identity-secret</c>.</summary>
    public static void MapIdentitySecret(this IEndpointRouteBuilder api)
    {
        api.MapPost("/sites/{key}/identity-secret", Roll).MayBeCalledBy(Access.Administrators)
            .WithSummary("Make or replace a site's secret; it is shown this once").Produces<SecretAnswer>();
        api.MapDelete("/sites/{key}/identity-secret", Remove).MayBeCalledBy(Access.Administrators)
            .WithSummary("Take a site's secret away: nobody can identify any more").Produces(204);
    }

    private static async Task<IResult> Roll(
        string key, HttpContext context, ICatalogue catalogue, ICatalogueCache cache, SiteSecrets secrets)
    {
        context.Response.Headers.CacheControl = "no-store";
        var secret = "";
        var saved = await Change(key, catalogue, cache, site =>
        {
            (secret, var identity) = secrets.Roll(site.Identity);
            return site with { Identity = identity };
        }, context.RequestAborted);
        return saved is { } site
            ? Results.Ok(new SecretAnswer(secret, site.Identity!.RolledAt, site.Identity.PreviousUntil, site.Revision))
            : NotThere(await cache.Get(), key);
    }

    private static async Task<IResult> Remove(
        string key, HttpContext context, ICatalogue catalogue, ICatalogueCache cache) =>
        await Change(key, catalogue, cache, site => site with { Identity = null }, context.RequestAborted) is null
            ? NotThere(await cache.Get(), key)
            : Results.NoContent();

    /// <summary>The site as saved; null where it is not there, or was changed by others each time.</summary>
    private static async Task<SiteSettings?> Change(
        string key, ICatalogue catalogue, ICatalogueCache cache, Func<SiteSettings, SiteSettings> change,
        CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= AttemptsMax; attempt++)
        {
            var site = (await catalogue.Sites(cancellationToken)).FirstOrDefault(site => site.Key == key);
            if (site is null)
                return null;
            if (await catalogue.Replace(change(site), cancellationToken))
                return (await cache.Reload()).Site(key);
        }
        return null;
    }

    private static IResult NotThere(CatalogueCopy copy, string key) => copy.Site(key) is null
        ? Problem.Of(Refusal.NotFound)
        : Problem.Of(RefusalCode.Conflict, "Somebody else has changed this site meanwhile.");

    /// <summary>A site's new secret.</summary>
    /// <param name="Secret">For HMAC-SHA256 the bytes of this very text. It can't be read again.</param>
    /// <param name="RolledAt">When it was made.</param>
    /// <param name="PreviousUntil">Until when the one before still counts.</param>
    /// <param name="Revision">The site's revision now, for a form that is being edited.</param>
    public sealed record SecretAnswer(
        string Secret, DateTimeOffset RolledAt, DateTimeOffset? PreviousUntil, long Revision);
}
