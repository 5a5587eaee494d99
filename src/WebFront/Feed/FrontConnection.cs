using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using CustomerService.Conversations;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Conversations;
using CustomerService.WebFront.Maintenance;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Feed;

/// <summary>One client's connection on this front: who it is, what waits for it, what it subscribed to.</summary>
internal sealed class FrontConnection
{
    private readonly IAgentSessionCache _sessions;
    private readonly Action _abort;
    private readonly Actor? _visitorActor;
    private AccountActor? _agentActor;
    private long _typedAt;
    private long _pagedAt;
    private long _viewedAt;
    private volatile bool _closed;

    public FrontConnection(
        string id, VisitorCaller? visitor, AgentCaller? agent, string address, IAgentSessionCache sessions,
        OutboundQueue outbound, TokenBucketRateLimiter calls, Action abort)
    {
        (Id, Visitor, Agent, Address, _sessions, Outbound, Calls, _abort) =
            (id, visitor, agent, address, sessions, outbound, calls, abort);
        _visitorActor = visitor?.ToActor();
        AuthorKey = visitor is not null ? $"visitor:{visitor.VisitorId}" : $"agent:{agent!.AgentId}";
    }

    public string Id { get; }

    /// <summary>Set on the visitors' hub.</summary>
    public VisitorCaller? Visitor { get; }

    /// <summary>Set on the agents' hub.</summary>
    public AgentCaller? Agent { get; }

    public string Address { get; }

    public OutboundQueue Outbound { get; }

    /// <summary>The bucket of this connection's calls.</summary>
    public TokenBucketRateLimiter Calls { get; }

    public Audience Audience => Visitor is not null ? Audience.Visitors : Audience.Agents;

    /// <summary>As <see cref="Actor.Key"/>: tells which messages are its own.</summary>
    public string AuthorKey { get; }

    public ConcurrentDictionary<string, Watched> Subscriptions { get; } =
        new(concurrencyLevel: 1, capacity: 1, StringComparer.Ordinal);

    /// <summary>What a visitor was last told about its site; null before the first word. Only <see cref="SiteNews"/>
    /// touches it.</summary>
    public bool? ToldOnline { get; set; }

    /// <summary>What it was last told of each queue's list; null where it watches none. Only <see cref="ListNews"/>
    /// writes into it.</summary>
    public Dictionary<string, QueueCounts>? ToldLists { get; private set; }

    /// <summary>Begins to follow the lists anew, or ends it.</summary>
    public void WatchLists(bool on) => ToldLists = on ? new(StringComparer.Ordinal) : null;

    /// <summary>The maintenance window that it was last told of. Only <see cref="MaintenanceWatch"/> touches it.</summary>
    public MaintenanceWindow? ToldMaintenance { get; set; }

    /// <summary>Set once it is gone: nothing may be added to it then.</summary>
    public bool IsClosed => _closed;

    /// <summary>Who acts, as of now; null where an agent's session has ended.</summary>
    public Actor? CurrentActor()
    {
        if (_visitorActor is not null)
            return _visitorActor;
        if (!_sessions.TryGet(Agent!.SessionId, out var session) || session.Account.AgentId != Agent.AgentId)
            return null;
        // One actor per version of the account, not per message.
        if (_agentActor is { } held && ReferenceEquals(held.Account, session.Account))
            return held.Actor;
        var actor = Caller.ToActor(session.Account);
        _agentActor = new AccountActor(session.Account, actor);
        return actor;
    }

    /// <summary>Whether typing may be passed on now: once a second at most.</summary>
    public bool MaySignalTyping(TimeProvider clock) => OnceASecond(ref _typedAt, clock);

    /// <summary>Whether a page view may be passed on now: once a second at most.</summary>
    public bool MayTellPage(TimeProvider clock) => OnceASecond(ref _pagedAt, clock);

    /// <summary>Whether it may be passed on now that an agent looks at a conversation: once a second at most.</summary>
    public bool MayTellViewing(TimeProvider clock) => OnceASecond(ref _viewedAt, clock);

    private static bool OnceASecond(ref long at, TimeProvider clock)
    {
        var last = Interlocked.Read(ref at);
        if (last != 0 && clock.GetElapsedTime(last) < TimeSpan.FromSeconds(1))
            return false;
        return Interlocked.CompareExchange(ref at, clock.GetTimestamp(), last) == last;
    }

    /// <summary>Cuts the socket; what is tidied up is tidied up by its disconnect.</summary>
    public void Abort()
    {
        Outbound.Close();
        _abort();
    }

    /// <summary>Called once, by the disconnect.</summary>
    public void Close()
    {
        _closed = true;
        Outbound.Close();
    }

    private sealed record AccountActor(Account Account, Actor Actor);
}
