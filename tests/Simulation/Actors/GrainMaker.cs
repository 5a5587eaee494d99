using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains;
using CustomerService.Grains.Agents;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Feed;
using CustomerService.Grains.Queues;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Sweep;
using CustomerService.Grains.Visitors;
using CustomerService.Queues;
using CustomerService.Simulation.Engine;
using CustomerService.Simulation.Storage;
using CustomerService.Storage.Accounts;
using CustomerService.Visitors;
using Microsoft.Extensions.Logging.Abstractions;

namespace CustomerService.Simulation.Actors;

/// <summary>The services of one silo and the constructors of the product's grains. A grain class that is not listed here
/// is not simulated: a test compares the list with the contracts.</summary>
internal sealed class GrainMaker : IGrainMaker
{
    private readonly SimStore _store;
    private readonly Cluster _cluster;
    private readonly IFeed _feed;
    private readonly IAccounts _accounts;
    private readonly TimeProvider _clock;
    private readonly IIdSource _ids;
    private readonly CatalogueCache _catalogue;
    private readonly EffectCourier _courier;

    public GrainMaker(Cluster cluster, SimStore store, IFeed feed, IAccounts accounts, TimeProvider clock)
    {
        (_cluster, _store, _feed, _accounts, _clock) = (cluster, store, feed, accounts, clock);
        _ids = new SeededIds(cluster.World.Chance);
        _catalogue = new CatalogueCache(store.Database.Catalogue, clock);
        _courier = new EffectCourier(cluster.Grains, store.Outbox, NullLogger<EffectCourier>.Instance);
        Sweeper = new Sweeper(store.Database.Deadlines, store.Outbox, store.Index, _catalogue, _courier, cluster.Grains, _ids,
            clock, NullLogger<Sweeper>.Instance);
    }

    public Sweeper Sweeper { get; }

    public Grain Make(Type contract, string key, Activation activation)
    {
        if (contract == typeof(IConversationGrain))
        {
            return new ConversationGrain(
                Snapshot<Conversation>("conversation", activation), _store.Journal, _store.Database.Deadlines, _store.Index,
                _catalogue, _courier, _feed, _cluster.Grains, _ids, _clock, NullLogger<ConversationGrain>.Instance);
        }
        if (contract == typeof(IAgentGrain))
        {
            return new AgentGrain(
                Snapshot<Grains.Agents.Agent>("agent", activation), _store.Journal, _store.Database.Deadlines, _accounts,
                _catalogue, _courier, _feed, _cluster.Grains, _ids, _clock, NullLogger<AgentGrain>.Instance);
        }
        if (contract == typeof(IQueueGrain))
        {
            return new QueueGrain(
                _store.Index, _accounts, _catalogue, _cluster.Grains, _ids, _clock, NullLogger<QueueGrain>.Instance);
        }
        if (contract == typeof(IVisitorGrain))
        {
            return new VisitorGrain(
                Snapshot<Visitor>("visitor", activation), _store.Journal, _store.Outbox, _courier, _catalogue,
                _cluster.Grains, _clock, NullLogger<VisitorGrain>.Instance);
        }
        if (contract == typeof(IConversationHistoryGrain))
        {
            return new ConversationHistoryGrain(
                _store.Journal, _store.Index, _catalogue, _cluster.Grains, NullLogger<ConversationHistoryGrain>.Instance);
        }
        throw new SimulationException($"The simulation does not know how to make {contract}.");
    }

    private SimSnapshot<Snapshot<TState>> Snapshot<TState>(string name, Activation activation) =>
        new(_store, name, activation);

    private sealed class SeededIds(Prng chance) : IIdSource
    {
        public string Next()
        {
            Span<byte> bytes = stackalloc byte[24];
            for (var i = 0; i < 24; i += 8)
                BitConverter.TryWriteBytes(bytes[i..], chance.Next());
            return DerivedId.Encode(bytes);
        }
    }
}
