using CustomerService.WebFront.Feed;
using Microsoft.AspNetCore.SignalR;

namespace CustomerService.WebFront.Hubs;

/// <summary>Takes connections up and lets them go, with the connection itself at hand, which a hub does not have: pushes
/// are written by <see cref="OutboundQueue"/>, never by SignalR's own clients.</summary>
internal sealed class HubLifetime<THub>(
    ILogger<DefaultHubLifetimeManager<THub>> log, Connections connections, Watches watches, AgentPresence presence)
    : DefaultHubLifetimeManager<THub>(log)
    where THub : Hub
{
    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        await base.OnConnectedAsync(connection);
        if (connections.Open(connection, typeof(THub) == typeof(VisitorHub)) is not { } opened)
        {
            connection.Abort();
            return;
        }
        connection.Items[typeof(FrontConnection)] = opened;
        if (opened.Agent is { } agent)
            presence.Arrived(agent.AgentId);
    }

    public override async Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        await base.OnDisconnectedAsync(connection);
        if (!connection.Items.TryGetValue(typeof(FrontConnection), out var held) || held is not FrontConnection closed)
            return;
        var wasLast = connections.Close(closed);
        watches.Forget(closed);
        if (wasLast)
            presence.Left(closed.Agent!.AgentId);
    }
}
