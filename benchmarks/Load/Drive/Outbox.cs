using CustomerService.Load.Wire;

namespace CustomerService.Load.Drive;

/// <summary>
/// One sender in one conversation: one message in flight, the others wait their turn as the protocol asks, and their
/// latency counts from when they were due. What is not answered is sent again under the same id.
/// </summary>
public sealed class Outbox
{
    private readonly record struct Item(long Index, string Text, TaskCompletionSource? Done);

    private static readonly HashSet<string> Retried = ["RateLimited", "Overloaded", "Unavailable", "ConnectionLost"];

    private readonly Queue<Item> _waiting = new();
    private readonly View _view;
    private readonly string _tag;
    private readonly Action<HubReply> _answered;
    private Item _current;
    private bool _inFlight;

    /// <param name="tag">Makes message ids of one run unlike those of another.</param>
    public Outbox(View view, string tag)
    {
        (_view, _tag) = (view, tag);
        _answered = Answered;
    }

    public View View => _view;

    /// <summary>Messages acked of those that carry a number.</summary>
    public long Acked { get; private set; }

    /// <summary>Messages not answered yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_waiting)
                return _waiting.Count + (_inFlight ? 1 : 0);
        }
    }

    public static bool MayRetry(string? code) => code is not null && Retried.Contains(code);

    /// <summary>Sends when its turn has come; the task, where asked for, completes with the ack or the final refusal.</summary>
    public void Send(long index, string text, TaskCompletionSource? done = null)
    {
        lock (_waiting)
        {
            if (_inFlight)
            {
                _waiting.Enqueue(new Item(index, text, done));
                return;
            }
            _inFlight = true;
            _current = new Item(index, text, done);
        }
        Interlocked.Increment(ref _view.Owner.Record.Sent);
        Start();
    }

    private void Start() => _view.Owner.Invoke("SendMessage", (Box: this, Item: _current), static (json, s) =>
    {
        json.WriteString("conversationId"u8, s.Box._view.Conversation);
        json.WriteString("clientMessageId"u8, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{s.Box._tag}-{s.Item.Index}"));
        json.WriteString("text"u8, s.Item.Text);
    }, _answered);

    private void Answered(HubReply reply)
    {
        var record = _view.Owner.Record;
        if (MayRetry(reply.Code))
        {
            _ = Again(reply.RetryAfterMs);
            return;
        }
        if (reply.Ok)
        {
            record.Measure(RunRecord.Ack, record.Intended(_current.Index));
            _view.Acked(reply.Sequence);
            Acked++;
            Interlocked.Increment(ref record.Acked);
        }
        else
        {
            Interlocked.Increment(ref record.Failed);
        }
        _current.Done?.TrySetResult();
        lock (_waiting)
        {
            if (!_waiting.TryDequeue(out _current))
            {
                _inFlight = false;
                return;
            }
        }
        Interlocked.Increment(ref record.Sent);
        Start();
    }

    private async Task Again(int retryAfterMs)
    {
        await Task.Delay(Math.Max(50, retryAfterMs) + Random.Shared.Next(50));
        if (!_view.Owner.Record.Over)
            Start();
    }
}
