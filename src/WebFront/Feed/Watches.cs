using System.Collections.Concurrent;
using CustomerService.Conversations;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Feed;

/// <summary>The answer to a subscription: a refusal, or where the conversation stands as its grain sees it.</summary>
internal readonly record struct SubscribeAnswer(
    Refusal? Refusal, long Head, ConversationState State, long Delivered = 0);

/// <summary>
/// Which conversations this front follows, for whom. The first local subscriber registers the front with the grain, the
/// last one's leaving ends that after a delay. Safe for calls from many threads.
/// </summary>
internal sealed class Watches(
    IGrainFactory grains, IFeedChannel channel, OutboundMaker outbound, IOptions<FeedOptions> options, TimeProvider clock,
    ILogger<Watches> log)
{
    /// <summary>Registrations under way at a time when many are due.</summary>
    private const int RegisteringMax = 64;

    /// <summary>A grain is asked again no sooner, whatever envelopes say.</summary>
    private static readonly TimeSpan RegisterPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string, Audience), Watched> _watched = new();
    private int _registering;

    /// <summary>How many.</summary>
    public int Count => _watched.Count;

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<Watched> All => _watched.Select(pair => pair.Value);

    /// <summary>One of them, or null.</summary>
    public Watched? Find(string conversationId, Audience audience) =>
        _watched.GetValueOrDefault((conversationId, audience));

    /// <summary>
    /// Subscribes a connection, once the grain announces to this front: from then on nothing is missed that a Resume
    /// after it does not read. Refuses <c>NotFound</c> where the caller may not see the conversation, <c>Invalid</c> where
    /// the connection has too many. Throws what the grain's call throws unless <paramref name="trusted"/>.
    /// </summary>
    /// <param name="connection">Which.</param>
    /// <param name="by">Who.</param>
    /// <param name="conversationId">What.</param>
    /// <param name="trusted">True where the grain itself has just named this conversation to this caller: then it is
    /// subscribed even if registering has to be repeated.</param>
    public async Task<SubscribeAnswer> Subscribe(
        FrontConnection connection, Actor by, string conversationId, bool trusted)
    {
        if (connection.Subscriptions.Count >= options.Value.SubscriptionsPerConnectionMax
            && !connection.Subscriptions.ContainsKey(conversationId))
        {
            return new(new Refusal(RefusalCode.Invalid, "Too many subscriptions on this connection."), 0, default);
        }
        var askedAt = clock.GetTimestamp();
        var watched = Hold(conversationId, connection.Audience);
        try
        {
            try
            {
                await Registered(watched);
            }
            catch (Exception e) when (trusted)
            {
                log.LogWarning(e, "A conversation just begun could not be watched yet");
            }
            if (!trusted && !IsSeenBy(watched, by))
            {
                // What is known here may be old: a transfer whose announcement was lost.
                await RegisteredAfter(watched, askedAt);
            }
            return Add(watched, connection, by, trusted);
        }
        finally
        {
            lock (watched.Lock)
            {
                watched.Holds--;
                if (watched.Subscribers.Length == 0 && watched.EmptySince == 0)
                    watched.EmptySince = clock.GetTimestamp();
            }
        }
    }

    private SubscribeAnswer Add(Watched watched, FrontConnection connection, Actor by, bool trusted)
    {
        SubscribeAnswer answer;
        lock (watched.Lock)
        {
            if (trusted)
                watched.Trust(by);
            if (!watched.MayBeSeenBy(by))
                return new(Refusal.NotFound, 0, default);
            if (watched.Add(connection))
                connection.Subscriptions[watched.ConversationId] = watched;
            watched.WantsPosition = true;
            // Registering failed before anybody followed it, so nobody has taken care that it is repeated.
            if (watched.Epoch is null && watched.Registering is null)
                RegisterSoon(watched, RegisterPause);
            answer = new(null, watched.Head, watched.State, watched.Delivered);
        }
        // It may have closed meanwhile, and have let go of what it had before this was added.
        if (connection.IsClosed)
            Unsubscribe(connection, watched.ConversationId);
        return answer;
    }

    /// <summary>Ends one subscription; none is fine too.</summary>
    public void Unsubscribe(FrontConnection connection, string conversationId)
    {
        if (!connection.Subscriptions.TryRemove(conversationId, out var watched))
            return;
        lock (watched.Lock)
            watched.Remove(connection, clock.GetTimestamp());
    }

    /// <summary>Ends all of a connection that is gone.</summary>
    public void Forget(FrontConnection connection)
    {
        foreach (var conversationId in connection.Subscriptions.Keys)
            Unsubscribe(connection, conversationId);
    }

    /// <summary>Registers again with every grain, spread over a while: the silos or this front's stream changed.</summary>
    public void RegisterAllAgain()
    {
        foreach (var watched in All)
        {
            lock (watched.Lock)
                RegisterSoon(watched, TimeSpan.FromSeconds(options.Value.RewatchSpreadSeconds));
        }
    }

    /// <summary>Registers one again soon, under its lock.</summary>
    public void RegisterSoon(Watched watched, TimeSpan spread)
    {
        if (watched.RegisterAt != 0)
            return;
        watched.RegisterAt = RewatchTime.At(
            clock.GetTimestamp(), watched.RegisteredAt, Ticks(spread), Ticks(RegisterPause), Random.Shared.NextDouble());
    }

    /// <summary>Does what is due: registrations, and giving up what nobody follows. Never waits.</summary>
    public void Tick()
    {
        var now = clock.GetTimestamp();
        var unwatchAge = Ticks(TimeSpan.FromSeconds(options.Value.UnwatchDelaySeconds));
        foreach (var watched in All)
        {
            lock (watched.Lock)
            {
                if (watched is { Subscribers: [], Holds: 0 } && watched.EmptySince != 0
                    && now - watched.EmptySince >= unwatchAge)
                {
                    GiveUp(watched);
                }
                else if (watched.RegisterAt != 0 && watched.RegisterAt <= now && watched.Registering is null
                    && Volatile.Read(ref _registering) < RegisteringMax)
                {
                    _ = Observe(Register(watched));
                }
            }
        }
    }

    /// <summary>Tells a conversation's subscribers its head, so that they fetch what they lack.</summary>
    public void TellHead(Watched watched)
    {
        var heads = new[] { new HeadPush(watched.ConversationId, watched.Head) };
        var message = outbound.Make("Heads", [heads]);
        foreach (var connection in watched.Subscribers)
        {
            if (connection.CurrentActor() is { } actor && watched.MayBeSeenBy(actor))
                connection.Outbound.Offer(message);
        }
    }

    private Watched Hold(string conversationId, Audience audience)
    {
        while (true)
        {
            var watched = _watched.GetOrAdd(
                (conversationId, audience), key => new Watched(key.Item1, key.Item2, grains.Of<IConversationGrain>(key.Item1)));
            lock (watched.Lock)
            {
                if (watched.IsGone)
                    continue;
                watched.Holds++;
                return watched;
            }
        }
    }

    private void GiveUp(Watched watched)
    {
        watched.IsGone = true;
        // Sent before anybody can register anew, so that it arrives before that does.
        if (watched.Epoch is not null)
        {
            _ = Observe(watched.Grain.Unwatch(channel.FrontId, watched.Audience));
        }
        _watched.TryRemove(new((watched.ConversationId, watched.Audience), watched));
    }

    private Task Registered(Watched watched)
    {
        lock (watched.Lock)
        {
            if (watched.Registering is { } underWay)
                return underWay;
            return watched.Epoch is not null && watched.VisitorId.Length > 0 && watched.RegisterAt == 0
                ? Task.CompletedTask
                : Register(watched);
        }
    }

    /// <summary>Registers again unless that was done since the given moment.</summary>
    private Task RegisteredAfter(Watched watched, long askedAt)
    {
        lock (watched.Lock)
        {
            if (watched.Registering is { } underWay)
                return underWay;
            return watched.RegisteredAt >= askedAt ? Task.CompletedTask : Register(watched);
        }
    }

    private static bool IsSeenBy(Watched watched, Actor by)
    {
        lock (watched.Lock)
            return watched.MayBeSeenBy(by);
    }

    /// <summary>Begins a registration, under the lock.</summary>
    private Task Register(Watched watched)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watched.Registering = done.Task;
        watched.RegisterAt = 0;
        watched.RegisteredAt = clock.GetTimestamp();
        Interlocked.Increment(ref _registering);
        _ = Run(watched, done);
        return done.Task;
    }

    private async Task Run(Watched watched, TaskCompletionSource done)
    {
        await Task.Yield(); // Off the lock.
        try
        {
            var receipt = await watched.Grain.Watch(channel.FrontId, watched.Audience);
            bool ranAhead, isOvertaken;
            lock (watched.Lock)
            {
                ranAhead = watched.Learn(receipt);
                isOvertaken = receipt.Version < watched.Stored;
                watched.Registering = null;
            }
            if (ranAhead)
                TellHead(watched);
            if (isOvertaken)
                await LetLook(watched);
            done.SetResult();
        }
        catch (Exception e)
        {
            lock (watched.Lock)
            {
                watched.Registering = null;
                if (watched.Subscribers.Length > 0 || watched.Epoch is not null)
                    RegisterSoon(watched, TimeSpan.FromSeconds(2));
            }
            done.SetException(e);
            _ = done.Task.Exception; // Observed, whoever waits for it.
        }
        finally
        {
            Interlocked.Decrement(ref _registering);
        }
    }

    /// <summary>An activation that knows less than is stored was overtaken by another one's writes. It would answer what
    /// it remembers until somebody writes; told to look at the journal, it ends, and the next one is registered with.</summary>
    private async Task LetLook(Watched watched)
    {
        lock (watched.Lock)
            RegisterSoon(watched, TimeSpan.FromSeconds(2));
        await watched.Grain.Execute(new CheckConversationDeadlines(Actor.System, null));
    }

    private static async Task Observe(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception)
        {
            // Soft state: what was lost is found by the next heads.
        }
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);
}
