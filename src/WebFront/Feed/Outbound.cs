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
/// connection that falls too far behind is aborted, alone.
/// </summary>
internal sealed class OutboundQueue(
    Func<Outbound, ValueTask> write, Action abort, int messagesMax, int bytesMax, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Queue<Outbound> _waiting = new();
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
                return !_pumping;
        }
    }

    /// <summary>Whether it was closed because it was full.</summary>
    public bool WasOverrun { get; private set; }

    /// <summary>Takes the message, or aborts the connection where no room is left.</summary>
    public void Offer(Outbound message)
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
                if (_pumping)
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
            lock (_lock)
                _bytes = Math.Max(0, _bytes - next.Bytes);
        }
    }
}
