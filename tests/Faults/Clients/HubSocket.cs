using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace CustomerService.Faults.Clients;

/// <summary>The line broke before the answer came: the outcome is unknown.</summary>
internal sealed class LineLostException(string why) : Exception(why);

/// <summary>One connection to a hub: the SignalR JSON protocol over a WebSocket, without a SignalR library, so that it can
/// also be slow, silent or wrong on purpose.</summary>
internal sealed class HubSocket : IAsyncDisposable
{
    private const byte Mark = 0x1e;
    private static readonly byte[] Handshake = [.. """{"protocol":"json","version":1}"""u8, Mark];
    private static readonly byte[] Ping = [.. """{"type":6}"""u8, Mark];
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10), SilenceMax = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _pending = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<string, JsonElement> _pushed;
    private long _heardAt = Environment.TickCount64;
    private long _calls;

    private HubSocket(Action<string, JsonElement> pushed) => _pushed = pushed;

    /// <summary>Completes when the connection is gone.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Connects and shakes hands.</summary>
    public static async Task<HubSocket> Open(
        Uri server, string hub, string token, Action<string, JsonElement> pushed, CancellationToken cancellationToken,
        int? receiveBuffer = null)
    {
        var connection = new HubSocket(pushed);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(10));
            connection._socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
            connection._socket.Options.KeepAliveInterval = TimeSpan.Zero;
            if (receiveBuffer is { } size)
                connection._socket.Options.SetBuffer(size, 1024);
            await connection._socket.ConnectAsync(new Uri($"ws://{server.Authority}/hubs/{hub}"), limit.Token);
            await connection._socket.SendAsync(Handshake, WebSocketMessageType.Text, true, limit.Token);
            var answer = new byte[256];
            var read = await connection._socket.ReceiveAsync(answer, limit.Token);
            if (read.Count < 3 || answer[1] != (byte)'}')
                throw new LineLostException("The handshake was refused.");
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins to read; until then nothing that the server sends is taken up.</summary>
    public HubSocket Listen()
    {
        _ = Receive();
        _ = KeepAlive();
        return this;
    }

    /// <summary>Calls a method; the answer is its envelope.</summary>
    /// <exception cref="LineLostException">No answer came.</exception>
    public async Task<JsonElement> Call(string method, object?[] arguments, TimeSpan within, string? name = null)
    {
        name ??= Interlocked.Increment(ref _calls).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[name] = answer;
        try
        {
            if (_closed.Task.IsCompleted)
                throw new LineLostException("It was gone already.");
            await Send(JsonSerializer.SerializeToUtf8Bytes(
                new { type = 1, invocationId = name, target = method, arguments }, Compact));
            return await answer.Task.WaitAsync(within, _end.Token);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException or WebSocketException
            or ObjectDisposedException or InvalidOperationException)
        {
            throw new LineLostException(error.Message);
        }
        finally
        {
            _pending.TryRemove(name, out _);
        }
    }

    /// <summary>Sends these bytes as they are.</summary>
    public Task SendRaw(byte[] bytes) => Write(bytes);

    public void Abort()
    {
        try
        {
            _end.Cancel();
            _socket.Abort();
        }
        catch (ObjectDisposedException)
        {
            // It is over already.
        }
        _closed.TrySetResult();
    }

    public ValueTask DisposeAsync()
    {
        Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static readonly JsonSerializerOptions Compact = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private Task Send(byte[] message) => Write([.. message, Mark]);

    private async Task Write(byte[] bytes)
    {
        await _sending.WaitAsync(_end.Token);
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, true, _end.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task Receive()
    {
        var buffer = new byte[4096];
        var rest = new MemoryStream();
        try
        {
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer, _end.Token);
                if (read.MessageType == WebSocketMessageType.Close)
                    break;
                _heardAt = Environment.TickCount64;
                var from = 0;
                for (int at; (at = Array.IndexOf(buffer, Mark, from, read.Count - from)) >= 0; from = at + 1)
                {
                    rest.Write(buffer, from, at - from);
                    Take(rest.ToArray());
                    rest.SetLength(0);
                }
                rest.Write(buffer, from, read.Count - from);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException
            or InvalidOperationException or IOException)
        {
            // Gone, which is all there is to know.
        }
        Abort();
    }

    private void Take(byte[] message)
    {
        var body = JsonDocument.Parse(message).RootElement;
        switch (body.GetProperty("type").GetInt32())
        {
            case 1:
                _pushed(body.GetProperty("target").GetString()!, body.GetProperty("arguments"));
                break;
            case 3 when _pending.TryGetValue(body.GetProperty("invocationId").GetString()!, out var answer):
                if (body.TryGetProperty("result", out var result))
                    answer.TrySetResult(result);
                else
                    answer.TrySetException(new LineLostException(Encoding.UTF8.GetString(message)));
                break;
            case 7:
                Abort();
                break;
        }
    }

    private async Task KeepAlive()
    {
        try
        {
            while (!_end.IsCancellationRequested)
            {
                await Task.Delay(PingEvery, _end.Token);
                if (Environment.TickCount64 - _heardAt > SilenceMax.TotalMilliseconds)
                    break;
                await Write(Ping);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException
            or InvalidOperationException)
        {
            // Gone.
        }
        Abort();
    }
}
