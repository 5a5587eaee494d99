using System.Net;
using System.Net.Sockets;

namespace CustomerService.Support;

/// <summary>Ports for servers that tests start.</summary>
public static class FreePort
{
    /// <summary>
    /// A loopback port that was free a moment ago, below the range from which the system gives ports to clients: a client
    /// that knocks while the server is away could otherwise be given that very port and be connected to itself.
    /// </summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }
}
