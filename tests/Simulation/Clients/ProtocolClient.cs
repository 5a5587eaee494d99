using System.Collections.Immutable;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Fronts;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Clients;

/// <summary>What visitors' and agents' clients share: connecting again and again, logs of conversations, outboxes, and
/// telling the history what they see.</summary>
internal abstract class ProtocolClient : ClientPushes
{
    private static int Backoff(int attempt) => Math.Min(30_000, 500 << Math.Min(attempt, 6));

    private readonly SortedDictionary<string, ClientLog> _logs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _places = new(StringComparer.Ordinal);
    private int _attempt;
    private bool _connecting;

    protected ProtocolClient(Run run, string name, Actor by)
    {
        (Run, Name, By) = (run, name, by);
        Strand = new Strand(run.World, name);
        run.Record(new HistoryLine
        {
            Kind = LineKinds.Client, Client = name, Actor = by.Key, Supervisor = by.IsSupervisor ? true : null,
            Audience = by.Kind == ActorKind.Visitor ? "visitors" : "agents",
            Queues = by.Kind == ActorKind.Visitor ? null : [.. by.Queues],
        });
    }

    public Run Run { get; }
    public string Name { get; }
    public Actor By { get; }
    public Strand Strand { get; }
    public World World => Run.World;
    public Link? Link { get; private set; }
    public bool IsConnected => Link is { IsOpen: true };
    public bool IsGone { get; private set; }
    protected IReadOnlyDictionary<string, ClientLog> Logs => _logs;

    public void Start() => Strand.Post(Connect);

    /// <summary>The page is closed or loaded anew.</summary>
    public virtual void Close()
    {
        IsGone = true;
        foreach (var id in _logs.Keys.ToArray())
            Drop(id);
        Link?.Close();
    }

    protected abstract void Connected();
    protected abstract void Disconnected();
    protected abstract void Applied(string conversationId, EventView view);

    protected void Connect()
    {
        if (IsGone || _connecting || IsConnected)
            return;
        _connecting = true;
        var wait = _attempt == 0 ? 5 : World.Chance.Unit() * Backoff(_attempt);
        _attempt++;
        World.After(TimeSpan.FromMilliseconds(wait), Strand, () =>
        {
            _connecting = false;
            if (IsGone)
                return;
            if (Run.SomeFront() is not { } front)
            {
                Connect();
                return;
            }
            if (front.Connect(Strand, By, this) is not { } opened)
            {
                Close(); // Its session has ended: the person signs in anew.
                return;
            }
            Link = opened;
            _attempt = 0;
            Connected();
            foreach (var (id, log) in _logs.ToArray())
                Do(id, log, log.Connect());
        });
    }

    public override void Lost()
    {
        foreach (var log in _logs.Values)
            log.Disconnect();
        _places.Clear();
        Disconnected();
        if (!IsGone)
        {
            _attempt = Math.Max(_attempt, 1);
            Connect();
        }
    }

    protected void Reconnect() => Link?.Close();

    /// <summary>Begins to follow a conversation.</summary>
    protected void Follow(string conversationId)
    {
        if (_logs.ContainsKey(conversationId) || IsGone)
            return;
        var log = new ClientLog { AppliesTwice = Run.Bug == PlantedBug.PushAppliedTwice };
        _logs.Add(conversationId, log);
        Joined(conversationId, 0);
        if (IsConnected)
            Do(conversationId, log, log.Connect());
    }

    protected void Drop(string conversationId)
    {
        if (!_logs.Remove(conversationId))
            return;
        Run.Record(new HistoryLine { Kind = LineKinds.Leave, Client = Name, Conversation = conversationId });
        if (Link is { IsOpen: true } link)
            link.Front.Strand.Post(() => link.Front.Unsubscribe(link, conversationId));
    }

    public override void Events(string conversationId, ImmutableArray<EventView> events, long head)
    {
        foreach (var view in events)
        {
            Run.Record(new HistoryLine
            {
                Kind = LineKinds.Push, Client = Name, Conversation = conversationId, Sequence = view.Sequence,
                Fact = Facts.Of(view).Fact,
            });
        }
        if (_logs.TryGetValue(conversationId, out var log))
            Do(conversationId, log, log.Heard(events, head));
    }

    public override void Heads(IReadOnlyList<(string ConversationId, long Head)> heads, long? inboxVersion)
    {
        foreach (var (id, head) in heads)
        {
            if (_logs.TryGetValue(id, out var log))
                Do(id, log, log.HeardHead(head));
        }
    }

    /// <summary>Lost signals harm nobody; one that reaches the wrong person does.</summary>
    public override void Signal(string conversationId, SignalView signal)
    {
        var wrong = signal switch
        {
            { Type: "queue" } => By.Kind != ActorKind.Visitor,
            { By: null } => true,
            // Agents learn which of them types or looks, never what is typed.
            { Type: "typing" or "viewing", By: { Kind: "agent" } author } when By.Kind == ActorKind.Agent =>
                author.Id == By.Id || signal.Text is not null,
            { By: { } author } => author.Kind == (By.Kind == ActorKind.Visitor ? "visitor" : "agent")
                || (By.Kind == ActorKind.Visitor && signal.Text is not null),
        };
        if (wrong)
            World.Fail(new SimulationException($"{Name} was told {signal} of {conversationId}, which is not for it."));
        if (signal.Position is { } place)
            _places[conversationId] = place;
        Run.Signals++;
    }

    public void Type() => Strand.Post(() =>
    {
        if (Link is not { IsOpen: true } link || _logs.Count == 0)
            return;
        var id = World.Chance.Pick([.. _logs.Keys]);
        _ = Run.Quietly(() => link.Ask(() => Run.AtFront(link, _ => link.Front.Typing(link, id, By.Kind == ActorKind.Visitor ? "unsent" : null))));
    });

    /// <summary>The place in the queue it was told last on this connection; null where it was told none.</summary>
    public int? Place(string conversationId) => _places.TryGetValue(conversationId, out var place) ? place : null;

    public override void Inbox(long version, string change, ConversationView conversation)
    {
    }

    private void Do(string id, ClientLog log, List<LogEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case LogApplied applied:
                    foreach (var view in applied.Events)
                        Tell(id, view);
                    break;
                case LogReplaced replaced:
                    Joined(id, replaced.From);
                    foreach (var view in replaced.Events)
                        Tell(id, view);
                    break;
                case LogResume resume:
                    World.Spawn(() => Resume(id, log, resume));
                    break;
            }
        }
    }

    private void Tell(string id, EventView view)
    {
        var (fact, content) = Facts.Of(view);
        Run.Record(new HistoryLine
        {
            Kind = LineKinds.Apply, Client = Name, Conversation = id, Sequence = view.Sequence, Fact = fact, Content = content,
        });
        Applied(id, view);
    }

    private void Joined(string id, long from) =>
        Run.Record(new HistoryLine { Kind = LineKinds.Join, Client = Name, Conversation = id, From = from });

    private async Task Resume(string id, ClientLog log, LogResume wanted)
    {
        if (wanted.Delayed)
        {
            await World.Delay(World.Chance.Milliseconds(500, 1_500));
            if (!log.Resuming)
                return;
        }
        if (Link is not { IsOpen: true } link)
            return; // The next connection resumes anyway.
        var op = Run.NextOp();
        Run.Record(new HistoryLine { Kind = LineKinds.Invoke, Client = Name, Op = op, Do = "resume", Conversation = id, After = wanted.After });
        try
        {
            var page = await link.Ask(() => link.Front.Resume(link, id, wanted.After));
            if (page.Refusal is { } refusal)
            {
                Run.Answered(Name, op, refusal);
                log.ResumeFailed();
                if (refusal.Code is RefusalCode.Unavailable or RefusalCode.Overloaded or RefusalCode.RateLimited)
                    Again();
                else if (_logs.GetValueOrDefault(id) == log)
                    Drop(id);
                return;
            }
            Run.Record(new HistoryLine
            {
                Kind = LineKinds.Ok, Client = Name, Op = op, Recovered = page.Recovered, Head = page.Head,
                Count = page.Events.Length, First = page.Events is [{ } first, ..] ? first.Sequence : null,
                Last = page.Events is [.., { } last] ? last.Sequence : null,
            });
            if (link == Link && _logs.GetValueOrDefault(id) == log)
                Do(id, log, log.Resumed(page.Recovered, page.Events, page.Head));
        }
        catch (Exception error) when (error is LinkLostException or TimeoutException)
        {
            Run.Unknown(Name, op);
            if (error is TimeoutException && link == Link)
                Reconnect();
        }

        void Again() => World.After(World.Chance.Milliseconds(800, 2_500), Strand, () =>
        {
            if (_logs.GetValueOrDefault(id) == log)
                Do(id, log, log.Check());
        });
    }

    /// <summary>Carries out what a lane wants.</summary>
    protected void Do(OutboxLane lane, List<LaneEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case LaneSend send:
                    World.Spawn(() => Send(lane, send.Item));
                    break;
                case LaneWait wait:
                    var least = Math.Max(wait.RetryAfterMs, 200);
                    World.After(TimeSpan.FromMilliseconds(least + World.Chance.Unit() * Backoff(wait.Attempt)), Strand, () =>
                    {
                        if (!IsGone && lane.Waiting)
                            Do(lane, lane.Waited());
                    });
                    break;
                case LaneReconnect:
                    Reconnect();
                    break;
                case LaneFailed failed:
                    Failed(failed);
                    break;
            }
        }
    }

    protected virtual void Failed(LaneFailed failed)
    {
    }

    /// <summary>Calls the front with one item and gives its conversation and sequence, or why not.</summary>
    protected abstract Task<(Refusal? Refusal, string? ConversationId, long Sequence)> Post(Link link, OutboxItem item);

    private async Task Send(OutboxLane lane, OutboxItem item)
    {
        if (Link is not { IsOpen: true } link)
            return;
        var op = Run.NextOp();
        Run.Record(new HistoryLine
        {
            Kind = LineKinds.Invoke, Client = Name, Op = op, Do = item.Kind, Conversation = item.ConversationId, Id = item.Id,
            Content = item.Text, Lane = By.Id,
        });
        try
        {
            var (refusal, conversationId, sequence) = await Post(link, item);
            if (refusal is null)
            {
                Run.Record(new HistoryLine { Kind = LineKinds.Ok, Client = Name, Op = op, Conversation = conversationId, Sequence = sequence });
                if (!IsGone)
                    Do(lane, lane.Acked(item.Id, conversationId));
                Acked(item, conversationId!);
                return;
            }
            Run.Answered(Name, op, refusal);
            if (!IsGone && link == Link)
                Do(lane, lane.Refused(item.Id, refusal.Code, refusal.RetryAfterMs));
        }
        catch (Exception error) when (error is LinkLostException or TimeoutException)
        {
            Run.Unknown(Name, op);
            if (error is TimeoutException && link == Link && !IsGone)
                Do(lane, lane.TimedOut(item.Id));
        }
    }

    protected virtual void Acked(OutboxItem item, string conversationId)
    {
    }
}
