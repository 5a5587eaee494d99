using System.Text.Json;
using CustomerService.Agents;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Grains;
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
                case ReservationReleased released:
                    open.Remove(released.ReservationId);
                    break;
            }
        }
        return open;
    }

    private void Conversation(string stream)
    {
        var id = stream[StreamNames.ConversationPrefix.Length..];
        foreach (var stored in Read(stream))
        {
            var fact = EventCodec<ConversationEvent>.Instance.Decode(stored);
            var (name, content) = Facts.Of(EventTable.ForAgents(fact, stored.Version));
            var line = new HistoryLine
            {
                Kind = LineKinds.Stored, Conversation = id, Version = stored.Version, Sequence = stored.VisitorSequence, Fact = name,
                Content = content, At = _run.Store.Commits[stream][(int)stored.Version - 1], Position = stored.Position,
            };
            _run.Record(fact switch
            {
                ConversationStarted e => line with { Author = "visitor:" + e.VisitorId, Queue = e.Queue.Id, Priority = e.Priority, Enqueued = Ms(e.At) },
                ConversationQueued e => line with { Queue = e.Queue.Id, Enqueued = Ms(e.EnqueuedAt), Skip = e.SkippedAgentId },
                MessagePosted e => line with { Author = e.Author.AuthorKey, Id = e.ClientMessageId },
                NoteAdded e => line with { Author = e.Author.AuthorKey, Id = e.ClientMessageId },
                ConversationOffered e => line with { Agent = e.Agent.Id, Reservation = e.ReservationId },
                OfferDeclined e => line with { Agent = e.Agent.Id, Reservation = e.ReservationId, Skip = e.Agent.Id },
                // A queue explains its choice at length; what people decide is a word or nothing.
                ConversationAssigned e => line with
                {
                    Agent = e.Agent.Id, Reservation = e.ReservationId, ByHand = e.Why.StartsWith('{') ? null : true,
                },
                ConversationReleased e => line with { Agent = e.Agent.Id, Reservation = e.ReservationId },
                ReservationRefused e => line with { Agent = e.AgentId, Reservation = e.ReservationId },
                ConversationTransferred e => line with
                {
                    Agent = e.ToAgent?.Id, Reservation = e.ReservationId, Queue = e.ToQueue?.Id, Skip = e.SkippedAgentId,
                },
                _ => line,
            });
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
            var fact = EventCodec<AgentEvent>.Instance.Decode(stored);
            var line = new HistoryLine
            {
                Kind = LineKinds.AgentStored, Agent = id, Version = stored.Version, Position = stored.Position,
                At = _run.Store.Commits[stream][(int)stored.Version - 1], Fact = "status",
            };
            _run.Record(fact switch
            {
                Reserved e => line with { Fact = "reserved", Reservation = e.ReservationId, Conversation = e.ConversationId },
                ReservationConfirmed e => line with { Fact = "confirmed", Reservation = e.ReservationId },
                ReservationReleased e => line with { Fact = "released", Reservation = e.ReservationId },
                _ => line,
            });
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
        var all = Read(stream).Select(EventCodec<TEvent>.Instance.Decode).ToList();
        var whole = all.Aggregate(TState.Start, (state, fact) => state.Apply(fact));
        var tail = all.Skip((int)snapshot.Version).Aggregate(snapshot.State, (state, fact) => state.Apply(fact));
        if (_run.World.Traces && Hash(whole) != Hash(tail))
            _run.World.Trace($"{stream} whole {JsonSerializer.Serialize(whole)}\n{stream} tail {JsonSerializer.Serialize(tail)}");
        _run.Record(new HistoryLine
        {
            Kind = LineKinds.Fold, Stream = stream, Version = snapshot.Version, Schema = snapshot.Schema, Whole = Hash(whole), Tail = Hash(tail),
        });
    }

    private static string Hash<T>(T state) => DerivedId.Of(JsonSerializer.Serialize(state));

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

    private static long Ms(DateTimeOffset at) => (at - World.Epoch).Ticks / TimeSpan.TicksPerMillisecond;
}
