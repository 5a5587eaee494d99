using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace CustomerService.Load.Wire;

/// <summary>Takes pushes of one connection, one at a time and in order.</summary>
public interface IHubEvents
{
    /// <summary>An invocation from the server. The spans are good only while the call lasts.</summary>
    void Pushed(ReadOnlySpan<byte> target, ReadOnlySpan<byte> body);

    /// <summary>The connection has ended, by whomever.</summary>
    void Ended();
}

/// <summary>
/// One connection to a hub, lean: a WebSocket, SignalR's JSON frames written straight to pooled bytes, no object for a
/// push, callbacks instead of tasks on the message path. What is sent while a send is under way leaves with the next one.
/// </summary>
public sealed class HubConnection : IFrameSink, IAsyncDisposable
{
    private const int ReceiveBytes = 2048;
    private static readonly byte[] Handshake = [.. "{\"protocol\":\"json\",\"version\":1}"u8, FrameReader.Separator];
    private static readonly byte[] PingFrame = [.. "{\"type\":6}"u8, FrameReader.Separator];

    private readonly ClientWebSocket _socket = new();
    private readonly FrameReader _frames = new();
    private readonly ConcurrentDictionary<int, Action<HubReply>> _pending = new();
    private readonly Lock _sending = new();
    private readonly IHubEvents _events;
    private readonly CancellationTokenSource _ending = new();
    private ArrayBufferWriter<byte> _next = new(512);
    private ArrayBufferWriter<byte> _spare = new(512);
    private Task _receiving = Task.CompletedTask;
    private TaskCompletionSource? _shaken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _sendUnderWay;
    private bool _ended;
    private int _disposed;
    private int _lastId;
    private long _lastSent = Environment.TickCount64;

    private HubConnection(IHubEvents events) => _events = events;

    /// <summary>Whether it still lives.</summary>
    public bool IsOpen => !Volatile.Read(ref _ended);

    /// <summary>Connects and shakes hands.</summary>
    public static async Task<HubConnection> Connect(
        Uri hub, string? token, IHubEvents events, HttpMessageInvoker invoker, CancellationToken cancellationToken)
    {
        var connection = new HubConnection(events);
        try
        {
            // SignalR's own pings keep it alive; the socket's would need a timer for each connection.
            connection._socket.Options.KeepAliveInterval = TimeSpan.Zero;
            var address = new UriBuilder(hub) { Scheme = hub.Scheme is "https" or "wss" ? "wss" : "ws" };
            if (token is not null)
                address.Query = $"access_token={Uri.EscapeDataString(token)}";
            await connection._socket.ConnectAsync(address.Uri, invoker, cancellationToken);
            connection._receiving = connection.Receive();
            await connection._socket.SendAsync(Handshake, WebSocketMessageType.Text, true, cancellationToken);
            await connection._shaken!.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
            connection._shaken = null;
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls a method; the answer, or <see cref="HubReply.Lost"/>, comes once to <paramref name="answered"/>.</summary>
    public void Invoke<TState>(
        string target, TState state, Action<Utf8JsonWriter, TState>? write, Action<HubReply> answered)
    {
        var id = Interlocked.Increment(ref _lastId);
        _pending[id] = answered;
        lock (_sending)
        {
            if (!_ended)
            {
                using (var json = new Utf8JsonWriter(_next, new JsonWriterOptions { SkipValidation = true, Encoder = Relaxed }))
                {
                    json.WriteStartObject();
                    json.WriteNumber("type"u8, HubMessage.Invocation);
                    json.WriteString("invocationId"u8, id.ToString(CultureInfo.InvariantCulture));
                    json.WriteString("target"u8, target);
                    json.WriteStartArray("arguments"u8);
                    if (write is not null)
                    {
                        json.WriteStartObject();
                        write(json, state);
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                    json.WriteEndObject();
                }
                _next.Write([FrameReader.Separator]);
                StartSending();
                return;
            }
        }
        if (_pending.TryRemove(id, out _))
            answered(HubReply.Lost);
    }

    /// <summary>Calls a method and waits for its answer.</summary>
    public Task<HubReply> Call<TState>(string target, TState state, Action<Utf8JsonWriter, TState>? write)
    {
        var done = new TaskCompletionSource<HubReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        Invoke(target, state, write, reply => done.TrySetResult(reply));
        return done.Task;
    }

    /// <summary>Sends a ping where nothing was sent for a while: the server cuts off who is silent for 30 seconds.</summary>
    public void KeepAlive(long now)
    {
        if (now - Volatile.Read(ref _lastSent) < 10_000)
            return;
        lock (_sending)
        {
            if (_ended)
                return;
            _next.Write(PingFrame);
            StartSending();
        }
    }

    /// <summary>Cuts it without a farewell, as a lost network does.</summary>
    public async ValueTask DisposeAsync()
    {
        // Whoever drops it and whoever replaces it may both end it.
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _ending.CancelAsync();
        _socket.Abort();
        await _receiving;
        _socket.Dispose();
        _ending.Dispose();
    }

    void IFrameSink.Frame(ReadOnlySpan<byte> frame)
    {
        if (_shaken is { Task.IsCompleted: false } shaken)
        {
            if (frame.SequenceEqual("{}"u8))
                shaken.TrySetResult();
            else
                shaken.TrySetException(new InvalidDataException($"Handshake refused: {Encoding.UTF8.GetString(frame)}"));
            return;
        }
        var head = HubMessage.ReadHead(frame);
        switch (head.Type)
        {
            case HubMessage.Invocation:
                _events.Pushed(head.Target, frame[head.Body..]);
                break;
            case HubMessage.Completion when _pending.TryRemove(head.Id, out var answered):
                answered(head.Failure is { } failure
                    ? HubReply.Lost with { Code = "InvocationFailed", Message = failure }
                    : HubMessage.ReadReply(frame[head.Body..]));
                break;
            case HubMessage.Close:
                _socket.Abort();
                break;
        }
    }

    private static System.Text.Encodings.Web.JavaScriptEncoder Relaxed =>
        System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private void StartSending()
    {
        if (_sendUnderWay)
            return;
        _sendUnderWay = true;
        _ = Send();
    }

    private async Task Send()
    {
        try
        {
            while (true)
            {
                ArrayBufferWriter<byte> now;
                lock (_sending)
                {
                    if (_next.WrittenCount == 0)
                    {
                        _sendUnderWay = false;
                        return;
                    }
                    now = _next;
                    (_next, _spare) = (_spare, now);
                }
                Volatile.Write(ref _lastSent, Environment.TickCount64);
                await _socket.SendAsync(now.WrittenMemory, WebSocketMessageType.Text, true, _ending.Token);
                now.ResetWrittenCount();
            }
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException
            or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The receiving side notices too and tells everyone who waits.
            _socket.Abort();
        }
    }

    private async Task Receive()
    {
        // Asynchronous from the first moment: the caller goes on to shake hands.
        await Task.Yield();
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveBytes);
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer.AsMemory(0, ReceiveBytes), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                _frames.Push(buffer.AsSpan(0, received.Count), this);
            }
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException
            or ObjectDisposedException or InvalidOperationException or IOException)
        {
            _shaken?.TrySetException(failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            End();
        }
    }

    private void End()
    {
        lock (_sending)
            _ended = true;
        _frames.Forget();
        _shaken?.TrySetException(new IOException("The connection ended before the handshake was answered."));
        foreach (var id in _pending.Keys)
        {
            if (_pending.TryRemove(id, out var answered))
                answered(HubReply.Lost);
        }
        _events.Ended();
    }
}
