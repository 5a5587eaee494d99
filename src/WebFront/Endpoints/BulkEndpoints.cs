using System.Collections.Concurrent;
using CustomerService.Conversations;
using CustomerService.Grains;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Endpoints;

/// <summary>One action on several conversations. Each is asked for itself, by the rules that hold for it alone, and each
/// has its own outcome.</summary>
public static class BulkEndpoints
{
    /// <summary>Maps <c>/api/v1/conversations/bulk</c>.</summary>
    public static void MapBulk(this IEndpointRouteBuilder api) =>
        api.MapPost("/conversations/bulk", Run).MayBeCalledBy(Access.Agents)
            .WithSummary("Close, take, transfer, snooze or tag up to 100 conversations").Produces<BulkAnswer>();

    private static async Task<IResult> Run(
        BulkRequest request, HttpContext context, IAgentSessionCache sessions, BulkActions actions)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (request.CommandId is not { Length: >= 1 and <= Limits.IdLengthMax })
            return Problem.Of(RefusalCode.Invalid, "commandId has to be 1 to 64 characters.");
        if (request.ConversationIds is not { Length: >= 1 and <= BulkActions.ItemsMax } ids
            || ids.Any(id => id is not { Length: >= 1 and <= Limits.IdLengthMax })
            || ids.Distinct(StringComparer.Ordinal).Count() != ids.Length)
        {
            return Problem.Of(
                RefusalCode.Invalid, $"conversationIds are 1 to {BulkActions.ItemsMax} ids, each once.");
        }
        var by = Caller.ToActor(account);
        if (BulkActions.Read(request, by) is not { } command)
            return Problem.Of(RefusalCode.Invalid, "action is close, accept, transfer, snooze or tag, with what it needs.");
        return await actions.Run(by, ids, request.CommandId, command) is { } results
            ? Results.Ok(new BulkAnswer(results))
            : Problem.Of(RefusalCode.RateLimited, "Another of the caller's is under way.", 1_000);
    }

    /// <summary>What is to be done with which conversations.</summary>
    public sealed record BulkRequest(
        string? CommandId, string?[]? ConversationIds, string? Action, string? Reason, string? ToQueue, string? ToAgent,
        string? Note, DateTimeOffset? Until, string[]? Add, string[]? Remove);

    /// <summary>One result a conversation, in the order asked.</summary>
    public sealed record BulkAnswer(IReadOnlyList<BulkResult> Results);

    /// <summary>What became of one: without a code it was done.</summary>
    public sealed record BulkResult(string ConversationId, string? Code, string? Message);
}

/// <summary>Runs them: a few at a time, one request of an agent at a time.</summary>
public sealed class BulkActions(IGrainFactory grains, ILogger<BulkActions> log)
{
    /// <summary>Most conversations of one request: what a person has looked at.</summary>
    public const int ItemsMax = 100;

    private const int AtOnce = 8;

    private readonly ConcurrentDictionary<string, bool> _running = new(StringComparer.Ordinal);

    /// <summary>The command that is asked for, made for a command id; null where it lacks what it needs.</summary>
    internal static Func<string, ConversationCommand>? Read(BulkEndpoints.BulkRequest request, Actor by) =>
        request.Action switch
        {
            "close" => id => new CloseConversation(by, id, request.Reason),
            "accept" => id => new AcceptConversation(by, id),
            "transfer" when (request.ToQueue is null) != (request.ToAgent is null) =>
                id => new TransferConversation(by, id, request.ToQueue, request.ToAgent, request.Note),
            "snooze" when request.Until is { } until => id => new SnoozeConversation(by, id, until),
            "tag" when request.Add is { Length: > 0 } || request.Remove is { Length: > 0 } =>
                id => new TagConversation(by, id, [.. request.Add ?? []], [.. request.Remove ?? []]),
            _ => null,
        };

    /// <summary>Does it for each. The same command id again does nothing twice: each conversation's own id follows from
    /// it. Null where another request of this agent is under way.</summary>
    internal async Task<IReadOnlyList<BulkEndpoints.BulkResult>?> Run(
        Actor by, string?[] ids, string commandId, Func<string, ConversationCommand> command)
    {
        if (!_running.TryAdd(by.Id, true))
            return null;
        try
        {
            var results = new BulkEndpoints.BulkResult[ids.Length];
            await Parallel.ForAsync(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (at, _) =>
                results[at] = await One(ids[at]!, command(DerivedId.Of("bulk", commandId, ids[at]!))));
            return results;
        }
        finally
        {
            _running.TryRemove(by.Id, out _);
        }
    }

    private async Task<BulkEndpoints.BulkResult> One(string id, ConversationCommand command)
    {
        Refusal? refusal;
        try
        {
            refusal = (await grains.Of<IConversationGrain>(id).Execute(command)).Refusal;
        }
        catch (Exception e)
        {
            log.LogWarning(e, "One of several commands failed");
            refusal = Refusal.Unavailable;
        }
        return new BulkEndpoints.BulkResult(id, refusal?.Code.ToString(), refusal?.Message);
    }
}
