using System.Security.Claims;
using CustomerService.Storage.Accounts;
using CustomerService.WebFront.SignIn;
using Microsoft.AspNetCore.Authorization;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Who may call an endpoint. A higher role includes the lower ones.</summary>
public enum Access
{
    /// <summary>Everyone, without a token.</summary>
    Anyone,

    /// <summary>A visitor, or an agent of any role; the endpoint looks at what is whose.</summary>
    VisitorsAndAgents,

    /// <summary>Signed-in staff of any role.</summary>
    Agents,

    /// <summary>Supervisors and administrators.</summary>
    Supervisors,

    /// <summary>Administrators.</summary>
    Administrators,
}

/// <summary>States who may call an endpoint; a test fails on one without it.</summary>
public sealed record MayCall(Access Access);

/// <summary>Authorization by the session's account as it is now, never by what a token once said.</summary>
public static class AccessSetup
{
    /// <summary>States who may call, and enforces it.</summary>
    public static TBuilder MayBeCalledBy<TBuilder>(this TBuilder endpoint, Access access)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.WithMetadata(new MayCall(access));
        return access == Access.Anyone ? endpoint.AllowAnonymous() : endpoint.RequireAuthorization(access.ToString());
    }

    /// <summary>Adds the policies behind <see cref="MayBeCalledBy"/>.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, RoleHandler>();
        var authorization = services.AddAuthorizationBuilder()
            .AddPolicy(nameof(Access.VisitorsAndAgents), p => p
                .AddAuthenticationSchemes(Caller.VisitorScheme, Caller.AgentScheme)
                .RequireAuthenticatedUser());
        (Access, string)[] roles =
        [
            (Access.Agents, Roles.Agent),
            (Access.Supervisors, Roles.Supervisor),
            (Access.Administrators, Roles.Administrator),
        ];
        foreach (var (access, role) in roles)
            authorization.AddPolicy(access.ToString(), p => p
                .AddAuthenticationSchemes(Caller.AgentScheme)
                .RequireAuthenticatedUser()
                .AddRequirements(new RoleRequirement(role)));
        return services;
    }

    private sealed record RoleRequirement(string Role) : IAuthorizationRequirement;

    private sealed class RoleHandler(IAgentSessionCache sessions) : AuthorizationHandler<RoleRequirement>
    {
        protected override Task HandleRequirementAsync(
            AuthorizationHandlerContext context, RoleRequirement requirement)
        {
            if (sessions.Account(context.User) is { } account && Roles.Includes(account.Roles, requirement.Role))
                context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}

/// <summary>Roles and what includes what.</summary>
public static class Roles
{
    /// <summary>Serves conversations of its queues.</summary>
    public const string Agent = "agent";

    /// <summary>Sees and may take over everything.</summary>
    public const string Supervisor = "supervisor";

    /// <summary>Makes accounts, queues and sites.</summary>
    public const string Administrator = "administrator";

    /// <summary>All, the highest last.</summary>
    public static IReadOnlyList<string> All { get; } = [Agent, Supervisor, Administrator];

    /// <summary>Whether somebody with these roles may do what <paramref name="role"/> may.</summary>
    public static bool Includes(IEnumerable<string> held, string role) => held.Any(h => Rank(h) >= Rank(role));

    private static int Rank(string role) => role switch { Agent => 1, Supervisor => 2, Administrator => 3, _ => 0 };
}

/// <summary>The signed-in agent's account.</summary>
public static class CallerAccount
{
    /// <summary>As it was at the last look, five seconds ago or less; null where the session has ended.</summary>
    public static Account? Account(this IAgentSessionCache sessions, ClaimsPrincipal? user) =>
        Caller.Agent(user) is { } agent && sessions.TryGet(agent.SessionId, out var session) ? session.Account : null;
}
