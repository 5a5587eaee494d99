namespace CustomerService.Agents;

/// <summary>A wish for a status, as a front received it.</summary>
/// <param name="Number">Its place among all that this front received.</param>
/// <param name="At">When, by the front's <see cref="TimeProvider.GetTimestamp"/>.</param>
public readonly record struct StatusWish(long Number, long At);

/// <summary>
/// A wish's place among all wishes for an agent's status: of one front by the order in which it received them, of several
/// by their turns, which the agent gives out.
/// </summary>
/// <param name="Epoch">Which activation of the agent gave the turn.</param>
/// <param name="Turn">The turn.</param>
/// <param name="FrontId">Which front received the wish.</param>
/// <param name="Received">The wish's number there.</param>
[GenerateSerializer, Immutable, Alias("agent.status-order")]
public sealed record StatusOrder(
    [property: Id(0)] DateTimeOffset Epoch,
    [property: Id(1)] long Turn,
    [property: Id(2)] string FrontId,
    [property: Id(3)] long Received);

/// <summary>
/// How a front passes on what agents wish their status to be, so that an older wish that was held up on its way does not
/// win over a newer one. One for each process. Safe for calls from many threads.
/// </summary>
/// <param name="grains">The agents.</param>
/// <param name="clock">Only passed time is taken from it.</param>
/// <param name="frontId">Names this process, and none that was before it.</param>
public sealed class StatusWishes(IGrainFactory grains, TimeProvider clock, string frontId)
{
    /// <summary>A wish that has no turn after so long is given up: its agent may have wished another by way of another
    /// front since. Healthy, it takes a read of the journal, and seconds where a cold, busy process wakes the agent; who
    /// changes front and mind within it may get the older wish.</summary>
    public static readonly TimeSpan TurnMax = TimeSpan.FromSeconds(5);

    private long _received;

    /// <summary>To be called in the order in which wishes come in, once for each.</summary>
    public StatusWish Receive() => new(Interlocked.Increment(ref _received), clock.GetTimestamp());

    /// <summary>Sets the status. Null where the wish was given up: nothing was done, and a retry is a new wish.</summary>
    public async Task<AgentReceipt?> Set(
        string agentId, StatusWish wish, AgentStatus status, string? commandId, string? reason)
    {
        var agent = grains.Of<IAgentGrain>(agentId);
        var turn = await agent.Availability();
        if (clock.GetElapsedTime(wish.At) > TurnMax)
            return null;
        // Silos of an earlier version give no turns: there the last one to arrive wins, as it did.
        var order = turn.StatusTurn == 0
            ? null
            : new StatusOrder(turn.Epoch, turn.StatusTurn, frontId, wish.Number);
        return await agent.SetStatus(status, commandId, reason, order);
    }
}
