using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CustomerService.Faults.Faults;

/// <summary>A TCP proxy that can be a bad line: late, cut after byte k, silent both ways or one way, half open.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Pair, bool> _pairs = new();
    private readonly int _target;
    private long _cuts, _mutes;
    private volatile TaskCompletionSource _open = Opened();

    public FaultProxy(int target)
    {
        _target = target;
        _listener.Start(4096);
        _ = Accept();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Every piece is this late.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>A new connection is cut once so many bytes went from client to server.</summary>
    public long? CutAfterUp { get; set; }

    /// <summary>A new connection is cut once so many bytes came back.</summary>
    public long? CutAfterDown { get; set; }

    /// <summary>Nothing comes back, though everything arrives.</summary>
    public bool SilentDown { get; set; }

    /// <summary>A connection on which this text goes up gets nothing back from then on: what was sent arrives and is done,
    /// and the one who sent it never learns.</summary>
    public string? MuteAfter { get; set; }

    /// <summary>Connections that were muted so far.</summary>
    public long Mutes => Interlocked.Read(ref _mutes);

    /// <summary>Connections that were cut by their budget so far.</summary>
    public long Cuts => Interlocked.Read(ref _cuts);

    /// <summary>Bytes that went up on the latest connection.</summary>
    public long LastUp { get; private set; }

    /// <summary>Bytes that came back on the latest connection.</summary>
    public long LastDown { get; private set; }

    /// <summary>From now on nothing passes, and nothing says so.</summary>
    public void BlackHole() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held back passes, as after a network's outage shorter than TCP's patience.</summary>
    public void Heal()
    {
        SilentDown = false;
        MuteAfter = null;
        (CutAfterUp, CutAfterDown) = (null, null);
        _open.TrySetResult();
    }

    /// <summary>Ends every connection with a reset.</summary>
    public void CutAll()
    {
        foreach (var pair in _pairs.Keys)
            pair.Cut();
    }

    /// <summary>Ends the muted ones.</summary>
    public void CutMuted()
    {
        foreach (var pair in _pairs.Keys.Where(pair => pair.IsMuted))
            pair.Cut();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        CutAll();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                _ = Serve(client);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        var pair = new Pair(client, server);
        _pairs[pair] = true;
        try
        {
            await _open.Task.WaitAsync(_end.Token);
            await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            var up = Pump(client, server, CutAfterUp, () => false, sent => LastUp = sent, pair);
            var down = Pump(server, client, CutAfterDown, () => SilentDown || pair.IsMuted, sent => LastDown = sent);
            await Task.WhenAny(up, down);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The line is gone; both ends learn it below.
        }
        pair.Cut();
        _pairs.TryRemove(pair, out _);
    }

    private async Task Pump(
        Socket from, Socket to, long? cutAfter, Func<bool> silent, Action<long> count, Pair? listensTo = null)
    {
        var buffer = new byte[16 * 1024];
        long sent = 0;
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer, _end.Token);
                if (read == 0)
                    return;
                if (Delay > TimeSpan.Zero)
                    await Task.Delay(Delay, _end.Token);
                await _open.Task.WaitAsync(_end.Token);
                if (listensTo is { IsMuted: false } && MuteAfter is { } text && buffer.AsSpan(0, read).IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)
                {
                    listensTo.IsMuted = true;
                    Interlocked.Increment(ref _mutes);
                }
                if (silent())
                    continue;
                var allowed = cutAfter is { } cut ? (int)Math.Min(read, cut - sent) : read;
                for (var offset = 0; offset < allowed;)
                    offset += await to.SendAsync(buffer.AsMemory(offset, allowed - offset), _end.Token);
                sent += allowed;
                count(sent);
                if (cutAfter == sent)
                {
                    Interlocked.Increment(ref _cuts);
                    return;
                }
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // As above.
        }
    }

    private sealed class Pair(Socket client, Socket server)
    {
        public volatile bool IsMuted;

        public void Cut()
        {
            foreach (var socket in (Socket[])[client, server])
            {
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Close();
                }
                catch (Exception error) when (error is SocketException or ObjectDisposedException)
                {
                    // Closed already.
                }
            }
        }
    }
}
