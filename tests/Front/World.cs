using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Hosting;
using CustomerService.Queues;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Journal;
using CustomerService.Visitors;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.SignIn;

namespace CustomerService.FrontTests;

/// <summary>The silos as a front sees them, in memory: enough of each grain to tell a right front from a wrong one.</summary>
internal sealed class World : IFeedChannel, IAgentSessionCache, IClusterLink
{
    private readonly Losses _losses = new();

    public ConcurrentDictionary<string, TestConversation> Conversations { get; } = new();

    public ConcurrentDictionary<string, TestAgent> Agents { get; } = new();

    public TestQueue Queue { get; } = new();

    public ConcurrentDictionary<string, Account> Sessions { get; } = new();

    /// <summary>Thrown by every grain while set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Sites a visitor's page may be on.</summary>
    public ImmutableArray<SiteSettings> Sites { get; set; } =
        [new SiteSettings { Key = "demo", Name = "Demo", Origins = ["https://shop.example"] }];

    /// <summary>While false everything on the way to the front is lost.</summary>
    public bool IsFeedAlive { get; set; } = true;

    public bool IsListening { get; private set; }

    public int SilosRead { get; private set; }

    public string SiloNames { get; set; } = "a";

    public Action<FeedEnvelope> Push { get; private set; } = _ => { };

    public event Action<string>? Ended;

    public TestConversation Start(string id, string visitorId = "vera") =>
        Conversations.GetOrAdd(id, _ => new TestConversation(this, id, visitorId));

    public void SignIn(string session, string agentId, string role = "agent", params string[] queues) =>
        Sessions[session] = new Account
        {
            AgentId = agentId, Email = $"{agentId}@example", Name = agentId.ToUpperInvariant(), PasswordHash = "",
            Roles = [role], Queues = [.. queues],
        };

    public void End(string session)
    {
        Sessions.TryRemove(session, out _);
        Ended?.Invoke(session);
    }

    Task IClusterLink.Connected => Task.CompletedTask;

    CancellationToken IClusterLink.Lost => _losses.Next;

    public void LoseSilo() => _losses.Tell();

    public object GetGrain(Type type, object key)
    {
        if (Failure is { } failure)
            throw failure;
        return type switch
        {
            _ when type == typeof(IConversationGrain) => Double.Of<IConversationGrain>(
                Conversations.GetValueOrDefault((string)key) ?? TestConversation.Missing(this, (string)key)),
            _ when type == typeof(IVisitorGrain) => Double.Of<IVisitorGrain>(new TestVisitor(this)),
            _ when type == typeof(IAgentGrain) => Double.Of<IAgentGrain>(Agent((string)key)),
            _ when type == typeof(IQueueGrain) => Double.Of<IQueueGrain>(Queue),
            _ when type == typeof(IConversationHistoryGrain) =>
                Double.Of<IConversationHistoryGrain>(new TestHistory(this)),
            _ => throw new NotSupportedException(type.Name),
        };
    }

    public TestAgent Agent(string id) => Agents.GetOrAdd(id, _ => new TestAgent());

    public bool TryGet(string sessionId, [NotNullWhen(true)] out LiveSession? session)
    {
        session = Sessions.TryGetValue(sessionId, out var account)
            ? new LiveSession(sessionId, DateTimeOffset.MaxValue, account)
            : null;
        return session is not null;
    }

    string IFeedChannel.FrontId => "this front";

    void IFeedChannel.Listen(Action<FeedEnvelope> handler)
    {
        IsListening = true;
        Push = envelope =>
        {
            if (IsFeedAlive)
                handler(envelope);
        };
    }

    Task IFeedChannel.Probe(long number)
    {
        Push(new ProbeEnvelope(number));
        return Task.CompletedTask;
    }

    Task<string> IFeedChannel.Silos()
    {
        SilosRead++;
        return Task.FromResult(SiloNames);
    }

    // IJournal
    public Task<IReadOnlyList<StreamHead>> Heads(IReadOnlyList<string> streams, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<StreamHead>>([.. streams.Select(stream =>
            Conversations.TryGetValue(stream["conversation/".Length..], out var c)
                ? new StreamHead(stream, c.Events.Count, c.VisitorHead)
                : new StreamHead(stream, 0, 0))]);
}

internal sealed class TestCatalogue(World world)
{
    public Task<ImmutableArray<QueueSettings>> Queues(CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableArray<QueueSettings>.Empty);

    public Task<ImmutableArray<SiteSettings>> Sites(CancellationToken cancellationToken) =>
        Task.FromResult(world.Sites);
}

/// <summary>A conversation's stream with both numberings, and who watches it.</summary>
internal sealed class TestConversation(World world, string id, string visitorId)
{
    private int _begun;
    private readonly Lock _lock = new();
    private readonly HashSet<Audience> _watchers = [];

    public List<(EventView View, long? VisitorSequence)> Events { get; } = [];

    public long VisitorHead => Events.Count(e => e.VisitorSequence is not null);

    public string Epoch { get; set; } = "e1";

    /// <summary>While set, calls reach an activation that another one has overtaken: it answers what it remembers, until
    /// a command makes it look at the journal.</summary>
    public WatchReceipt? Overtaken { get; set; }

    public ConversationState State { get; set; } = ConversationState.Waiting;

    public string QueueId { get; set; } = "default";

    public string? AgentId { get; set; }

    public int Watches { get; private set; }

    /// <summary>While set, nobody can register.</summary>
    public Exception? WatchFailure { get; set; }

    public int Unwatches { get; private set; }

    /// <summary>While set, commands wait for it.</summary>
    public Task? Blocked { get; set; }

    public List<ConversationCommand> Commands { get; } = [];

    public List<SignalView> Signals { get; } = [];

    /// <summary>Delivered marks, in the numbering of the side that is told.</summary>
    public long DeliveredToAgents { get; set; }

    public long DeliveredToVisitors { get; set; }

    public string VisitorId => visitorId;

    public static TestConversation Missing(World world, string id) =>
        new(world, id, "") { QueueId = "", State = ConversationState.None };

    /// <summary>Commands that came, those that wait included.</summary>
    public int Begun => Volatile.Read(ref _begun);

    public async Task<ConversationReceipt> Execute(ConversationCommand command)
    {
        Interlocked.Increment(ref _begun);
        if (Blocked is { } blocked)
            await blocked;
        lock (_lock)
        {
            Commands.Add(command);
            if (Overtaken is not null)
            {
                Overtaken = null;
                return ConversationReceipt.Refused(Refusal.Unavailable);
            }
            var author = new AuthorView(
                command.By.Kind.ToString().ToLowerInvariant(), command.By.Id, command.By.Name);
            var isVisitor = command.By.Kind == ActorKind.Visitor;
            if (isVisitor ? command.By.Id != visitorId : !command.By.MaySee(QueueId, AgentId))
                return ConversationReceipt.Refused(Refusal.NotFound);
            var seq = command switch
            {
                PostMessage p => Append(new EventView(0, DateTimeOffset.UnixEpoch, "messagePosted")
                {
                    MessageId = "m" + p.CommandId, ClientMessageId = p.CommandId, Author = author, Text = p.Text,
                    Attachments = [],
                }, isVisible: true),
                AddNote n => Append(new EventView(0, DateTimeOffset.UnixEpoch, "noteAdded")
                {
                    MessageId = "m" + n.CommandId, ClientMessageId = n.CommandId, Author = author, Text = n.Text,
                }, isVisible: false),
                _ => Events.Count,
            };
            return new ConversationReceipt(
                null, Events.Count, VisitorHead, State, isVisitor ? VisitorHead : seq, DateTimeOffset.UnixEpoch);
        }
    }

    /// <summary>Appends and announces to who watches.</summary>
    public long Append(EventView view, bool isVisible, bool isAnnounced = true)
    {
        lock (_lock)
        {
            long? visitorSequence = isVisible ? VisitorHead + 1 : null;
            Events.Add((view with { Sequence = Events.Count + 1 }, visitorSequence));
            if (isAnnounced && _watchers.Count > 0)
            {
                world.Push(new EventsEnvelope(
                    id, Epoch,
                    _watchers.Contains(Audience.Agents) ? [Events[^1].View] : [],
                    _watchers.Contains(Audience.Visitors) && visitorSequence is { } s
                        ? [view with { Sequence = s }]
                        : [],
                    Events.Count, VisitorHead, State, QueueId, AgentId));
            }
            return Events.Count;
        }
    }

    /// <summary>As when the activation ends: nobody is known any more.</summary>
    public void Forget(string epoch)
    {
        lock (_lock)
        {
            _watchers.Clear();
            Epoch = epoch;
        }
    }

    public Task<WatchReceipt> Watch(string frontId, Audience audience)
    {
        if (WatchFailure is { } failure)
            throw failure;
        lock (_lock)
        {
            Watches++;
            if (Overtaken is { } remembered)
                return Task.FromResult(remembered);
            _watchers.Add(audience);
            return Task.FromResult(
                new WatchReceipt(Epoch, Events.Count, VisitorHead, State, visitorId, QueueId, AgentId)
                {
                    DeliveredUpTo = audience == Audience.Visitors ? DeliveredToAgents : DeliveredToVisitors,
                });
        }
    }

    public Task Unwatch(string frontId, Audience audience)
    {
        lock (_lock)
        {
            Unwatches++;
            _watchers.Remove(audience);
        }
        return Task.CompletedTask;
    }

    public Task Signal(Actor by, SignalView signal)
    {
        lock (_lock)
            Signals.Add(signal);
        return Task.CompletedTask;
    }

    public Task<Refusal?> MarkRead(Actor by, long upTo) => Task.FromResult<Refusal?>(null);

    public IEnumerable<EventView> SeenBy(Actor by)
    {
        lock (_lock)
        {
            return by.Kind == ActorKind.Agent
                ? [.. Events.Select(e => e.View)]
                : [.. Events.Where(e => e.VisitorSequence is not null)
                    .Select(e => e.View with { Sequence = e.VisitorSequence!.Value })];
        }
    }
}

internal sealed class TestVisitor(World world)
{
    public async Task<StartReceipt> StartConversation(StartRequest request)
    {
        var conversation = world.Start("c-" + request.ClientId, request.By.Id);
        if (conversation.Events.Count == 0)
            conversation.Append(new EventView(0, DateTimeOffset.UnixEpoch, "queued"), isVisible: true);
        long? sequence = null;
        if (request.Text is not null)
        {
            sequence = (await conversation.Execute(
                new PostMessage(request.By, request.ClientMessageId, request.Text, null))).Sequence;
        }
        return new StartReceipt(
            null, "c-" + request.ClientId, conversation.VisitorHead, conversation.State, sequence);
    }
}

internal sealed class TestAgent
{
    public int Arrivals;
    public int Leaves;

    /// <summary>While set, calls wait for it.</summary>
    public Task? Blocked { get; set; }

    public Task<AgentReceipt> SetStatus(
        AgentStatus status, string? commandId, string? reason, StatusOrder? order)
    {
        Orders.Add(order);
        return Receipt(status);
    }

    public List<StatusOrder?> Orders { get; } = [];

    public async Task<AgentAvailability> Availability()
    {
        if (Blocked is { } blocked)
            await blocked;
        return (await Receipt(AgentStatus.Online)).Availability with { StatusTurn = Turn };
    }

    public long Turn { get; set; } = 1;

    public async Task<AgentReceipt> Arrive(string frontId, TimeSpan lease)
    {
        Interlocked.Increment(ref Arrivals);
        if (Blocked is { } blocked)
            await blocked;
        return await Receipt(AgentStatus.Online);
    }

    public Task Leave(string frontId)
    {
        Interlocked.Increment(ref Leaves);
        return Task.CompletedTask;
    }

    public async Task<long> InboxVersion()
    {
        if (Blocked is { } blocked)
            await blocked;
        return 7;
    }

    private static Task<AgentReceipt> Receipt(AgentStatus status) => Task.FromResult(new AgentReceipt(
        null, new AgentAvailability(new AgentRef("a", "A"), 1, default, status, true, 0, 4, default, [])));
}

internal sealed class TestQueue
{
    public int Asked;

    public int Position { get; set; } = 3;

    public Task<ImmutableArray<WaitingPosition?>> Positions(ImmutableArray<string> conversationIds)
    {
        Interlocked.Increment(ref Asked);
        return Task.FromResult(ImmutableArray.CreateRange(
            conversationIds, WaitingPosition? (_) => new WaitingPosition(Position, 10, 40, 2)));
    }
}

internal sealed class TestHistory(World world)
{
    public Task<HistoryPage> Resume(Actor by, string conversationId, long after)
    {
        if (!world.Conversations.TryGetValue(conversationId, out var conversation)
            || (by.Kind == ActorKind.Visitor
                ? conversation.VisitorId != by.Id
                : !by.MaySee(conversation.QueueId, conversation.AgentId)))
        {
            return Task.FromResult(new HistoryPage(Refusal.NotFound, false, [], 0));
        }
        var seen = conversation.SeenBy(by).ToList();
        return Task.FromResult(after > seen.Count
            ? new HistoryPage(null, false, [.. seen.TakeLast(50)], seen.Count)
            : new HistoryPage(null, true, [.. seen.Skip((int)after)], seen.Count));
    }

    public Task<InboxPage> Inbox(Actor by) => Task.FromResult(new InboxPage(null, 7, [Lines.One]));
}

internal static class Lines
{
    public static ConversationView One { get; } = new()
    {
        ConversationId = "c-1", State = ConversationState.Assigned, Head = 4, Queue = new QueueRef("default", "Default"),
        Agent = new AgentRef("ann", "ANN"), Visitor = new AuthorView("visitor", "vera", "维拉"), SiteKey = "demo",
        StartedAt = DateTimeOffset.UnixEpoch, EnqueuedAt = DateTimeOffset.UnixEpoch,
    };
}
