using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Agents;
using CustomerService.Grains.Streams;
using CustomerService.Support;

namespace CustomerService.Unit.Tests.Saga;

/// <summary>What an agent's actor promises beyond its rules.</summary>
[Trait("Category", "Slow")]
public sealed class AgentGrainTests : IAsyncLifetime
{
    private const string Q = "q", A = "a", C = "c";
    private SagaCluster _saga = null!;

    public async Task InitializeAsync()
    {
        _saga = await SagaCluster.Start(1);
        await _saga.AddQueue(Q);
        await _saga.AddAgent(A, Q);
    }

    public async Task DisposeAsync() => await _saga.DisposeAsync();

    private IAgentGrain Agent => _saga.Agent(A);

    [Fact]
    public async Task A_command_id_is_done_once_and_means_one_thing()
    {
        Assert.Null((await Agent.SetStatus(AgentStatus.Online, "one")).Refusal);
        Assert.Null((await Agent.SetStatus(AgentStatus.Busy, "two")).Refusal);
        var again = await Agent.SetStatus(AgentStatus.Online, "one");
        Assert.Null(again.Refusal);
        Assert.Equal(AgentStatus.Busy, again.Availability.Status); // A retry undoes nothing.
        Assert.Equal(RefusalCode.Conflict, (await Agent.SetStatus(AgentStatus.Away, "two")).Refusal!.Code);
        Assert.Equal(RefusalCode.Invalid, (await Agent.SetStatus(AgentStatus.Away, new string('x', 65))).Refusal!.Code);
    }

    [Theory]
    [InlineData("front")] // Its own calls may pass each other too.
    [InlineData("another front")]
    public async Task Who_had_gone_away_was_online_again_when_an_older_wish_arrived(string newerBy)
    {
        var older = await Order("front", 1);
        var newer = await Order(newerBy, 2);
        Assert.Null((await Agent.SetStatus(AgentStatus.Away, "newer", null, newer)).Refusal);
        var late = await Agent.SetStatus(AgentStatus.Online, "older", null, older);
        Assert.Null(late.Refusal);
        Assert.Equal(AgentStatus.Away, late.Availability.Status);

        // Its id is used up: a retry that comes later still, with a turn of its own, changes nothing either.
        var retry = await Agent.SetStatus(AgentStatus.Online, "older", null, await Order("front", 3));
        Assert.Equal((null, AgentStatus.Away), (retry.Refusal, retry.Availability.Status));
    }

    [Fact]
    public async Task A_wish_for_what_is_so_already_is_newer_all_the_same()
    {
        Assert.Null((await Agent.SetStatus(AgentStatus.Online, null, null, await Order("front", 1))).Refusal);
        var older = await Order("front", 2);
        Assert.Null((await Agent.SetStatus(AgentStatus.Online, null, null, await Order("front", 3))).Refusal);
        Assert.Equal(
            AgentStatus.Online, (await Agent.SetStatus(AgentStatus.Away, null, null, older)).Availability.Status);
    }

    [Fact]
    public async Task Another_activations_turn_is_refused()
    {
        var order = await Order("front", 1) with { Epoch = default };
        var receipt = await Agent.SetStatus(AgentStatus.Online, null, null, order);
        Assert.Equal(RefusalCode.Unavailable, receipt.Refusal!.Code);
    }

    private async Task<StatusOrder> Order(string front, long received)
    {
        var given = await Agent.Availability();
        return new StatusOrder(given.Epoch, given.StatusTurn, front, received);
    }

    [Fact]
    public async Task Back_within_grace_nothing_changed_and_after_it_is_available_again_unaided()
    {
        await _saga.GoOnline(A);
        await _saga.Begin(C, Q);
        await Settled("assigned");
        await _saga.Disconnect(A);
        for (var half = 0; half < 40; half++)
            await _saga.Tick(); // 20 of 30 seconds.
        await _saga.Connect(A);
        for (var half = 0; half < 40; half++)
            await _saga.Tick();
        Assert.Equal("assigned", (await Row()).State);
        await _saga.Disconnect(A);
        await Settled("waiting");
        Assert.False((await Agent.Availability()).MayServe);
        await _saga.Connect(A);
        await Settled("assigned");
    }

    /// <summary>An owner that another activation had overtaken went on telling queues that the agent was offline, up to
    /// half a minute long, while conversations waited.</summary>
    [Fact]
    public async Task An_overtaken_owner_told_queues_that_the_agent_was_offline()
    {
        Assert.Equal(AgentStatus.Offline, (await Agent.Availability()).Status);
        var journal = _saga.Database.Journal;
        var stream = StreamNames.Agent(A);
        var online = new StatusSet(AgentStatus.Online) { At = new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero) };
        await journal.Append(new Storage.Journal.Append(
            stream, (await journal.Heads([stream]))[0].Version,
            [EventCodec<AgentEvent>.Instance.Encode(new NewFact<AgentEvent>(online))]));
        // Its queue asks as well, so either of the two calls meets the overtaken owner, who gives no answer.
        AgentAvailability? answer = null;
        await Await.Until("an owner answers", async () =>
        {
            try
            {
                answer = await Agent.Availability();
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                answer = null;
            }
            return answer is not null;
        });
        Assert.Equal(AgentStatus.Online, answer!.Status);
    }

    /// <summary>Another activation had reserved a place; this one knew nothing of it, called the release done, and the
    /// place was lost for good.</summary>
    [Fact]
    public async Task An_overtaken_owner_called_a_release_done_that_it_knew_nothing_of()
    {
        await _saga.GoOnline(A);
        var journal = _saga.Database.Journal;
        var stream = StreamNames.Agent(A);
        var reserved = new Reserved("r-elsewhere", "c-elsewhere", false)
        {
            At = new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero),
        };
        await journal.Append(new Storage.Journal.Append(
            stream, (await journal.Heads([stream]))[0].Version,
            [EventCodec<AgentEvent>.Instance.Encode(new NewFact<AgentEvent>(reserved))]));
        // What owes the release repeats it until it is acknowledged.
        await Await.Until("the release is acknowledged", async () =>
        {
            try
            {
                await Agent.Release("r-elsewhere", null);
                return true;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                return false;
            }
        });
        Assert.Equal(0, (await Agent.Availability()).Load);
        var last = (await journal.Read(stream, 0, 100))[^1];
        Assert.IsType<ReservationReleased>(EventCodec<AgentEvent>.Instance.Decode(last));
    }

    [Fact]
    public async Task A_front_that_dies_says_nothing_and_is_noticed_all_the_same()
    {
        await _saga.GoOnline(A);
        await _saga.Begin(C, Q);
        await Settled("assigned");
        _saga.DropFront(A);
        await Settled("waiting");
    }

    [Fact]
    public async Task A_disabled_account_gives_back_everything_and_gets_nothing()
    {
        await _saga.GoOnline(A);
        await _saga.Begin(C, Q);
        await Settled("assigned");
        var account = (await _saga.Database.Accounts.Find(A))!;
        Assert.True(await _saga.Database.Accounts.Replace(account with { Disabled = true }));
        await Agent.AccountChanged();
        await Settled("waiting");
        Assert.Equal(RefusalCode.Forbidden, (await Agent.Arrive("front", TimeSpan.FromSeconds(15))).Refusal!.Code);
        Assert.Equal(RefusalCode.Forbidden, (await Agent.SetStatus(AgentStatus.Online, null)).Refusal!.Code);
    }

    [Fact]
    public async Task A_moved_account_leaves_its_old_queue_and_serves_the_new_one()
    {
        await _saga.AddQueue("other");
        await _saga.GoOnline(A);
        await _saga.Settle("known", async () => (await _saga.Queue(Q).Overview()).Members.Length == 1 ? null : "not yet");
        var account = (await _saga.Database.Accounts.Find(A))!;
        Assert.True(await _saga.Database.Accounts.Replace(account with { Queues = ["other"], Capacity = 2 }));
        await Agent.AccountChanged();
        await _saga.Settle("moved", async () =>
            (await _saga.Queue(Q).Overview()).Members.Length == 0
            && (await _saga.Queue("other").Overview()).Members is [{ Capacity: 2 }] ? null : "not yet");
    }

    [Fact]
    public async Task The_inbox_version_counts_changes_and_fronts_are_told()
    {
        Assert.Equal(0, await Agent.InboxVersion());
        await _saga.GoOnline(A);
        await _saga.Begin(C, Q);
        await Settled("assigned");
        Assert.Equal(1, await Agent.InboxVersion());
        await _saga.Retry(C, new CloseConversation(SagaCluster.As(A, Q), "close", null));
        await Settled("closed");
        Assert.Equal(2, await Agent.InboxVersion());
        Assert.True(_saga.Feed.Sent >= 2);
    }

    [Fact]
    public async Task Another_owner_of_the_stream_is_noticed_and_capacity_holds()
    {
        await _saga.GoOnline(A);
        // Another activation, somewhere else, gives the only place away.
        var stream = StreamNames.Agent(A);
        var head = (await _saga.Database.Journal.Heads([stream]))[0].Version;
        var fact = new NewFact<AgentEvent>(new Reserved("theirs", "elsewhere", false) { At = _saga.Clock.GetUtcNow() });
        await _saga.Database.Journal.Append(new(stream, head, [EventCodec<AgentEvent>.Instance.Encode(fact)]));
        Assert.Equal(RefusalCode.Unavailable, (await Agent.Reserve("ours", C, false)).Refusal!.Code);
        await _saga.Settle("the truth is read", async () =>
            (await Agent.Availability()).Load == 1 ? null : "not yet");
        await _saga.Connect(A);
        Assert.Equal(RefusalCode.Conflict, (await Agent.Reserve("ours", C, false)).Refusal!.Code);
    }

    private async Task<Storage.Conversations.ConversationRow> Row() => (await _saga.Database.Index.Find(C))!;

    private Task Settled(string state) => _saga.Settle($"{C} is {state}", async () =>
        await new SagaAudit(_saga).Healed(Q, [A], [C], 1)
        ?? ((await Row()).State == state ? null : $"It is {(await Row()).State}."));
}
