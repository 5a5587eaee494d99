using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Grains;
using CustomerService.Grains.Catalogue;
using CustomerService.Storage.Accounts;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Accounts of the staff, and how they stand.</summary>
public static class AgentEndpoints
{
    private const int CapacityMax = 100;
    private const int QueuesMax = 100;

    /// <summary>Maps <c>/api/v1/agents</c>.</summary>
    public static void MapAgents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/agents", All).MayBeCalledBy(Access.Agents)
            .WithSummary("Who there is, with status and load").Produces<AgentsAnswer>();
        api.MapPost("/agents", Add).MayBeCalledBy(Access.Administrators)
            .WithSummary("Make an account").Produces<AgentAdded>(201);
        api.MapPatch("/agents/{id}", Change).MayBeCalledBy(Access.Administrators)
            .WithSummary("Change an account; disabling ends its sessions").Produces<AgentLine>();
    }

    private static async Task<IResult> All(
        HttpContext context, IAccounts accounts, IAgentSessionCache sessions, QueueBoard board)
    {
        var isAdministrator = sessions.Account(context.User) is { } caller
            && Roles.Includes(caller.Roles, Roles.Administrator);
        var all = await accounts.All(context.RequestAborted);
        var standing = await board.Agents();
        return Results.Ok(new AgentsAnswer([.. all
            .Where(account => isAdministrator || !account.Disabled)
            .Select(account => Line(account, standing.GetValueOrDefault(account.AgentId), isAdministrator))]));
    }

    private static async Task<IResult> Add(
        AddRequest request, HttpContext context, IAccounts accounts, Passwords passwords, ICatalogueCache catalogue,
        IIdSource ids)
    {
        if (!FirstAdministrator.IsEmail(request.Email))
            return Problem.Of(RefusalCode.Invalid, "email is no e-mail address.");
        if (Passwords.Weakness(request.Password, request.Email) is { } weakness)
            return Problem.Of(
                request.Password?.Length > Passwords.LengthMax ? RefusalCode.TooLong : RefusalCode.Invalid,
                $"The password {weakness}.");
        if (await Wrong(request.Name, required: true, request.Roles, request.Queues, request.Capacity, catalogue) is { } wrong)
            return Problem.Of(wrong);
        if (request.Roles is not { Length: > 0 })
            return Problem.Of(RefusalCode.Invalid, "roles needs one role at least.");
        if (await passwords.Hash(request.Password!) is not { } hash)
            return Problem.Of(Refusal.Overloaded);
        var account = new Account
        {
            AgentId = ids.Next(),
            Email = AgentSignIn.Fold(request.Email!),
            Name = request.Name!.Trim(),
            PasswordHash = hash,
            Roles = [.. request.Roles.Distinct()],
            Queues = request.Queues is { } queues ? [.. queues.Distinct()] : ["default"],
            Capacity = request.Capacity ?? 4,
        };
        return await accounts.Add(account, context.RequestAborted)
            ? Results.Created((string?)null, new AgentAdded(account.AgentId))
            : Problem.Of(RefusalCode.Conflict, "That e-mail address is in use.");
    }

    private static async Task<IResult> Change(
        string id, ChangeRequest request, HttpContext context, IAccounts accounts, ICatalogueCache catalogue,
        AgentSignIn signIn, IGrainFactory grains)
    {
        var account = id.Length <= Limits.IdLengthMax ? await accounts.Find(id, context.RequestAborted) : null;
        if (account is null)
            return Problem.Of(Refusal.NotFound);
        if (await Wrong(request.Name, required: false, request.Roles, request.Queues, request.Capacity, catalogue) is { } wrong)
            return Problem.Of(wrong);
        var loses = request.Disabled == true
            || (request.Roles is { } roles && !Roles.Includes(roles, Roles.Administrator));
        if (loses && Caller.Agent(context.User)?.AgentId == id)
            return Problem.Of(RefusalCode.Conflict, "Nobody takes away their own administrator's rights.");
        var changed = account with
        {
            Name = request.Name?.Trim() ?? account.Name,
            Roles = request.Roles is { } r ? [.. r.Distinct()] : account.Roles,
            Queues = request.Queues is { } q ? [.. q.Distinct()] : account.Queues,
            Capacity = request.Capacity ?? account.Capacity,
            Disabled = request.Disabled ?? account.Disabled,
        };
        if (!await accounts.Replace(changed, context.RequestAborted))
            return Problem.Of(RefusalCode.Conflict, "The account was changed at the same time.");
        if (changed.Disabled && !account.Disabled)
            await signIn.EndAll(id, context.RequestAborted);
        await grains.Of<IAgentGrain>(id).AccountChanged();
        return Results.Ok(Line(changed, null, true));
    }

    private static async Task<Refusal?> Wrong(
        string? name, bool required, string[]? roles, string[]? queues, int? capacity, ICatalogueCache catalogue)
    {
        if (name is null ? required : string.IsNullOrWhiteSpace(name))
            return new Refusal(RefusalCode.Invalid, "name is required.");
        if (name?.Length > Limits.NameLengthMax)
            return new Refusal(RefusalCode.TooLong, $"name has at most {Limits.NameLengthMax} UTF-16 units.");
        if (roles is not null && (roles.Length is 0 or > 3 || roles.Any(role => !Roles.All.Contains(role))))
            return new Refusal(RefusalCode.Invalid, $"roles are {string.Join(", ", Roles.All)}; one at least.");
        if (capacity is < 1 or > CapacityMax)
            return new Refusal(RefusalCode.Invalid, $"capacity is 1 to {CapacityMax}.");
        if (queues is null)
            return null;
        if (queues.Length > QueuesMax)
            return new Refusal(RefusalCode.Invalid, $"queues are {QueuesMax} at most.");
        var known = (await catalogue.Get()).Queues.Select(queue => queue.Id).ToHashSet(StringComparer.Ordinal);
        return queues.All(known.Contains)
            ? null
            : new Refusal(RefusalCode.NotFound, "There is no such queue.");
    }

    private static AgentLine Line(Account account, AgentAvailability? standing, bool forAdministrator) => new(
        account.AgentId, account.Name,
        (standing?.Status ?? AgentStatus.Offline).ToString().ToLowerInvariant(),
        standing?.Present ?? false, standing?.Load ?? 0, account.Capacity, account.Queues)
    {
        Roles = [.. account.Roles],
        Reason = standing?.Reason,
        StatusSince = standing?.StatusSince,
        WrapUps = standing is { WrappingUp: > 0 and var wrapUps } ? wrapUps : null,
        Email = forAdministrator ? account.Email : null,
        Disabled = forAdministrator ? account.Disabled : null,
    };

    private sealed record AddRequest(
        string? Email, string? Name, string? Password, string[]? Roles, string[]? Queues, int? Capacity);

    private sealed record ChangeRequest(
        string? Name, string[]? Roles, string[]? Queues, int? Capacity, bool? Disabled);

    /// <summary>All accounts.</summary>
    public sealed record AgentsAnswer(IReadOnlyList<AgentLine> Agents);

    /// <summary>The new account.</summary>
    public sealed record AgentAdded(string AgentId);

    /// <summary>One account; e-mail and disabled are for administrators only.</summary>
    public sealed record AgentLine(
        string AgentId, string Name, string Status, bool Online, int Load, int Capacity, ImmutableArray<string> Queues)
    {
        /// <summary>Its roles.</summary>
        public IReadOnlyList<string> Roles { get; init; } = [];

        /// <summary>Why it is busy or away, where it said so.</summary>
        public string? Reason { get; init; }

        /// <summary>Since when its status is what it is.</summary>
        public DateTimeOffset? StatusSince { get; init; }

        /// <summary>How many of the places in <c>load</c> are taken by wrap-ups; null for none.</summary>
        public int? WrapUps { get; init; }

        /// <summary>Its address.</summary>
        public string? Email { get; init; }

        /// <summary>Whether it may not sign in.</summary>
        public bool? Disabled { get; init; }
    }
}
