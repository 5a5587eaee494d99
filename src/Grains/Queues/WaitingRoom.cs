using System.Collections.Immutable;
using CustomerService.Queues;

namespace CustomerService.Grains.Queues;

/// <summary>A conversation that waits, as the queue knows it.</summary>
public sealed class Waiter(WaitingConversation told)
{
    /// <summary>What it said last.</summary>
    public WaitingConversation Told { get; } = told;

    /// <summary>Its place.</summary>
    public WaitingKey Key { get; } = new(told.Priority, told.EnqueuedAt, told.ConversationId);

    /// <summary>When the queue heard it, counted: tells what was heard after a read of the database began.</summary>
    public long HeardAt { get; init; }

    /// <summary>The match it is in; null where it is free.</summary>
    public Match? Match { get; set; }

    /// <summary>Left alone until then, because an attempt failed; null where it is not.</summary>
    public DateTimeOffset? RestsUntil { get; set; }

    /// <summary>Attempts that failed in a row.</summary>
    public int Failures { get; set; }

    /// <summary>When the last of them was.</summary>
    public DateTimeOffset FailedAt { get; set; }

    /// <summary>Agents that are passed over: they declined this conversation, or refused it. Each with its end: once, so
    /// the end comes early when that agent took another one.</summary>
    public ImmutableArray<(string AgentId, DateTimeOffset Until)> Skips { get; set; } = [];

    /// <summary>The agents to be passed over now.</summary>
    public ImmutableArray<string> Skipped(DateTimeOffset now) =>
        [.. Skips.Where(skip => now < skip.Until).Select(skip => skip.AgentId)];

    /// <summary>Whether that agent is to be passed over now.</summary>
    public bool PassesOver(string agentId, DateTimeOffset now) =>
        Skips.Any(skip => skip.AgentId == agentId && now < skip.Until);
}

/// <summary>
/// Who waits in a queue and in which order. Told by conversations, with versions, so that notices may come late, twice
/// and out of order. No operation looks at all of them.
/// </summary>
public sealed class WaitingRoom
{
    /// <summary>The versions of so many conversations that left are remembered, against notices that come late. One
    /// forgotten too early costs an assignment that the conversation refuses.</summary>
    private const int LeftMax = 10_000;

    /// <summary>How long an agent is passed over where nothing else ends it: after that the only agent there is asked
    /// again. As long as an offer usually stands.</summary>
    public static readonly TimeSpan SkipMax = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, Waiter> _waiters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _left = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long Version)> _leftInOrder = new();
    private readonly WaitingOrder _order = new();
    private readonly SortedSet<WaitingKey> _free = [];
    private readonly SortedSet<(DateTimeOffset At, string Id)> _byTime = new(s_byTime);
    private readonly SortedSet<(DateTimeOffset At, string Id)> _wakes = new(s_byTime);

    private static readonly Comparer<(DateTimeOffset At, string Id)> s_byTime =
        Comparer<(DateTimeOffset At, string Id)>.Create((a, b) =>
            a.At.CompareTo(b.At) is not 0 and var at ? at : string.CompareOrdinal(a.Id, b.Id));

    /// <summary>How many wait, in a match or not.</summary>
    public int Count => _order.Count;

    /// <summary>Counts notices; see <see cref="Waiter.HeardAt"/>.</summary>
    public long Heard { get; private set; }

    /// <summary>Since when the one who waits longest waits.</summary>
    public DateTimeOffset? OldestEnqueuedAt => _byTime.Count > 0 ? _byTime.Min.At : null;

    /// <summary>When <see cref="Wake"/> has something to do next; null for never.</summary>
    public DateTimeOffset? NextWake => _wakes.Count > 0 ? _wakes.Min.At : null;

    /// <summary>Learns how fast waiters give up. Believed at first: half an hour, after which an idle conversation is
    /// closed anyway.</summary>
    public LearnedRate GivingUp { get; } = new(1_800);

    /// <summary>Those in no match and not resting, in order. Not to be changed while it is read.</summary>
    public IEnumerable<Waiter> Free => _free.Select(key => _waiters[key.Id]);

    /// <summary>The waiter, or null.</summary>
    public Waiter? Find(string conversationId) => _waiters.GetValueOrDefault(conversationId);

    /// <summary>Place from 1; null where it does not wait here.</summary>
    public int? Place(string conversationId) =>
        Find(conversationId) is { } waiter && _order.Rank(waiter.Key) is { } rank ? rank + 1 : null;

    /// <summary>The waiter at a place from 0.</summary>
    public Waiter At(int place) => _waiters[_order.At(place).Id];

    /// <summary>A notice. One that is not newer than what is known changes nothing.</summary>
    public void Hear(WaitingConversation told, DateTimeOffset now)
    {
        Heard++;
        GivingUp.Pass(now, Count);
        var known = Find(told.ConversationId);
        if (known is not null && told.Version <= known.Told.Version)
            return;
        if (known is null && _left.TryGetValue(told.ConversationId, out var left) && told.Version <= left)
            return;
        if (known is not null)
            Drop(known);
        if (!told.Waits)
        {
            if (known is { Match: null })
                GivingUp.Happened(1);
            RememberLeft(told.ConversationId, told.Version);
            return;
        }
        var waiter = new Waiter(told)
        {
            HeardAt = Heard,
            Match = known?.Match,
            Skips = told.SkippedAgentId is { } skipped ? [(skipped, now + SkipMax)] : [],
        };
        _waiters[told.ConversationId] = waiter;
        _order.Add(waiter.Key);
        _byTime.Add((told.EnqueuedAt, told.ConversationId));
        if (waiter.Match is null)
            _free.Add(waiter.Key);
        foreach (var skip in waiter.Skips)
            _wakes.Add((skip.Until, told.ConversationId));
    }

    /// <summary>It does not wait here any more.</summary>
    /// <param name="version">The version at which it left; 0 where that is not known: then a notice brings it back.
    /// </param>
    public void Leave(string conversationId, long version, DateTimeOffset now)
    {
        GivingUp.Pass(now, Count);
        if (Find(conversationId) is { } waiter && (version == 0 || waiter.Told.Version < version))
            Drop(waiter);
        if (version > 0)
            RememberLeft(conversationId, version);
    }

    /// <summary>It enters a match.</summary>
    public void Begin(Waiter waiter, Match match)
    {
        waiter.Match = match;
        _free.Remove(waiter.Key);
    }

    /// <summary>Its match ended and it waits on, at its place.</summary>
    /// <param name="restUntil">Not before then; null for at once.</param>
    public void End(Waiter waiter, DateTimeOffset? restUntil)
    {
        waiter.Match = null;
        waiter.RestsUntil = restUntil;
        if (restUntil is { } at)
            _wakes.Add((at, waiter.Key.Id));
        else
            _free.Add(waiter.Key);
    }

    /// <summary>Its match ended because the agent refused it: it waits on, at its place, for any other.</summary>
    public void PassOver(Waiter waiter, string agentId, DateTimeOffset until)
    {
        EndSkip(waiter, agentId);
        waiter.Skips = waiter.Skips.Add((agentId, until));
        _wakes.Add((until, waiter.Key.Id));
        End(waiter, null);
    }

    /// <summary>That agent was passed over: once is enough.</summary>
    public static void EndSkip(Waiter waiter, string agentId) =>
        waiter.Skips = waiter.Skips.RemoveAll(skip => skip.AgentId == agentId);

    /// <summary>Ends rests that are over.</summary>
    public void Wake(DateTimeOffset now)
    {
        while (_wakes.Count > 0 && _wakes.Min is var next && next.At <= now)
        {
            _wakes.Remove(next);
            if (Find(next.Id) is not { } woken)
                continue;
            woken.Skips = woken.Skips.RemoveAll(skip => skip.Until <= now);
            if (woken is not { Match: null, RestsUntil: { } until } waiter || until > now)
                continue;
            waiter.RestsUntil = null;
            _free.Add(waiter.Key);
        }
    }

    private void Drop(Waiter waiter)
    {
        _waiters.Remove(waiter.Key.Id);
        _order.Remove(waiter.Key);
        _free.Remove(waiter.Key);
        _byTime.Remove((waiter.Told.EnqueuedAt, waiter.Key.Id));
        if (waiter.RestsUntil is { } until)
            _wakes.Remove((until, waiter.Key.Id));
        foreach (var skip in waiter.Skips)
            _wakes.Remove((skip.Until, waiter.Key.Id));
    }

    private void RememberLeft(string conversationId, long version)
    {
        if (_left.TryGetValue(conversationId, out var known) && known >= version)
            return;
        _left[conversationId] = version;
        _leftInOrder.Enqueue((conversationId, version));
        while (_leftInOrder.Count > LeftMax)
        {
            var (id, old) = _leftInOrder.Dequeue();
            if (_left.TryGetValue(id, out var latest) && latest == old)
                _left.Remove(id);
        }
    }
}
