using System.Collections.Concurrent;
using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Grains;
using CustomerService.Grains.Feed;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Support.MemoryStorage;
using CustomerService.Visitors;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace CustomerService.Unit.Tests.InSilo;

/// <summary>One silo in this process with the real grains over storage in memory.</summary>
public sealed class OneSilo : IAsyncLifetime
{
    public const string Site = "demo";
    private InProcessTestCluster _cluster = null!;

    public MemoryDatabase Database { get; } = new();
    public RecordingFeed Feed { get; } = new();
    public IGrainFactory Grains => _cluster.Client;

    public async Task InitializeAsync()
    {
        // Before the silo starts: it keeps a copy of its own.
        foreach (var queue in (string[])["race", "life", "second", "final", "offers", "quiet"])
        {
            await Database.Catalogue.Save(new QueueSettings
            {
                Id = queue, Name = queue, ReopenSeconds = queue == "final" ? 0 : 86_400, Offers = queue == "offers",
                OfferSeconds = 600,
            });
            await Database.Catalogue.Save(new SiteSettings { Key = queue, Name = queue, QueueId = queue });
        }
        await Database.Catalogue.Save(new SiteSettings { Key = Site, Name = "Demo", UnsentText = true });
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage(StreamNames.SnapshotStorage);
            silo.Services.AddSingleton(Database.Journal);
            silo.Services.AddSingleton(Database.Outbox);
            silo.Services.AddSingleton(Database.Deadlines);
            silo.Services.AddSingleton(Database.Index);
            silo.Services.AddSingleton(Database.Catalogue);
            silo.Services.AddSingleton(Database.Accounts);
            silo.Services.AddSingleton<IFeed>(Feed);
            silo.Services.AddCustomerServiceGrains();
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async Task DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }

    public Task Deactivate(IAddressable grain) => _cluster.DeactivateAsync(grain);

    public IConversationGrain Conversation(string id) => Grains.GetGrain<IConversationGrain>(id);

    public IVisitorGrain Visitor(string id) => Grains.GetGrain<IVisitorGrain>($"{Site}/{id}");

    public IConversationHistoryGrain History => Grains.GetGrain<IConversationHistoryGrain>(0);

    public static Actor VisitorActor(string id) => new(ActorKind.Visitor, id, "");

    public Task<StartReceipt> Start(string visitorId, string clientId, string? messageId = null, string? text = null) =>
        Visitor(visitorId).StartConversation(new StartRequest(
            VisitorActor(visitorId), clientId, "zh-CN", ImmutableDictionary<string, string>.Empty, messageId, text));

    /// <summary>An agent of the queue, connected, with that status.</summary>
    public async Task<Actor> Agent(string id, AgentStatus status, params ImmutableArray<string> queues)
    {
        await Database.Accounts.Add(new Account
        {
            AgentId = id, Email = id + "@example.com", Name = id, PasswordHash = "", Roles = ["agent"], Queues = queues,
        });
        var agent = Grains.GetGrain<IAgentGrain>(id);
        await agent.Arrive("front-of-" + id, TimeSpan.FromMinutes(5));
        Assert.Null((await agent.SetStatus(status, null)).Refusal);
        return new Actor(ActorKind.Agent, id, id) { Queues = queues };
    }
}

/// <summary>Keeps what was sent.</summary>
public sealed class RecordingFeed : IFeed
{
    private readonly ConcurrentQueue<(string FrontId, FeedEnvelope Envelope)> _sent = new();

    public void Send(string frontId, FeedEnvelope envelope) => _sent.Enqueue((frontId, envelope));

    public IEnumerable<EventsEnvelope> Events(string frontId) =>
        _sent.Where(sent => sent.FrontId == frontId).Select(sent => sent.Envelope).OfType<EventsEnvelope>();

    public IEnumerable<SignalEnvelope> Signals(string frontId) =>
        _sent.Where(sent => sent.FrontId == frontId).Select(sent => sent.Envelope).OfType<SignalEnvelope>();
}
