using System.Security.Claims;
using CustomerService.Storage.Accounts;
using CustomerService.WebFront.VisitorSessions;

namespace CustomerService.WebFront;

/// <summary>A visitor as its bearer names it.</summary>
/// <param name="SiteKey">The site it is on.</param>
/// <param name="VisitorId">Its id, 64 characters at most.</param>
/// <param name="Name">As it gave it; may be empty.</param>
/// <param name="Locale">Such as <c>zh-CN</c>.</param>
public sealed record VisitorCaller(string SiteKey, string VisitorId, string Name, string Locale)
{
    /// <summary>Whom the site's server vouched for; null for a visitor who is known by its browser only.</summary>
    public SignedPerson? Person { get; init; }

    /// <summary>Key of its grain.</summary>
    public string GrainKey => $"{SiteKey}/{VisitorId}";

    /// <summary>Who acts in a command.</summary>
    public Actor ToActor() => new(ActorKind.Visitor, VisitorId, Name);
}

/// <summary>An agent as its session names it. Name, roles and queues are not in it: they are read from the live session
/// at each call, so that a change counts at once.</summary>
/// <param name="AgentId">Its id.</param>
/// <param name="SessionId">Hash of the session's token.</param>
public sealed record AgentCaller(string AgentId, string SessionId);

/// <summary>What the authentication handlers put into a principal, and the one place that reads it.</summary>
public static class Caller
{
    /// <summary>Scheme of visitors: a bearer.</summary>
    public const string VisitorScheme = "Visitor";

    /// <summary>Scheme of agents: a bearer, or the console's cookie.</summary>
    public const string AgentScheme = "Agent";

    private const string Site = "site";
    private const string VisitorId = "visitor";
    private const string AgentId = "agent";
    private const string SessionId = "session";
    private const string Name = "name";
    private const string Locale = "locale";
    private const string PersonId = "person";
    private const string Email = "email";

    /// <summary>The identity that the visitors' handler makes.</summary>
    public static ClaimsIdentity Identity(VisitorCaller visitor) => new(
        [
            new(Site, visitor.SiteKey), new(VisitorId, visitor.VisitorId),
            new(Name, visitor.Name), new(Locale, visitor.Locale),
            .. visitor.Person is { } person ? [new Claim(PersonId, person.Id), new Claim(Email, person.Email)] : (Claim[])[],
        ],
        VisitorScheme, Name, null);

    /// <summary>The identity that the agents' handler makes.</summary>
    public static ClaimsIdentity Identity(AgentCaller agent) => new(
        [new(AgentId, agent.AgentId), new(SessionId, agent.SessionId)], AgentScheme, AgentId, null);

    /// <summary>The visitor, or null where the principal is none.</summary>
    public static VisitorCaller? Visitor(ClaimsPrincipal? user) =>
        Of(user, VisitorScheme) is { } identity
        && identity.FindFirst(Site) is { Value.Length: > 0 } site
        && identity.FindFirst(VisitorId) is { Value.Length: > 0 } visitor
            ? new VisitorCaller(
                site.Value, visitor.Value,
                identity.FindFirst(Name)?.Value ?? "", identity.FindFirst(Locale)?.Value ?? "")
            {
                Person = identity.FindFirst(PersonId) is { Value.Length: > 0 } person
                    ? new SignedPerson(
                        person.Value, identity.FindFirst(Name)?.Value ?? "", identity.FindFirst(Email)?.Value ?? "")
                    : null,
            }
            : null;

    /// <summary>The agent, or null where the principal is none.</summary>
    public static AgentCaller? Agent(ClaimsPrincipal? user) =>
        Of(user, AgentScheme) is { } identity
        && identity.FindFirst(AgentId) is { Value.Length: > 0 } agent
        && identity.FindFirst(SessionId) is { Value.Length: > 0 } session
            ? new AgentCaller(agent.Value, session.Value)
            : null;

    /// <summary>Who acts in an agent's command, from its account as it is now.</summary>
    public static Actor ToActor(Account account) => new(ActorKind.Agent, account.AgentId, account.Name)
    {
        IsSupervisor = account.Roles.Contains("supervisor") || account.Roles.Contains("administrator"),
        Queues = account.Queues,
    };

    private static ClaimsIdentity? Of(ClaimsPrincipal? user, string scheme) =>
        user?.Identities.FirstOrDefault(i => i.IsAuthenticated && i.AuthenticationType == scheme);
}
