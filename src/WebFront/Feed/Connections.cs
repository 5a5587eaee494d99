using System.Collections.Concurrent;
using CustomerService.Hosting.Roster;
using CustomerService.WebFront.RateLimits;
using CustomerService.WebFront.SignIn;
using CustomerService.WebFront.Telemetry;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Feed;

/// <summary>All connections of this front, of both hubs.</summary>
internal sealed class Connections(
    IAgentSessionCache sessions, CallLimits limits, FrontMetrics metrics, IOptions<FeedOptions> options,
    TimeProvider clock) : IConnectionCounts
{
    private readonly ConcurrentDictionary<string, FrontConnection> _all = new(StringComparer.Ordinal);

    /// <summary>Agents to their connections; arrays are replaced whole under the lock.</summary>
    private readonly ConcurrentDictionary<string, FrontConnection[]> _ofAgents = new(StringComparer.Ordinal);

    private readonly Lock _lock = new();

    public IEnumerable<FrontConnection> All => _all.Select(pair => pair.Value);

    public int Count => _all.Count;

    /// <summary>Connections of visitors and of agents.</summary>
    public (int Visitors, int Agents) Counts()
    {
        var (all, agents) = (_all.Count, _ofAgents.Sum(pair => pair.Value.Length));
        return (Math.Max(0, all - agents), agents);
    }

    /// <summary>Agents with a connection here.</summary>
    public ICollection<string> Agents => _ofAgents.Keys;

    public IReadOnlyList<FrontConnection> OfAgent(string agentId) => _ofAgents.GetValueOrDefault(agentId) ?? [];

    /// <summary>Takes a new connection up; null where its principal is neither a visitor nor an agent.</summary>
    public FrontConnection? Open(HubConnectionContext context, bool forVisitors)
    {
        var visitor = forVisitors ? Caller.Visitor(context.User) : null;
        var agent = forVisitors ? null : Caller.Agent(context.User);
        if (visitor is null && agent is null)
            return null;
        var outbound = new OutboundQueue(
            message => context.WriteAsync(message.Message, CancellationToken.None), metrics.Pushed, context.Abort,
            options.Value.OutboundMessagesMax, options.Value.OutboundBytesMax, clock);
        var calls = limits.ForConnection();
        var connection = new FrontConnection(
            context.ConnectionId, visitor, agent, RemoteAddress.KeyOf(context.GetHttpContext()),
            sessions, outbound, calls, context.Abort);
        _all[connection.Id] = connection;
        metrics.Opened.Add(visitor is not null ? "visitor" : "agent");
        if (agent is not null)
        {
            lock (_lock)
                _ofAgents[agent.AgentId] = [.. OfAgent(agent.AgentId), connection];
        }
        return connection;
    }

    /// <summary>Lets a connection go.</summary>
    /// <returns>Whether it was the last of its agent here.</returns>
    public bool Close(FrontConnection connection)
    {
        if (connection.Outbound.WasOverrun)
            metrics.Dropped.Add("queue");
        connection.Close();
        _all.TryRemove(connection.Id, out _);
        if (connection.Agent is not { } agent)
            return false;
        lock (_lock)
        {
            FrontConnection[] left = [.. OfAgent(agent.AgentId).Where(c => c != connection)];
            if (left.Length > 0)
                _ofAgents[agent.AgentId] = left;
            else
                _ofAgents.TryRemove(agent.AgentId, out _);
            return left.Length == 0;
        }
    }

    /// <summary>Cuts the connections of a session that has ended.</summary>
    public void SessionEnded(string sessionId)
    {
        foreach (var connection in All)
        {
            if (connection.Agent?.SessionId == sessionId)
                connection.Abort();
        }
    }

    /// <summary>Cuts connections whose write hangs and agents whose session has ended.</summary>
    public void Tick()
    {
        var writeMax = TimeSpan.FromSeconds(options.Value.WriteSecondsMax);
        foreach (var connection in All)
        {
            var isStuck = connection.Outbound.IsStuck(writeMax);
            if (isStuck)
                metrics.Dropped.Add("time");
            if (isStuck || connection.CurrentActor() is null)
                connection.Abort();
        }
    }
}
