using CustomerService.Agents;
using CustomerService.WebFront.Drain;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Feed;

/// <summary>Says of agents that they are connected, again and again, and once that they left. A front that stops says
/// nothing: its agents come back to another one within their grace.</summary>
internal sealed class AgentPresence(
    IGrainFactory grains, FrontIdentity front, Connections connections, IOptions<FeedOptions> options,
    IReadiness readiness, ILogger<AgentPresence> log)
{
    private const int CallsMax = 32;
    private readonly OneAtATime _round = new("renewing agents' presence", log);

    public void Arrived(string agentId) => _ = Arrive(agentId);

    public void Left(string agentId)
    {
        if (!readiness.IsDraining)
            _ = Leave(agentId);
    }

    /// <summary>Renews all, some at a time. Never waits; a round still under way is not overtaken.</summary>
    public void Renew() => _round.Begin(() => Parallel.ForEachAsync(
        connections.Agents, new ParallelOptions { MaxDegreeOfParallelism = CallsMax },
        async (agentId, _) => await Arrive(agentId)));

    private async Task Arrive(string agentId)
    {
        try
        {
            await grains.GetGrain<IAgentGrain>(agentId)
                .Arrive(front.Id, TimeSpan.FromSeconds(options.Value.LeaseSeconds));
            // It may have left while the call was under way, and the two may have been swapped on the way.
            if (connections.OfAgent(agentId).Count == 0)
                Left(agentId);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "An agent's presence could not be renewed");
        }
    }

    private async Task Leave(string agentId)
    {
        try
        {
            await grains.GetGrain<IAgentGrain>(agentId).Leave(front.Id);
            if (connections.OfAgent(agentId).Count > 0)
                Arrived(agentId);
        }
        catch (Exception e)
        {
            log.LogInformation(e, "An agent's leaving could not be told; its lease runs out");
        }
    }
}
