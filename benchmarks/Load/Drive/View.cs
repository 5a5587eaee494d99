using System.Text;
using CustomerService.Load.Measure;
using CustomerService.Load.Wire;

namespace CustomerService.Load.Drive;

/// <summary>One conversation at one client: what it has seen of it, kept over reconnects.</summary>
public sealed class View(HubClient owner, string conversation)
{
    private readonly TaskCompletionSource _assigned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _agentSpoke = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<WireEvent> _events = [];
    private readonly List<Action<HubReply>> _alsoAnswered = [];
    private bool _resuming;
    private long _headTold;

    public string Conversation { get; } = conversation;
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(conversation);
    public HubClient Owner { get; } = owner;
    public SequenceCheck Check { get; } = new();

    /// <summary>Sequences acked to this client: each must be seen.</summary>
    public long HeadAcked { get; private set; }

    /// <summary>Completes when the event <c>assigned</c> was seen.</summary>
    public Task Assigned => _assigned.Task;

    /// <summary>Completes when an agent's message was seen.</summary>
    public Task AgentSpoke => _agentSpoke.Task;

    /// <summary>Whether everything known to exist was seen.</summary>
    public bool Complete
    {
        get
        {
            lock (_gate)
                return !Owner.SeesOwn || Check.Head >= Math.Max(HeadAcked, _headTold);
        }
    }

    public void Acked(long sequence)
    {
        lock (_gate)
            HeadAcked = Math.Max(HeadAcked, sequence);
    }

    /// <summary>A push: applied, unless a Resume is under way, whose answer has it too. A reference's answer
    /// brings nothing, so there it is applied all the same.</summary>
    public void Push(ReadOnlySpan<byte> body)
    {
        bool resume;
        lock (_gate)
        {
            _events.Clear();
            _headTold = Math.Max(_headTold, HubMessage.ReadEvents(body, _events));
            if (_resuming && Owner.SeesOwn)
                return;
            // Who is not told of its own messages can't see a dense row: only order and doubles are looked at then.
            if (!Owner.SeesOwn && _events is [{ } first, ..] && first.Sequence > Check.Head + 1)
                Check.JumpTo(first.Sequence - 1);
            resume = !ApplyAll(_events);
        }
        if (resume)
            Resume(static _ => { });
    }

    /// <summary>The server told a head: beyond ours, something was missed.</summary>
    public void Told(long head)
    {
        lock (_gate)
            _headTold = Math.Max(_headTold, head);
        if (!Complete)
            Resume(static _ => { });
    }

    /// <summary>Subscribes and takes what is missing; one at a time.</summary>
    public void Resume(Action<HubReply> answered)
    {
        lock (_gate)
        {
            if (_resuming)
            {
                // One in flight for each conversation; its answer serves both.
                _alsoAnswered.Add(answered);
                return;
            }
            _resuming = true;
        }
        Owner.Invoke(Owner.IsAgent ? "Subscribe" : "Resume", (Id: Conversation, After: Check.Head), static (json, s) =>
        {
            json.WriteString("conversationId"u8, s.Id);
            json.WriteNumber("after"u8, s.After);
        }, reply =>
        {
            var again = false;
            Action<HubReply>[] others;
            lock (_gate)
            {
                _resuming = false;
                others = [.. _alsoAnswered];
                _alsoAnswered.Clear();
                if (reply.Ok)
                {
                    _headTold = Math.Max(_headTold, reply.Head);
                    if (!reply.Recovered && reply.Events.Count > 0)
                        Check.StartAfter(reply.Events[0].Sequence - 1);
                    ApplyAll(reply.Events);
                    again = Check.Head < _headTold;
                }
            }
            answered(reply);
            foreach (var other in others)
                other(reply);
            if (again)
                Resume(static _ => { });
        });
    }

    private bool ApplyAll(IReadOnlyList<WireEvent> events)
    {
        foreach (var fact in events)
        {
            switch (Check.Apply(fact))
            {
                case Applied.Gap:
                    return false;
                case Applied.Next:
                    Seen(fact);
                    break;
            }
        }
        return true;
    }

    private void Seen(in WireEvent fact)
    {
        if (fact.Type == WireEventType.Assigned)
        {
            _assigned.TrySetResult();
        }
        else if (fact.Type == WireEventType.MessagePosted)
        {
            if (fact.ByAgent)
                _agentSpoke.TrySetResult();
            // Delivery is to the other side; the sender's own comes as its ack.
            if (fact.Index >= 0 && (fact.ByAgent != Owner.IsAgent || Owner.IsWatcher))
            {
                var record = Owner.Record;
                record.Measure(Owner.IsWatcher ? RunRecord.Watchers : RunRecord.Delivery, record.Intended(fact.Index));
                if (!Owner.IsWatcher)
                    Interlocked.Increment(ref record.Delivered);
            }
        }
    }
}
