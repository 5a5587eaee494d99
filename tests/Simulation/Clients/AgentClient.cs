using CustomerService.Agents;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Simulation.Fronts;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Clients;

/// <summary>An agent's console: inbox, a lane per conversation, a status.</summary>
internal sealed class AgentClient(Run run, string name, Actor by) : ProtocolClient(run, name, by)
{
    /// <summary>So long after it is connected and online an agent certainly counts as available.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(12);

    private readonly ClientInbox _inbox = new();
    private readonly SortedDictionary<string, OutboxLane> _lanes = new(StringComparer.Ordinal);
    private AgentStatus _wanted = AgentStatus.Online;
    private AgentStatus? _acked;
    private long _generation;
    private bool _available;
    private int _written;

    public IReadOnlyCollection<ConversationView> Lines => _inbox.Lines.Values;

    public void Want(AgentStatus status) => Strand.Post(() =>
    {
        _wanted = status;
        _acked = null;
        Unavailable();
        if (IsConnected)
            World.Spawn(SetStatus);
    });

    /// <summary>Sends first what the console before it left unsent.</summary>
    public void Adopt(AgentClient before) => Strand.Post(() =>
    {
        foreach (var (conversationId, left) in before._lanes)
        {
            if (left.Items.Count == 0 && left.Failed.Count == 0)
                continue;
            var lane = Lane(conversationId);
            Do(lane, lane.Adopt(left.Items, left.Failed));
        }
    });

    public void Say(string conversationId, bool note) => Strand.Post(() =>
    {
        if (!_inbox.Lines.ContainsKey(conversationId))
            return;
        var lane = Lane(conversationId);
        var text = $"{Name} {(note ? "notes" : "answers")} {++_written}";
        Do(lane, lane.Enqueue(new OutboxItem($"{Name}-{(note ? "n" : "m")}{_written}", note ? "note" : "message", conversationId, null, text)));
    });

    public void Do(string what, string conversationId, Func<string, ConversationCommand> command) =>
        Strand.Post(() => Run.Command(this, what, conversationId, () => command($"{Name}-{what}-{++_written}")));

    /// <summary>Edits or removes something that it sees; most of the time that is another's, which is refused.</summary>
    public void Amend(string conversationId, bool redact) => Strand.Post(() =>
    {
        if (!Logs.TryGetValue(conversationId, out var log) || log.Events.Count == 0)
            return;
        var sequence = World.Chance.Pick(log.Events).Sequence;
        var id = $"{Name}-amend-{++_written}";
        Run.Command(this, redact ? "redact" : "edit", conversationId, () => redact
            ? new RedactMessage(By, id, sequence)
            : new EditMessage(By, id, sequence, $"{Name} rewrites {_written}"));
    });

    public void MarkRead(string conversationId) => Strand.Post(() =>
    {
        if (Logs.TryGetValue(conversationId, out var log) && Link is { IsOpen: true } link)
            _ = Run.Quietly(() => link.Ask(() => Run.AtFront(link, async grains => await grains.GetGrain<IConversationGrain>(conversationId).MarkRead(By, log.Next - 1))));
    });

    public void EndWrapUp() => Strand.Post(() =>
    {
        if (Link is { IsOpen: true } link)
            _ = Run.Quietly(() => link.Ask(() => Run.AtFront(link, async grains =>
            {
                var agent = grains.GetGrain<IAgentGrain>(By.Id);
                var standing = await agent.Availability();
                return standing.WrappingUp == 0 ? null : (await agent.EndWrapUp(standing.WrapUps[0].Id)).Refusal;
            })));
    });

    private OutboxLane Lane(string conversationId)
    {
        if (!_lanes.TryGetValue(conversationId, out var lane))
        {
            _lanes.Add(conversationId, lane = new OutboxLane());
            if (IsConnected)
                Do(lane, lane.BeReady());
        }
        return lane;
    }

    public override void Close()
    {
        Unavailable();
        base.Close();
    }

    /// <summary>Somebody ended its session: it does not know yet, and counts as gone from now on.</summary>
    public void SessionEnded()
    {
        Run.EndSession(Name);
        Unavailable();
    }

    public override void Inbox(long version, string change, ConversationView conversation)
    {
        if (_inbox.Changed(version, change, conversation))
            World.Spawn(LoadInbox);
        Reflect();
    }

    public override void Heads(IReadOnlyList<(string ConversationId, long Head)> heads, long? inboxVersion)
    {
        base.Heads(heads, inboxVersion);
        if (inboxVersion is { } version && _inbox.HeardVersion(version))
            World.Spawn(LoadInbox);
    }

    protected override void Connected()
    {
        if (_inbox.Connect())
            World.Spawn(LoadInbox);
        if (_acked != _wanted)
            World.Spawn(SetStatus);
        foreach (var lane in _lanes.Values.ToArray())
            Do(lane, lane.BeReady());
        Settle();
    }

    protected override void Disconnected()
    {
        Unavailable();
        _inbox.Disconnect();
        foreach (var lane in _lanes.Values)
            lane.Disconnect();
    }

    protected override void Applied(string conversationId, EventView view)
    {
        if (view is { ClientMessageId: { } id, Author: { Kind: "agent" } author } && author.Id == By.Id
            && _lanes.TryGetValue(conversationId, out var lane))
            Do(lane, lane.Acked(id, conversationId));
    }

    protected override Task<(Refusal?, string?, long)> Post(Link link, OutboxItem item) => link.Ask(async () =>
    {
        try
        {
            ConversationCommand command = item.Kind == "note"
                ? new AddNote(By, item.Id, item.Text)
                : new PostMessage(By, item.Id, item.Text, null);
            var receipt = await link.Front.Grains.GetGrain<IConversationGrain>(item.ConversationId!).Execute(command);
            return (receipt.Refusal, item.ConversationId, receipt.Sequence);
        }
        catch (Exception error) when (error is not Engine.SimulationException)
        {
            return ((Refusal?)Refusal.Unavailable, item.ConversationId, 0L);
        }
    });

    private async Task SetStatus()
    {
        var status = _wanted;
        if (Link is not { IsOpen: true } link)
            return;
        var op = Run.NextOp();
        Run.Record(new HistoryLine { Kind = LineKinds.Invoke, Client = Name, Op = op, Do = "status-" + status });
        try
        {
            var refusal = await link.Ask(() =>
            {
                var wish = link.Front.Wishes.Receive();
                return Run.AtFront(link, async grains => link.Front.ForgetsOrder
                    ? (await Anyhow(grains, status)).Refusal
                    : await link.Front.Wishes.Set(By.Id, wish, status, null, null) is { } receipt ? receipt.Refusal : Refusal.Unavailable);
            });
            Run.Answered(Name, op, refusal);
            if (refusal is null && status == _wanted)
            {
                _acked = status;
                Settle();
                return;
            }
        }
        catch (Exception error) when (error is LinkLostException or TimeoutException)
        {
            Run.Unknown(Name, op);
        }
        World.After(World.Chance.Seconds(1, 3), Strand, () =>
        {
            if (IsConnected && _acked != _wanted && status == _wanted)
                World.Spawn(SetStatus);
        });
    }

    /// <summary>As with a planted bug: a wish goes when it goes, and what was said after it may be there before it.</summary>
    private async Task<AgentReceipt> Anyhow(IGrainFactory grains, AgentStatus status)
    {
        await World.Delay(World.Chance.Seconds(0, 40));
        return await grains.GetGrain<IAgentGrain>(By.Id).SetStatus(status, null);
    }

    private async Task LoadInbox()
    {
        if (Link is not { IsOpen: true } link)
            return;
        try
        {
            var page = await link.Ask(async () =>
            {
                try
                {
                    return await link.Front.Grains.GetGrain<IConversationHistoryGrain>(0).Inbox(By);
                }
                catch (Exception error) when (error is not Engine.SimulationException)
                {
                    return new InboxPage(Refusal.Unavailable, 0, []);
                }
            });
            if (page.Refusal is null)
            {
                if (_inbox.Loaded(page))
                    World.Spawn(LoadInbox);
                Reflect();
                return;
            }
        }
        catch (Exception error) when (error is LinkLostException or TimeoutException)
        {
        }
        _inbox.LoadFailed();
        World.After(World.Chance.Seconds(1, 3), Strand, () =>
        {
            if (_inbox.Check())
                World.Spawn(LoadInbox);
        });
    }

    /// <summary>Follows what is in the inbox and nothing else.</summary>
    private void Reflect()
    {
        foreach (var id in Logs.Keys.Where(id => !_inbox.Lines.ContainsKey(id)).ToArray())
            Drop(id); // Its lane stays: what is in flight must not be overtaken when it comes back.
        foreach (var id in _inbox.Lines.Keys.ToArray())
            Follow(id);
    }

    private void Settle()
    {
        var generation = ++_generation;
        World.After(Settled, Strand, () =>
        {
            if (generation != _generation || !IsConnected || _acked != AgentStatus.Online || _wanted != AgentStatus.Online || _available
                || Run.HasEnded(Name))
                return;
            _available = true;
            Run.Record(new HistoryLine { Kind = LineKinds.Available, Agent = By.Id, Queues = [.. By.Queues] });
        });
    }

    private void Unavailable()
    {
        _generation++;
        if (!_available)
            return;
        _available = false;
        Run.Record(new HistoryLine { Kind = LineKinds.Unavailable, Agent = By.Id });
    }
}
