using System.Net;
using CustomerService.Hosting;

namespace CustomerService.WebFront.Hosting;

/// <summary>Reverse proxies whose word about the caller's address counts: section <c>Proxies</c>.</summary>
public sealed class ProxyOptions
{
    /// <summary>Addresses or networks, such as <c>10.0.0.7</c> or <c>10.0.0.0/24</c>. Empty: nobody's.</summary>
    public IList<string> Known { get; } = [];

    /// <summary>The section, parsed.</summary>
    public static IReadOnlyList<IPNetwork> Read(IConfiguration configuration)
    {
        var options = new ProxyOptions();
        configuration.GetSection("Proxies").Bind(options);
        return [.. options.Known.Select(text =>
            IPNetwork.TryParse(text, out var network) ? network
            : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new StartupException($"Setting Proxies:Known holds '{text}', which is no address or network."))];
    }
}
