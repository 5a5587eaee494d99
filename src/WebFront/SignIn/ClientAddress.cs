using System.Net;
using System.Net.Sockets;

namespace CustomerService.WebFront.SignIn;

/// <summary>Whom a limit by address counts: one IPv4 address, or one IPv6 network of 64 bits, which is what one customer
/// of a provider gets at least.</summary>
public static class ClientAddress
{
    /// <summary>The caller's, as the connection says it, or as known proxies do.</summary>
    public static string Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Of(context.Connection.RemoteIpAddress);
    }

    /// <summary>See the class.</summary>
    public static string Of(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
