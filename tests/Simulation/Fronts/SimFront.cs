using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Queues;
using CustomerService.Grains.Streams;
using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Runs;
using CustomerService.Storage.Journal;

namespace CustomerService.Simulation.Fronts;

/// <summary>
/// A small front with the manners of src/WebFront/Feed: it watches with the grains while a client follows, watches again
/// when epoch or head say so, tells heads every 30 s from the journal, and keeps agents present by leases.
/// </summary>
internal sealed partial class SimFront
{
    private static readonly Comparer<(string Id, Audience Audience)> s_ordinal = Comparer<(string Id, Audience Audience)>.Create(
        (a, b) => string.CompareOrdinal(a.Id, b.Id) is not 0 and var id ? id : a.Audience.CompareTo(b.Audience));

    private static readonly TimeSpan HeadsEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ArriveEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan UnwatchDelay = TimeSpan.FromSeconds(10);

    private readonly World _world;
    private readonly IGrainFactory _grains;
    private readonly IJournal _journal;
    private readonly SortedDictionary<(string Id, Audience Audience), Watched> _watched = new(s_ordinal);
    private readonly List<Watched> _idle = [];
    private readonly List<Link> _links = [];

    public SimFront(World world, string id, IGrainFactory grains, IJournal journal, FaultOptions faults)
    {
        (_world, Id, _grains, _journal, Faults) = (world, id, grains, journal, faults);
        Strand = new Strand(world, id);
        Wishes = new StatusWishes(grains, world, id);
        Strand.Post(() => _world.Spawn(() => Every(HeadsEvery, TellHeads)));
        Every(TimeSpan.FromSeconds(1), Tick);
        Every(ArriveEvery, Renew);
        Every(PlacesEvery, TellPlaces);
        Every(SessionsEvery, CheckSessions);
    }

    public string Id { get; }
    public Strand Strand { get; }
    public FaultOptions Faults { get; }
    public bool IsDead => Strand.IsDead;
    public IGrainFactory Grains => _grains;

    /// <summary>The product's own way for an agent's status.</summary>
    public StatusWishes Wishes { get; }

    /// <summary>Shows everything to everybody: a planted bug.</summary>
    public bool LeaksToStrangers { get; init; }

    /// <summary>Passes wishes for a status on without an order: a planted bug.</summary>
    public bool ForgetsOrder { get; init; }

    /// <summary>Never looks where conversations stand: a planted bug.</summary>
    public bool IsDeaf { get; init; }

    private sealed class Watched
    {
        public required string Id { get; init; }
        public required Audience Audience { get; init; }
        public List<Link> Links { get; } = [];
        public string? Epoch { get; set; }
        public long Head { get; set; }

        /// <summary>Version that the journal was last seen to hold.</summary>
        public long Stored { get; set; }
        public long Version { get; set; }
        public string VisitorId { get; set; } = "";
        public string QueueId { get; set; } = "";
        public string? AgentId { get; set; }
        public ConversationState State { get; set; }
        public WaitingPosition? Told { get; set; }
        public Task? Registering { get; set; }
        public bool MustRegister { get; set; }
        public TimeSpan EmptySince { get; set; }

        public bool MayBeSeenBy(Actor actor) => actor.Kind == ActorKind.Visitor
            ? VisitorId.Length > 0 && VisitorId == actor.Id
            : QueueId.Length > 0 && actor.MaySee(QueueId, AgentId);
    }

    /// <summary>A client connects; null where its session has ended. Called on the network's strand.</summary>
    public Link? Connect(Strand client, Actor by, ClientPushes pushes)
    {
        if (SessionEnded?.Invoke(client.Name) == true)
            return null;
        var link = new Link(_world, this, client, by, pushes);
        _links.Add(link);
        if (by.Kind == ActorKind.Agent)
            Strand.Post(() => _ = Arrive(by.Id));
        return link;
    }

    public void Forget(Link link)
    {
        _links.Remove(link);
        foreach (var id in link.Subscriptions.ToArray())
            Unsubscribe(link, id);
        if (link.By.Kind == ActorKind.Agent && !_links.Exists(other => other.By.Id == link.By.Id))
            _ = Leave(link.By.Id);
    }

    public void Kill()
    {
        var links = _links.ToArray();
        Strand.Kill();
        foreach (var link in links)
            link.Close();
    }

    public void CutSomeLink()
    {
        if (_links.Count > 0)
            _world.Chance.Pick(_links).Close();
    }

    public void Unsubscribe(Link link, string conversationId)
    {
        link.Subscriptions.Remove(conversationId);
        if (_watched.TryGetValue((conversationId, link.Audience), out var watched) && watched.Links.Remove(link)
            && watched.Links.Count == 0)
            watched.EmptySince = _world.Now;
    }

    /// <summary>Subscribes first, then reads: nothing falls in between.</summary>
    public async Task<HistoryPage> Resume(Link link, string conversationId, long after)
    {
        try
        {
            if (await Subscribe(link, conversationId, trusted: false) is { } refusal)
                return new HistoryPage(refusal, false, [], 0);
            return await _grains.GetGrain<IConversationHistoryGrain>(0).Resume(link.By, conversationId, after);
        }
        catch (Exception error) when (error is not SimulationException)
        {
            return new HistoryPage(Refusal.Unavailable, false, [], 0);
        }
    }

    public async Task<Refusal?> Subscribe(Link link, string conversationId, bool trusted)
    {
        var key = (conversationId, link.Audience);
        if (!_watched.TryGetValue(key, out var watched))
            _watched.Add(key, watched = new Watched { Id = conversationId, Audience = link.Audience, EmptySince = _world.Now });
        try
        {
            if (watched.Epoch is null || watched.VisitorId.Length == 0 || watched.MustRegister)
                await (watched.Registering ?? Register(watched));
        }
        catch (Exception error) when (trusted && error is not SimulationException)
        {
            watched.MustRegister = true;
        }
        if (trusted && watched.VisitorId.Length == 0)
            watched.VisitorId = link.By.Id;
        if (!LeaksToStrangers && !watched.MayBeSeenBy(link.By))
            return Refusal.NotFound;
        if (link.IsOpen && link.Subscriptions.Add(conversationId))
        {
            watched.Links.Add(link);
            watched.Told = null; // Who comes was told nothing yet.
        }
        return null;
    }

    /// <summary>What grains announce arrives here.</summary>
    public void Deliver(FeedEnvelope envelope)
    {
        switch (envelope)
        {
            case EventsEnvelope events:
                Deliver(events, Audience.Agents, events.ForAgents, events.Head);
                Deliver(events, Audience.Visitors, events.ForVisitors, events.VisitorHead);
                break;
            case SignalEnvelope signal:
                Deliver(signal);
                break;
            case InboxEnvelope inbox:
                foreach (var link in _links.Where(link => link.By.Kind == ActorKind.Agent && link.By.Id == inbox.AgentId))
                    link.Down(() => link.Pushes.Inbox(inbox.Version, inbox.Change, inbox.Conversation));
                break;
        }
    }

    private void Deliver(
        EventsEnvelope envelope, Audience audience, System.Collections.Immutable.ImmutableArray<EventView> events, long head)
    {
        if (!_watched.TryGetValue((envelope.ConversationId, audience), out var watched))
            return;
        watched.Head = Math.Max(watched.Head, head);
        if (envelope.Head >= watched.Version)
            (watched.Version, watched.State, watched.QueueId, watched.AgentId) = (envelope.Head, envelope.State, envelope.QueueId, envelope.AgentId);
        if (watched.Epoch is not null && watched.Epoch != envelope.Epoch && watched.Registering is null)
            watched.MustRegister = true;
        if (events.IsDefaultOrEmpty)
            return;
        foreach (var link in watched.Links.ToArray())
        {
            var maySee = link.By.Kind == ActorKind.Visitor
                ? link.By.Id == watched.VisitorId
                : link.By.MaySee(envelope.QueueId, envelope.AgentId);
            if (!maySee && !LeaksToStrangers)
                continue;
            var shown = events.Any(view => MustHide(view, link.By))
                ? [.. events.Select(view => MustHide(view, link.By) ? view with { ClientMessageId = null } : view)]
                : events;
            link.Down(() => link.Pushes.Events(envelope.ConversationId, shown, head));
        }
    }

    private static bool MustHide(EventView view, Actor reader) =>
        view.ClientMessageId is not null && $"{view.Author!.Kind}:{view.Author.Id}" != reader.Key;

    private Task Register(Watched watched)
    {
        watched.MustRegister = false;
        return watched.Registering = Run();

        async Task Run()
        {
            try
            {
                var receipt = await _grains.GetGrain<IConversationGrain>(watched.Id).Watch(Id, watched.Audience);
                var isFirst = watched.Epoch is null;
                watched.Epoch = receipt.Epoch;
                if (receipt.VisitorId.Length > 0)
                    watched.VisitorId = receipt.VisitorId;
                var head = watched.Audience == Audience.Agents ? receipt.Version : receipt.VisitorHead;
                var ranAhead = !isFirst && head > watched.Head;
                watched.Head = Math.Max(watched.Head, head);
                if (receipt.Version >= watched.Version)
                    (watched.Version, watched.State, watched.QueueId, watched.AgentId) = (receipt.Version, receipt.State, receipt.QueueId, receipt.AgentId);
                if (ranAhead)
                {
                    foreach (var link in watched.Links.Where(link => watched.MayBeSeenBy(link.By)))
                        link.Down(() => link.Pushes.Heads([(watched.Id, watched.Head)], null));
                }
                if (receipt.Version < watched.Stored)
                {
                    // Overtaken by another activation's writes: told to look at the journal, it ends.
                    watched.MustRegister = true;
                    await _grains.GetGrain<IConversationGrain>(watched.Id).Execute(new CheckConversationDeadlines(Actor.System, null));
                }
            }
            catch (Exception error) when (error is not SimulationException)
            {
                watched.MustRegister = watched.Links.Count > 0 || watched.Epoch is not null;
                throw;
            }
            finally
            {
                watched.Registering = null;
            }
        }
    }

    private void Tick()
    {
        foreach (var watched in _watched.Values)
        {
            if (watched.Links.Count == 0 || watched.MustRegister)
                _idle.Add(watched);
        }
        foreach (var watched in _idle)
        {
            if (watched.Links.Count == 0 && watched.Registering is null && _world.Now - watched.EmptySince >= UnwatchDelay)
            {
                _watched.Remove((watched.Id, watched.Audience));
                if (watched.Epoch is not null)
                    _ = Quietly(() => _grains.GetGrain<IConversationGrain>(watched.Id).Unwatch(Id, watched.Audience));
            }
            else if (watched is { MustRegister: true, Registering: null })
            {
                _ = Quietly(() => Register(watched));
            }
        }
        _idle.Clear();
    }

    private async Task TellHeads()
    {
        if (IsDeaf)
            return;
        var ids = _watched.Values.Where(watched => watched.Links.Count > 0).Select(watched => watched.Id).Distinct().ToList();
        if (ids.Count > 0)
        {
            var heads = await _journal.Heads([.. ids.Select(StreamNames.Conversation)]);
            for (var i = 0; i < ids.Count; i++)
            {
                Learn((ids[i], Audience.Agents), heads[i].Version, heads[i].Version);
                Learn((ids[i], Audience.Visitors), heads[i].VisitorSequence, heads[i].Version);
            }
        }
        var inboxes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var agent in _links.Where(link => link.By.Kind == ActorKind.Agent).Select(link => link.By.Id).Distinct().ToList())
            await Quietly(async () => inboxes[agent] = await _grains.GetGrain<IAgentGrain>(agent).InboxVersion());
        foreach (var link in _links.ToArray())
        {
            var told = link.Subscriptions.Select(id => _watched.GetValueOrDefault((id, link.Audience)))
                .OfType<Watched>().Where(watched => watched.MayBeSeenBy(link.By)).Select(watched => (watched.Id, watched.Head)).ToList();
            long? inbox = inboxes.TryGetValue(link.By.Id, out var version) ? version : null;
            link.Down(() => link.Pushes.Heads(told, inbox));
        }
    }

    private void Learn((string, Audience) key, long head, long version)
    {
        if (!_watched.TryGetValue(key, out var watched) || (head <= watched.Head && version <= watched.Version))
            return;
        watched.Head = Math.Max(watched.Head, head);
        watched.Stored = Math.Max(watched.Stored, version);
        watched.MustRegister = true;
    }

    private void Renew()
    {
        foreach (var agent in _links.Where(link => link.By.Kind == ActorKind.Agent).Select(link => link.By.Id).Distinct().ToList())
            _ = Arrive(agent);
    }

    private Task Arrive(string agentId) => Quietly(async () =>
    {
        await _grains.GetGrain<IAgentGrain>(agentId).Arrive(Id, Lease);
        if (!_links.Exists(link => link.By.Id == agentId))
            _ = Leave(agentId);
    });

    private Task Leave(string agentId) => Quietly(async () =>
    {
        await _grains.GetGrain<IAgentGrain>(agentId).Leave(Id);
        if (_links.Exists(link => link.By.Id == agentId))
            _ = Arrive(agentId);
    });

    private async Task Every(TimeSpan time, Func<Task> work)
    {
        await _world.Delay(time * _world.Chance.Unit());
        while (true)
        {
            await _world.Delay(time);
            await Quietly(work);
        }
    }

    /// <summary>Again and again, work that waits for nothing.</summary>
    private void Every(TimeSpan time, Action work)
    {
        _world.After(time * _world.Chance.Unit() + time, Strand, Next);

        void Next()
        {
            work();
            _world.After(time, Strand, Next);
        }
    }

    private static async Task Quietly(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (error is not SimulationException)
        {
            // Soft state: what was lost is found by the next heads.
        }
    }
}
