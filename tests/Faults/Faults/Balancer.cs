using System.Net;
using System.Net.Sockets;
using CustomerService.Support.Servers;

namespace CustomerService.Faults.Faults;

/// <summary>What stands before the fronts in production: gives each new connection to one that says it is ready, in turn,
/// and keeps nothing about anybody.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IReadOnlyList<ServerProcess> _fronts;
    private volatile ServerProcess[] _ready;
    private int _turn;

    public Balancer(IReadOnlyList<ServerProcess> fronts)
    {
        _fronts = fronts;
        _ready = [.. fronts];
        _listener.Start(4096);
        _ = Accept();
        _ = Look();
    }

    /// <summary>Fronts that would get a connection now.</summary>
    public int ReadyCount => _ready.Length;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
    }

    private async Task Look()
    {
        try
        {
            while (true)
            {
                var ready = await Task.WhenAll(_fronts.Select(IsReady));
                _ready = [.. _fronts.Where((_, i) => ready[i])];
                await Task.Delay(LookEvery, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The stand is taken down.
        }
    }

    private static async Task<bool> IsReady(ServerProcess front)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(front.Address, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private async Task Accept()
    {
        while (true)
        {
            try
            {
                _ = Serve(await _listener.AcceptSocketAsync(_end.Token));
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(Socket client)
    {
        using var from = client;
        using var to = await Connect();
        if (to is null)
            return;
        from.NoDelay = to.NoDelay = true;
        await Task.WhenAny(Pump(from, to), Pump(to, from));
    }

    /// <summary>The next that is ready; one that does not take the connection is passed over, as proxies do.</summary>
    private async Task<Socket?> Connect()
    {
        var ready = _ready;
        for (var i = 0; i < ready.Length; i++)
        {
            var front = ready[(uint)Interlocked.Increment(ref _turn) % (uint)ready.Length];
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, front.Address.Port, _end.Token);
                return socket;
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
        }
        return null;
    }

    private async Task Pump(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var read)
            {
                for (var offset = 0; offset < read;)
                    offset += await to.SendAsync(buffer.AsMemory(offset, read - offset), _end.Token);
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Both ends learn it by the sockets' end.
        }
    }
}
