using CustomerService.Agents;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Grains.Agents;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Visitors;
using CustomerService.Queues;
using CustomerService.Simulation.Engine;
using CustomerService.Storage.Journal;

namespace CustomerService.Simulation.Runs;

/// <summary>The end of a run: fresh clients read everything once more, grains say what they count, and the database is
/// written down.</summary>
internal sealed class Dump
{
    private const int PageEvents = 1_000;

    private readonly Run _run;

    /// <summary>Begins the last reads; they are done within the run's last minute.</summary>
    public Dump(Run run)
    {
        _run = run;
        run.World.After(TimeSpan.FromSeconds(1), run.World.Network, () => run.World.Spawn(Ask));
    }

    private IEnumerable<string> Streams(string prefix) =>
        _run.Store.Commits.Keys.Where(stream => stream.StartsWith(prefix, StringComparison.Ordinal));

    public void Write()
    {
        foreach (var stream in Streams(StreamNames.ConversationPrefix))
            Conversation(stream);
        foreach (var stream in Streams(StreamNames.AgentPrefix))
            Agent(stream);
        foreach (var stream in Streams(StreamNames.VisitorPrefix))
            Fold<Visitor, VisitorEvent>(stream, "visitor");
    }

    public static SortedSet<string> OpenReservations(Run run, string agentId)
    {
        var open = new SortedSet<string>(StringComparer.Ordinal);
        var stream = StreamNames.Agent(agentId);
        if (!run.Store.Commits.ContainsKey(stream))
            return open;
        foreach (var stored in ReadOutside(run, stream))
        {
            switch (EventCodec<AgentEvent>.Instance.Decode(stored))
            {
                case Reserved reserved:
                    open.Add(reserved.ReservationId);
                    break;
                case ReservationReleased { WrapUpUntil: null } released:
                    open.Remove(released.ReservationId);
                    break;
            }
        }
        return open;
    }

    private void Conversation(string stream)
    {
        var id = stream[StreamNames.ConversationPrefix.Length..];
        long? idle = Run.Now(_run.Store.Database.Catalogue.Queues()).Min(queue => queue.IdleCloseSeconds) * 1_000L;
        foreach (var stored in Read(stream))
        {
            _run.Record(StoredLines.OfConversation(id, stored, _run.Store.Commits[stream][(int)stored.Version - 1], World.Epoch, idle));
        }
        if (Run.Now(_run.Store.Database.Index.Find(id)) is { } row)
        {
            _run.Record(new HistoryLine
            {
                Kind = LineKinds.Row, Conversation = id, Version = row.Version, State = row.State, Agent = row.AgentId, Queue = row.QueueId,
            });
        }
        Fold<Conversation, ConversationEvent>(stream, "conversation");
    }

    private void Agent(string stream)
    {
        var id = stream[StreamNames.AgentPrefix.Length..];
        foreach (var stored in Read(stream))
        {
            _run.Record(StoredLines.OfAgent(id, stored, _run.Store.Commits[stream][(int)stored.Version - 1]));
        }
        Fold<Grains.Agents.Agent, AgentEvent>(stream, "agent");
    }

    /// <summary>Snapshot and tail against the whole.</summary>
    private void Fold<TState, TEvent>(string stream, string name)
        where TState : IFold<TState, TEvent>
        where TEvent : DomainEvent
    {
        var row = name + stream[stream.IndexOf('/', StringComparison.Ordinal)..];
        if (!_run.Store.Snapshots.Rows.TryGetValue(row, out var saved))
            return;
        var snapshot = (Snapshot<TState>)(_run.Store.Snapshots.Alter?.Invoke(saved.Value) ?? saved.Value);
        if (snapshot.State is null)
            return;
        var (line, told) = StoredLines.OfFold<TState, TEvent>(stream, snapshot, Read(stream));
        if (_run.World.Traces && line.Whole != line.Tail)
            _run.World.Trace(told);
        _run.Record(line);
    }

    private async Task Ask()
    {
        var grains = _run.Cluster.Grains;
        for (var i = 1; i <= Run.Agents; i++)
        {
            var agent = "a" + i;
            await Run.Quietly(async () =>
            {
                var availability = await grains.GetGrain<IAgentGrain>(agent).Availability();
                _run.Record(new HistoryLine { Kind = LineKinds.Load, Agent = agent, Load = availability.Load });
            });
        }
        foreach (var queue in new[] { "default", "sales" })
        {
            await Run.Quietly(async () =>
            {
                var overview = await grains.GetGrain<IQueueGrain>(queue).Overview();
                _run.Record(new HistoryLine { Kind = LineKinds.QueueLength, Queue = queue, Waiting = overview.Waiting });
            });
        }
        var supervisor = new Actor(ActorKind.Agent, "a1", "Agent 1") { IsSupervisor = true };
        foreach (var stream in Streams(StreamNames.ConversationPrefix).ToArray())
        {
            var id = stream[StreamNames.ConversationPrefix.Length..];
            await Run.Quietly(() => Mark(grains, supervisor, id));
            if (World.Outside(() => Run.Now(_run.Store.Database.Index.Find(id))) is { } row)
                await Run.Quietly(() => ReadAnew(grains, new Actor(ActorKind.Visitor, row.VisitorId, ""), id));
            await Run.Quietly(() => ReadAnew(grains, supervisor, id));
        }
    }

    private async Task Mark(IGrainFactory grains, Actor supervisor, string id)
    {
        if (await grains.GetGrain<IConversationGrain>(id).Describe(supervisor) is not { } line)
            return;
        var marks = World.Outside(() => Run.Now(_run.Store.Database.Index.ReadMarks(id)));
        _run.Record(new HistoryLine
        {
            Kind = LineKinds.Unread, Conversation = id, Reader = supervisor.Key, Audience = "agents", Head = line.Head,
            UpTo = marks.FirstOrDefault(mark => mark.Reader == supervisor.Key).UpTo, Unread = line.Head - line.ReadUpTo,
        });
    }

    /// <summary>A client that knows nothing reads a conversation from its beginning.</summary>
    private async Task ReadAnew(IGrainFactory grains, Actor by, string id)
    {
        var name = $"fresh-{by.Id}-{id}";
        _run.Record(new HistoryLine
        {
            Kind = LineKinds.Client, Client = name, Actor = by.Key, Audience = by.Kind == ActorKind.Visitor ? "visitors" : "agents",
            Fresh = true, Supervisor = by.IsSupervisor ? true : null,
        });
        _run.Record(new HistoryLine { Kind = LineKinds.Join, Client = name, Conversation = id, From = 0 });
        for (long after = 0; ;)
        {
            var page = await grains.GetGrain<IConversationHistoryGrain>(0).Page(by, id, after, null, Limits.PageEventsMax);
            foreach (var view in page.Events)
            {
                var (fact, content) = Facts.Of(view);
                _run.Record(new HistoryLine
                {
                    Kind = LineKinds.Apply, Client = name, Conversation = id, Sequence = view.Sequence, Fact = fact, Content = content,
                });
            }
            if (page.Events.Length < Limits.PageEventsMax)
                return;
            after = page.Events[^1].Sequence;
        }
    }

    private List<StoredEvent> Read(string stream) => ReadOutside(_run, stream);

    private static List<StoredEvent> ReadOutside(Run run, string stream) => World.Outside(() =>
    {
        var all = new List<StoredEvent>();
        while (true)
        {
            var page = Run.Now(run.Store.Database.Journal.Read(stream, all.Count, PageEvents));
            all.AddRange(page);
            if (page.Count < PageEvents)
                return all;
        }
    });
}
