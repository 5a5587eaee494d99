using Microsoft.AspNetCore.SignalR;

namespace CustomerService.WebFront.Hubs;

/// <summary>Makes the hub of a call. By hand, because a hub that a scope has to remember costs more than the hub.
/// </summary>
internal sealed class HubMaker<THub>(HubParts parts, Func<HubParts, THub> make) : IHubActivator<THub>
    where THub : Hub
{
    public THub Create() => make(parts);

    public void Release(THub hub) => hub.Dispose();
}
