using CustomerService.Agents;
using CustomerService.Conversations;
using Xunit.Abstractions;

namespace CustomerService.Unit.Tests.Saga;

/// <summary>Many things at once, with and without faults, then a recount.</summary>
[Trait("Category", "Slow")]
public sealed class InterleavingTests(ITestOutputHelper output)
{
    private const string Q = "busy";
    private const int Capacity = 3;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    public async Task Any_interleaving_with_faults_ends_consistent(short silos, int seed)
    {
        output.WriteLine($"silos {silos}, seed {seed}");
        await using var saga = await SagaCluster.Start(silos);
        var audit = new SagaAudit(saga);
        string[] agents = [.. Enumerable.Range(0, 20).Select(i => $"a{i:D2}")];
        string[] conversations = [.. Enumerable.Range(0, 200).Select(i => $"c{i:D3}")];
        await saga.AddQueue(Q, offers: seed % 2 == 0);
        foreach (var agent in agents)
            await saga.AddAgent(agent, Q, Capacity);
        foreach (var agent in agents)
            await saga.GoOnline(agent);

        var random = new Random(seed);
        var faults = new Random(seed + 1_000);
        saga.Faults.ArmAlways(step => Strike(faults, step));
        var begun = 0;
        var going = new List<Task>();
        for (var step = 0; step < 900; step++)
        {
            var agent = agents[random.Next(agents.Length)];
            var conversation = begun == 0 ? null : conversations[random.Next(begun)];
            var other = agents[random.Next(agents.Length)];
            going.Add(Ignore(random.Next(12) switch
            {
                <= 3 when begun < conversations.Length => saga.Begin(conversations[begun++], Q),
                4 => Set(saga, agent, (AgentStatus)random.Next(4)),
                5 => Set(saga, agent, AgentStatus.Online),
                6 => random.Next(3) == 0 ? saga.Disconnect(agent) : saga.Connect(agent),
                7 when conversation is not null => saga.Conversation(conversation).Execute(
                    new CloseConversation(Supervisor(agent), $"close-{step}", null)),
                8 when conversation is not null => Holder(saga, conversation, async holder =>
                    await saga.Conversation(conversation).Execute(new DeclineConversation(holder, $"decline-{step}"))),
                9 when conversation is not null => saga.Conversation(conversation).Execute(
                    new TransferConversation(Supervisor(agent), $"transfer-{step}", null, other, null)),
                10 when conversation is not null => saga.Conversation(conversation).Execute(
                    new AcceptConversation(SagaCluster.As(agent, Q), $"accept-{step}")),
                11 when conversation is not null => Holder(saga, conversation, async holder =>
                    await saga.Conversation(conversation).Execute(new AcceptConversation(holder, $"accept-{step}"))),
                _ => saga.Tick(),
            }));
            if (going.Count == 12)
            {
                await Task.WhenAll(going);
                going.Clear();
                if (step % 5 == 0)
                    await saga.Tick();
            }
        }
        await Task.WhenAll(going);
        while (begun < conversations.Length)
            await Ignore(saga.Begin(conversations[begun++], Q));
        saga.Faults.Heal();
        output.WriteLine($"{saga.Faults.Struck} faults");
        Assert.True(saga.Faults.Struck > 50, $"Only {saga.Faults.Struck} faults struck.");
        Assert.Null(await audit.Safety(agents, conversations, Capacity));

        foreach (var id in conversations)
            await saga.Begin(id, Q); // A begin that never arrived; otherwise a repetition.
        foreach (var agent in agents)
            await saga.GoOnline(agent);
        // Offers lapse and are made again for ever, so the recount waits for a moment between two.
        await saga.Settle("healed", () => audit.Healed(Q, agents, conversations, Capacity), 400);

        foreach (var id in conversations)
            Assert.Null((await saga.Retry(id, new CloseConversation(Supervisor("boss"), "end", null))).Refusal);
        await saga.Settle("empty", async () =>
            await audit.Healed(Q, agents, conversations, Capacity)
            ?? (await Loads(saga, agents) is 0 and var none ? null : "Somebody has load."), 400);
    }

    [Fact]
    public async Task Two_hundred_who_pick_the_same_have_one_winner()
    {
        await using var saga = await SagaCluster.Start(1);
        await saga.AddQueue(Q);
        string[] agents = [.. Enumerable.Range(0, 200).Select(i => $"a{i:D3}")];
        foreach (var agent in agents)
        {
            await saga.AddAgent(agent, Q);
            await saga.Connect(agent);
            await saga.Agent(agent).SetStatus(AgentStatus.Busy, null);
        }
        await saga.Begin("c", Q);
        var receipts = await Task.WhenAll(agents.Select(agent =>
            saga.Conversation("c").Execute(new AcceptConversation(SagaCluster.As(agent, Q), $"pick-{agent}"))));
        Assert.Single(receipts, receipt => receipt.Refusal is null);
        Assert.Equal(199, receipts.Count(receipt => receipt.Refusal?.Code == RefusalCode.Conflict));
        await saga.Settle("consistent", () => new SagaAudit(saga).Healed(Q, agents, ["c"], 1));
        Assert.Equal(1, await Loads(saga, agents));
    }

    [Fact]
    public async Task One_agent_serves_strictly_in_the_order_of_waiting()
    {
        await using var saga = await SagaCluster.Start(1);
        var audit = new SagaAudit(saga);
        await saga.AddQueue(Q);
        await saga.AddAgent("a", Q);
        string[] conversations = [.. Enumerable.Range(0, 40).Select(i => $"c{39 - i:D2}")];
        foreach (var id in conversations)
        {
            await saga.Begin(id, Q);
            saga.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }
        await saga.GoOnline("a");
        foreach (var id in conversations)
        {
            await saga.Settle($"{id} is assigned", async () => (await audit.Row(id)).State == "assigned" ? null : id);
            await saga.Retry(id, new CloseConversation(Supervisor("boss"), "end", null));
        }
        Assert.Equal(conversations, await audit.FirstAssignments(conversations));
    }

    [Fact]
    public async Task Many_agents_overtake_nobody_by_more_than_what_is_under_way()
    {
        await using var saga = await SagaCluster.Start(2);
        var audit = new SagaAudit(saga);
        await saga.AddQueue(Q);
        string[] agents = [.. Enumerable.Range(0, 30).Select(i => $"a{i:D2}")];
        foreach (var agent in agents)
            await saga.AddAgent(agent, Q, Capacity);
        string[] conversations = [.. Enumerable.Range(0, 120).Select(i => $"c{i:D3}")];
        foreach (var id in conversations)
        {
            await saga.Begin(id, Q);
            saga.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }
        await Task.WhenAll(agents.Select(saga.GoOnline));
        await saga.Settle("all places are taken", async () =>
            await audit.Healed(Q, agents, conversations, Capacity)
            ?? (await Loads(saga, agents) is 90 ? null : "There are free places."));
        // The places went to exactly those who waited longest.
        var served = await audit.FirstAssignments(conversations);
        Assert.Equal(conversations[..90], served.Order(StringComparer.Ordinal));
        var positions = await saga.Queue(Q).Positions([.. conversations[90..]]);
        Assert.Equal(Enumerable.Range(1, 30), positions.Select(place => place!.Position));
        foreach (var id in conversations[..90])
            await saga.Retry(id, new CloseConversation(Supervisor("boss"), "end", null));
        await saga.Settle("the rest is served", async () =>
            await audit.Healed(Q, agents, conversations, Capacity)
            ?? (await Loads(saga, agents) is 30 ? null : "Somebody still waits."));
    }

    private static Actor Supervisor(string id) => new(ActorKind.Agent, id, id) { IsSupervisor = true, Queues = [Q] };

    /// <summary>Grain calls and appends fail now and then, in every way.</summary>
    private static Fault? Strike(Random random, string step)
    {
        int dice;
        lock (random)
            dice = random.Next(1_000);
        if (step.StartsWith(nameof(Fault.NotStored), StringComparison.Ordinal))
            return dice < 15 ? Fault.NotStored : null;
        if (step.StartsWith(nameof(Fault.StoredUnknown), StringComparison.Ordinal))
            return dice < 15 ? Fault.StoredUnknown : null;
        return dice switch { < 10 => Fault.CallLost, < 20 => Fault.AnswerLost, < 35 => Fault.Crash, _ => null };
    }

    private static async Task Set(SagaCluster saga, string agent, AgentStatus status) =>
        await saga.Agent(agent).SetStatus(status, null);

    private static async Task Holder(SagaCluster saga, string conversation, Func<Actor, Task> act)
    {
        if (await saga.Database.Index.Find(conversation) is { AgentId: { } holder })
            await act(SagaCluster.As(holder, Q));
    }

    private static async Task<int> Loads(SagaCluster saga, IEnumerable<string> agents)
    {
        var load = 0;
        foreach (var agent in agents)
            load += (await saga.Agent(agent).Availability()).Load;
        return load;
    }

    /// <summary>A call that fails under faults fails.</summary>
    private static async Task Ignore(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception error) when (error is TimeoutException or OrleansException or OperationCanceledException
            or Storage.Journal.JournalUnavailableException)
        {
            // Its outcome is what the recount is about.
        }
    }
}
