using System.Buffers;
using System.Collections.Immutable;
using CustomerService.Conversations;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace CustomerService.WebFront.Feed;

/// <summary>A message for connections, serialized once however many get it.</summary>
internal sealed record Outbound(SerializedHubMessage Message, int Bytes);

/// <summary>Makes messages in the one protocol that the hubs speak.</summary>
internal sealed class OutboundMaker(IEnumerable<IHubProtocol> protocols)
{
    private readonly IHubProtocol _json = protocols.Single(p => p.Name == "json");

    public Outbound Make(string target, params object?[] arguments)
    {
        var message = new SerializedHubMessage(new InvocationMessage(target, arguments));
        return new Outbound(message, message.GetSerializedMessage(_json).Length);
    }

    /// <summary>What is new in a conversation, as one reader may see it; null: somebody who wrote none of it.</summary>
    public Outbound MakeEvents(
        string conversationId, ImmutableArray<EventView> events, long head, string? readerKey)
    {
        var frame = EventsPush.Frame(conversationId, events, head, readerKey);
        return new Outbound(new SerializedHubMessage([new SerializedMessage(_json.Name, frame)]), frame.Length);
    }
}

/// <summary>
/// What waits for one connection, bounded in count and bytes. Offering never waits; one pump writes in order. A
/// connection that falls too far behind is aborted, alone. What a connection wrote itself may wait for the answer that it
/// is about to get, and leaves in the same write.
/// </summary>
internal sealed class OutboundQueue(
    Func<Outbound, ValueTask> write, Action<int> written, Action abort, int messagesMax, int bytesMax, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Queue<Outbound> _waiting = new();
    private readonly List<string> _expected = []; // As many as one client may call at a time: a few.
    private long _bytes;
    private long _writeBegan;
    private bool _pumping;
    private bool _closed;

    /// <summary>Whether nothing waits or is being written.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return !_pumping && _waiting.Count == 0;
        }
    }

    /// <summary>Whether it was closed because it was full.</summary>
    public bool WasOverrun { get; private set; }

    /// <summary>An answer to that id is on its way to this connection: the event of the same id may leave with it.
    /// </summary>
    public void Expect(string clientMessageId)
    {
        lock (_lock)
            _expected.Add(clientMessageId);
    }

    /// <summary>No longer: the answer is known.</summary>
    public void Answered(string clientMessageId)
    {
        lock (_lock)
            _expected.Remove(clientMessageId);
    }

    /// <summary>Writes what waits, unless it is being written already, behind an answer that is being written now.
    /// </summary>
    public void WriteTo(IBufferWriter<byte> output, IHubProtocol protocol)
    {
        lock (_lock)
        {
            // Something taken out earlier waits for its turn: what is here comes after it.
            if (_pumping || _closed)
                return;
            while (_waiting.TryDequeue(out var next))
            {
                output.Write(next.Message.GetSerializedMessage(protocol).Span);
                _bytes = Math.Max(0, _bytes - next.Bytes);
                written(next.Bytes);
            }
        }
    }

    /// <summary>Writes what still waits for an answer.</summary>
    public void Release()
    {
        lock (_lock)
        {
            if (_closed || _pumping || _waiting.Count == 0)
                return;
            _pumping = true;
        }
        _ = Pump();
    }

    /// <summary>Takes the message, or aborts the connection where no room is left.</summary>
    /// <param name="message">What to write.</param>
    /// <param name="ownId">Where it is the reader's own message: the id the reader gave it. It waits for the answer that
    /// is about to be written, if one is.</param>
    public void Offer(Outbound message, string? ownId = null)
    {
        lock (_lock)
        {
            if (_closed)
                return;
            // A message bigger than the bound passes where nothing waits: it has to pass some time.
            if (_waiting.Count < messagesMax && (_bytes == 0 || _bytes + message.Bytes <= bytesMax))
            {
                _waiting.Enqueue(message);
                _bytes += message.Bytes;
                if (_pumping || (ownId is not null && _expected.Contains(ownId)))
                    return;
                _pumping = true;
            }
            else
            {
                WasOverrun = true;
                CloseLocked();
            }
        }
        if (_closed)
            abort();
        else
            _ = Pump();
    }

    /// <summary>Whether a write hangs for longer than that.</summary>
    public bool IsStuck(TimeSpan writeMax)
    {
        lock (_lock)
            return !_closed && _writeBegan != 0 && clock.GetElapsedTime(_writeBegan) > writeMax;
    }

    /// <summary>Takes and writes nothing more.</summary>
    public void Close()
    {
        lock (_lock)
            CloseLocked();
    }

    private void CloseLocked()
    {
        _closed = true;
        _waiting.Clear();
        _bytes = 0;
    }

    private async Task Pump()
    {
        while (true)
        {
            Outbound next;
            lock (_lock)
            {
                _writeBegan = 0;
                if (_closed || !_waiting.TryDequeue(out next!))
                {
                    _pumping = false;
                    return;
                }
                _writeBegan = clock.GetTimestamp();
            }
            try
            {
                await write(next).ConfigureAwait(false); // Not back on the grain that announced.
            }
            catch (Exception)
            {
                // The socket is gone; its own disconnect tidies up.
                Close();
                abort();
                continue;
            }
            written(next.Bytes);
            lock (_lock)
                _bytes = Math.Max(0, _bytes - next.Bytes);
        }
    }
}
