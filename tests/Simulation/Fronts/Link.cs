using CustomerService.Conversations;
using CustomerService.Simulation.Engine;

namespace CustomerService.Simulation.Fronts;

/// <summary>The connection is gone: whether the call was done is unknown.</summary>
internal sealed class LinkLostException() : Exception("The connection is gone.");

/// <summary>One client's connection to a front: in order in each direction, until it breaks.</summary>
internal sealed class Link(World world, SimFront front, Strand client, Actor by, ClientPushes pushes)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    private readonly List<Action> _pending = [];
    private TimeSpan _upAt, _downAt;

    public SimFront Front => front;
    public Actor By => by;
    public string Client => client.Name;
    public TimeSpan TypedAt { get; set; } = TimeSpan.FromSeconds(-1);
    public TimeSpan OpenedAt { get; } = world.Now;
    public Audience Audience => by.Kind == ActorKind.Visitor ? Audience.Visitors : Audience.Agents;
    public bool IsOpen { get; private set; } = true;
    public SortedSet<string> Subscriptions { get; } = new(StringComparer.Ordinal);
    public ClientPushes Pushes => pushes;

    /// <summary>Calls the front from the client's strand.</summary>
    public Task<T> Ask<T>(Func<Task<T>> atFront)
    {
        var done = new TaskCompletionSource<T>();
        if (!IsOpen)
        {
            done.SetException(new LinkLostException());
            return done.Task;
        }
        if (world.Chance.Chance(front.Faults.CutLink))
            world.After(world.Chance.Milliseconds(0, 400), world.Network, Close);
        Action lost = () => done.TrySetException(new LinkLostException());
        _pending.Add(lost);
        world.After(CallTimeout, client, () => done.TrySetException(new TimeoutException("The front did not answer.")));
        _upAt = Max(_upAt, world.Now + world.Chance.Milliseconds(1, 40));
        world.After(_upAt - world.Now, front.Strand, () => world.Spawn(Serve));
        return done.Task;

        async Task Serve()
        {
            if (!IsOpen)
                return;
            var answer = await atFront();
            Down(() =>
            {
                _pending.Remove(lost);
                done.TrySetResult(answer);
            });
        }
    }

    /// <summary>Sends to the client, in order.</summary>
    public void Down(Action atClient)
    {
        if (!IsOpen)
            return;
        _downAt = Max(_downAt, world.Now + world.Chance.Milliseconds(1, 40));
        world.After(_downAt - world.Now, client, () =>
        {
            if (IsOpen)
                atClient();
        });
    }

    /// <summary>Breaks: both sides learn of it, the client a little later.</summary>
    public void Close()
    {
        if (!IsOpen)
            return;
        IsOpen = false;
        front.Strand.Post(() => front.Forget(this));
        world.After(world.Chance.Milliseconds(0, 200), client, () =>
        {
            foreach (var lost in _pending.ToArray())
                lost();
            _pending.Clear();
            pushes.Lost();
        });
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

/// <summary>What a front may push to a client.</summary>
internal abstract class ClientPushes
{
    public abstract void Events(string conversationId, System.Collections.Immutable.ImmutableArray<EventView> events, long head);
    public abstract void Heads(IReadOnlyList<(string ConversationId, long Head)> heads, long? inboxVersion);
    public abstract void Inbox(long version, string change, ConversationView conversation);
    public abstract void Signal(string conversationId, CustomerService.Feed.SignalView signal);
    public abstract void Lost();
}
