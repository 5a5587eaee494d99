using CustomerService.Agents;
using CustomerService.WebFront.Drain;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Feed;

/// <summary>Says of agents that they are connected, again and again, and once that they left. A front that stops says
/// nothing: its agents come back to another one within their grace.</summary>
internal sealed class AgentPresence(
    IGrainFactory grains, IFeedChannel channel, Connections connections, IOptions<FeedOptions> options,
    IReadiness readiness, ILogger<AgentPresence> log)
{
    private readonly OneEachAtATime _arrivals = new("renewing an agent's presence", log);

    public void Arrived(string agentId) => _arrivals.Begin(agentId, () => Arrive(agentId));

    public void Left(string agentId)
    {
        if (!readiness.IsDraining)
            _ = Leave(agentId);
    }

    /// <summary>Renews all. Never waits. All at once: the calls cost no reading or writing, and one whose silo does not
    /// answer must not let the others' leases run out, or all of them would lose what they hold.</summary>
    public void Renew()
    {
        foreach (var agentId in connections.Agents)
            Arrived(agentId);
    }

    private async Task Arrive(string agentId)
    {
        await grains.Of<IAgentGrain>(agentId)
            .Arrive(channel.FrontId, TimeSpan.FromSeconds(options.Value.LeaseSeconds));
        // It may have left while the call was under way, and the two may have been swapped on the way.
        if (connections.OfAgent(agentId).Count == 0)
            Left(agentId);
    }

    private async Task Leave(string agentId)
    {
        try
        {
            await grains.Of<IAgentGrain>(agentId).Leave(channel.FrontId);
            if (connections.OfAgent(agentId).Count > 0)
                Arrived(agentId);
        }
        catch (Exception e)
        {
            log.LogInformation(e, "An agent's leaving could not be told; its lease runs out");
        }
    }
}
