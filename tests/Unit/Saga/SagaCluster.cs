using System.Collections.Concurrent;
using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Feed;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Sweep;
using CustomerService.Queues;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Support;
using CustomerService.Support.MemoryStorage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orleans.TestingHost;

namespace CustomerService.Unit.Tests.Saga;

/// <summary>
/// Real silos in this process over one storage in memory, with a clock that a test moves and faults that it chooses. The
/// sweep runs when the clock is moved, on every silo.
/// </summary>
public sealed class SagaCluster : IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, bool> _present = new();
    private readonly SemaphoreSlim _ticking = new(1);
    private InProcessTestCluster _cluster = null!;

    public SagaCluster() => Faults = new SagaFaults(Database);

    public MemoryDatabase Database { get; } = new();

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));

    public SagaFaults Faults { get; }

    public CountingFeed Feed { get; } = new();

    public IGrainFactory Grains => _cluster.Client;

    public static async Task<SagaCluster> Start(short silos)
    {
        var saga = new SagaCluster();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage(StreamNames.SnapshotStorage);
            silo.AddIncomingGrainCallFilter(saga.Faults);
            silo.Services.AddLogging(log => log.ClearProviders());
            silo.Services.AddSingleton<TimeProvider>(saga.Clock);
            silo.Services.AddSingleton(saga.Database.Journal);
            silo.Services.AddSingleton(saga.Database.Outbox);
            silo.Services.AddSingleton(saga.Database.Deadlines);
            silo.Services.AddSingleton(saga.Database.Index);
            silo.Services.AddSingleton(saga.Database.Catalogue);
            silo.Services.AddSingleton(saga.Database.Accounts);
            silo.Services.AddSingleton<IFeed>(saga.Feed);
            silo.Services.AddSingleton<IEffectCourier>(services =>
                new DroppingCourier(services.GetRequiredService<EffectCourier>(), saga.Faults));
            silo.Services.AddCustomerServiceGrains();
            // The test decides when a round is made.
            silo.Services.Remove(silo.Services.Single(one => one.ImplementationType == typeof(SweepService)));
        });
        saga._cluster = builder.Build();
        await saga._cluster.DeployAsync();
        return saga;
    }

    public IAgentGrain Agent(string id) => Grains.GetGrain<IAgentGrain>(id);

    public IConversationGrain Conversation(string id) => Grains.GetGrain<IConversationGrain>(id);

    public IQueueGrain Queue(string id) => Grains.GetGrain<IQueueGrain>(id);

    public static Actor As(string agentId, string queueId) =>
        new(ActorKind.Agent, agentId, agentId) { Queues = [queueId] };

    public async Task AddQueue(string id, bool offers = false, string strategy = "longest-idle")
    {
        await Database.Catalogue.Save(new QueueSettings { Id = id, Name = id, Offers = offers, Strategy = strategy });
        Clock.Advance(TimeSpan.FromSeconds(6)); // Past the age of any silo's copy.
    }

    public async Task AddAgent(string id, string queueId, int capacity = 1) =>
        Assert.True(await Database.Accounts.Add(new Account
        {
            AgentId = id, Email = $"{id}@example.com", Name = id, PasswordHash = "", Roles = ["agent"],
            Queues = [queueId], Capacity = capacity,
        }));

    /// <summary>Connected from now on, and online.</summary>
    public async Task GoOnline(string agentId)
    {
        await Connect(agentId);
        Assert.Null((await Agent(agentId).SetStatus(AgentStatus.Online, null)).Refusal);
    }

    public async Task Connect(string agentId)
    {
        _present[agentId] = true;
        await Agent(agentId).Arrive("front", TimeSpan.FromSeconds(15));
    }

    public async Task Disconnect(string agentId)
    {
        _present.TryRemove(agentId, out _);
        await Agent(agentId).Leave("front");
    }

    /// <summary>The front is gone without a word.</summary>
    public void DropFront(string agentId) => _present.TryRemove(agentId, out _);

    public Task Begin(string conversationId, string queueId) => Retry(conversationId, new StartConversation(
        new Actor(ActorKind.Visitor, $"v-{conversationId}", ""), null, "demo", queueId, "en",
        ImmutableDictionary<string, string>.Empty, 0));

    /// <summary>Does what a client does: sends the same command again until it is answered with something final.
    /// </summary>
    public async Task<ConversationReceipt> Retry(string conversationId, ConversationCommand command)
    {
        ConversationReceipt? receipt = null;
        await Await.Until($"{command.GetType().Name} is answered", async () =>
        {
            try
            {
                receipt = await Conversation(conversationId).Execute(command);
            }
            catch (Exception error) when (error is TimeoutException or OrleansException)
            {
                return false;
            }
            return receipt.Refusal is not { Code: RefusalCode.Unavailable or RefusalCode.Overloaded };
        });
        return receipt!;
    }

    /// <summary>Waits until nothing is wrong. At first without moving the clock; then time passes and the sweep heals.
    /// </summary>
    /// <param name="problem">What is wrong, or null.</param>
    public async Task Settle(string what, Func<Task<string?>> problem, int secondsMax = 240)
    {
        var (polls, last) = (0, (string?)"");
        var pollsMax = secondsMax / s_tick.TotalSeconds;
        await Await.Until(what, async () =>
        {
            if ((last = await problem()) is null)
                return true;
            if (polls++ > 8)
                await Tick();
            if (polls > pollsMax)
                throw new TimeoutException($"After {secondsMax} s: {last}");
            return false;
        }, TimeSpan.FromSeconds(60), () => last ?? "");
    }

    /// <summary>Half a second passes; fronts say who is there; every silo sweeps.</summary>
    public async Task Tick()
    {
        await _ticking.WaitAsync(); // A sweeper makes one round at a time.
        try
        {
            await TickAlone();
        }
        finally
        {
            _ticking.Release();
        }
    }

    private async Task TickAlone()
    {
        Clock.Advance(s_tick);
        foreach (var agentId in _present.Keys.Order(StringComparer.Ordinal))
        {
            try
            {
                await Agent(agentId).Arrive("front", TimeSpan.FromSeconds(15));
            }
            catch (Exception)
            {
                // The front says it again soon.
            }
        }
        foreach (var silo in _cluster.Silos)
            await silo.ServiceProvider.GetRequiredService<Sweeper>().Round(CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Faults.Heal();
        // Killed, not stopped: a graceful stop waits for timers of a clock that no longer moves, until it gives up.
        foreach (var silo in _cluster.Silos.ToArray())
            await _cluster.KillSiloAsync(silo);
        await _cluster.DisposeAsync();
        _ticking.Dispose();
    }
}
