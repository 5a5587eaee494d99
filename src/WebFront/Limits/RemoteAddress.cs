using System.Net;
using System.Net.Sockets;

namespace CustomerService.WebFront.RateLimits;

/// <summary>Whom an address stands for.</summary>
internal static class RemoteAddress
{
    /// <summary>Key of a request's sender, as the trusted proxies named it.</summary>
    public static string KeyOf(HttpContext? context) => KeyOf(context?.Connection.RemoteIpAddress);

    /// <summary>An IPv4 address as it is; of an IPv6 address its first 64 bits, for one household has them all.</summary>
    public static string KeyOf(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
