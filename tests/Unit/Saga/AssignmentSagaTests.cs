using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Storage.Conversations;

namespace CustomerService.Unit.Tests.Saga;

/// <summary>
/// A crash between every two steps of everything that moves a conversation: in the end it is where it belongs, and
/// nobody keeps a place for nothing.
/// </summary>
[Trait("Category", "Slow")]
public sealed class AssignmentSagaTests(AssignmentSagaTests.TwoSilos two) : IClassFixture<AssignmentSagaTests.TwoSilos>
{
    private static int s_cases;

    private readonly SagaCluster _saga = two.Saga;
    private readonly SagaAudit _audit = new(two.Saga);
    private readonly string _q = $"q{Interlocked.Increment(ref s_cases)}";

    private string A => $"{_q}-a";

    private string B => $"{_q}-b";

    private string C => $"{_q}-c";

    public sealed class TwoSilos : IAsyncLifetime
    {
        public SagaCluster Saga { get; private set; } = null!;

        public async Task InitializeAsync() => Saga = await SagaCluster.Start(2);

        public async Task DisposeAsync() => await Saga.DisposeAsync();
    }

    public static TheoryData<string, string, Fault> Cases
    {
        get
        {
            (string Saga, string[] Steps)[] sagas =
            [
                ("assign", ["ConversationChanged", "Reserve", "Execute AssignConversation", "Confirm"]),
                ("offer accepted", ["Execute AssignConversation", "Confirm", "Execute AcceptConversation"]),
                ("offer declined", ["Execute DeclineConversation", "Release", "Reserve", "ConversationChanged"]),
                ("picked by hand", ["Execute AcceptConversation", "Reserve", "Confirm", "ConversationChanged"]),
                ("transferred to agent", ["Execute TransferConversation", "Reserve", "Confirm", "Release"]),
                ("transferred to queue", ["Execute TransferConversation", "ConversationChanged", "Release"]),
                ("given back", ["SetStatus", "Execute ReleaseConversation", "Release", "ConversationChanged"]),
                ("agent gone", ["Execute ReleaseConversation", "Release", "CheckDeadlines", "ConversationChanged"]),
                ("closed", ["Execute CloseConversation", "Release", "Reserve", "Execute AssignConversation"]),
            ];
            var data = new TheoryData<string, string, Fault>();
            foreach (var (saga, steps) in sagas)
            {
                foreach (var step in steps)
                {
                    foreach (var fault in Enum.GetValues<Fault>())
                    {
                        // A queue stores nothing.
                        if (step != "ConversationChanged" || fault is not (Fault.NotStored or Fault.StoredUnknown))
                            data.Add(saga, step, fault);
                    }
                }
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task A_crash_at_any_step_is_healed(string saga, string step, Fault fault)
    {
        await Prepare(saga);
        _saga.Faults.Arm(step, fault);
        await Run(saga);
        await Expect(saga);
        _saga.Faults.Heal();
    }

    [Theory]
    [InlineData("assign")]
    [InlineData("offer accepted")]
    [InlineData("offer declined")]
    [InlineData("picked by hand")]
    [InlineData("transferred to agent")]
    [InlineData("transferred to queue")]
    [InlineData("given back")]
    [InlineData("agent gone")]
    [InlineData("closed")]
    public async Task Deliveries_that_die_with_the_process_are_made_by_the_sweep(string saga)
    {
        await Prepare(saga);
        _saga.Faults.DropsDeliveries = true;
        await Run(saga);
        await Expect(saga);
        _saga.Faults.Heal();
    }

    private async Task Prepare(string saga)
    {
        await _saga.AddQueue(_q, offers: saga.StartsWith("offer", StringComparison.Ordinal));
        await _saga.AddAgent(A, _q);
        await _saga.AddAgent(B, _q);
        if (saga is "assign" or "picked by hand")
        {
            if (saga == "picked by hand")
            {
                await _saga.Connect(A);
                await _saga.Agent(A).SetStatus(AgentStatus.Busy, null);
                await _saga.Begin(C, _q);
                await Settled("waiting", null);
            }
            return;
        }
        await _saga.GoOnline(A);
        await _saga.Begin(C, _q);
        await Settled(saga.StartsWith("offer", StringComparison.Ordinal) ? "offered" : "assigned", A);
        if (saga != "closed")
            await _saga.GoOnline(B);
    }

    private async Task Run(string saga)
    {
        switch (saga)
        {
            case "assign":
                await _saga.Begin(C, _q);
                await _saga.Connect(A);
                await SetStatus(A, AgentStatus.Online);
                break;
            case "offer accepted":
                await _saga.Retry(C, new AcceptConversation(SagaCluster.As(A, _q), "accept"));
                break;
            case "offer declined":
                await _saga.Retry(C, new DeclineConversation(SagaCluster.As(A, _q), "decline"));
                break;
            case "picked by hand":
                Assert.Null((await _saga.Retry(C, new AcceptConversation(SagaCluster.As(A, _q), "pick"))).Refusal);
                break;
            case "transferred to agent":
                Assert.Null((await _saga.Retry(
                    C, new TransferConversation(SagaCluster.As(A, _q), "transfer", null, B, "please"))).Refusal);
                break;
            case "transferred to queue":
                await _saga.AddQueue($"{_q}-2");
                await _saga.AddAgent($"{_q}-2-x", $"{_q}-2");
                await _saga.GoOnline($"{_q}-2-x");
                Assert.Null((await _saga.Retry(
                    C, new TransferConversation(SagaCluster.As(A, _q), "transfer", $"{_q}-2", null, null))).Refusal);
                break;
            case "given back":
                await SetStatus(A, AgentStatus.Offline);
                break;
            case "agent gone":
                await _saga.Disconnect(A);
                break;
            case "closed":
                await _saga.Begin($"{C}2", _q); // Waits for the place that becomes free.
                Assert.Null((await _saga.Retry(C, new CloseConversation(SagaCluster.As(A, _q), "close", null))).Refusal);
                break;
        }
    }

    private Task Expect(string saga) => saga switch
    {
        "offer declined" => Settled("offered", B),
        "transferred to agent" or "given back" or "agent gone" => Settled("assigned", B),
        "transferred to queue" => Settled("assigned", $"{_q}-2-x"),
        "closed" => Closed(),
        _ => Settled("assigned", A),
    };

    /// <summary>Everything is consistent, and the conversation is there.</summary>
    private Task Settled(string state, string? agentId) => _saga.Settle($"{C} is {state}", async () =>
    {
        var agents = agentId?.EndsWith("-x", StringComparison.Ordinal) == true ? new[] { A, B, agentId } : [A, B];
        var row = await _saga.Database.Index.Find(C);
        var queue = agents.Length == 3 ? $"{_q}-2" : _q;
        return await _audit.Healed(queue, agents, [C], 1)
            ?? (row!.State == state && (agentId is null || row.AgentId == agentId || IsAny(row))
                ? null
                : $"{C} is {row.State} at {row.AgentId}.");

        // Where both could have it and an offer lapsed on the way, either is right.
        bool IsAny(ConversationRow found) => state == "offered" && agentId == B && found.AgentId == A;
    });

    private Task Closed() => _saga.Settle("closed", async () =>
        await _audit.Healed(_q, [A, B], [C, $"{C}2"], 1)
        ?? ((await _audit.Row(C)).State == "closed" && (await _audit.Row($"{C}2")) is { State: "assigned" } next
            && next.AgentId == A
            ? null
            : $"{C} is {(await _audit.Row(C)).State}, {C}2 is {(await _audit.Row($"{C}2")).State}."));

    private Task SetStatus(string agentId, AgentStatus status) => _saga.Settle($"{agentId} is {status}", async () =>
    {
        try
        {
            return (await _saga.Agent(agentId).SetStatus(status, $"{status}")).Refusal?.Message;
        }
        catch (TimeoutException error)
        {
            return error.Message;
        }
    });
}
