using System.Text.Json;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Faults.Stands;

namespace CustomerService.Faults.Clients;

/// <summary>An agent's console: follows what it is given and answers each visitor's message with a short one.</summary>
internal sealed class AgentClient(RunHistory history, string name, string agentId, Uri server, string token)
    : LiveClient(history, name)
{
    /// <summary>How long after its "online" was answered every queue certainly counts on it: its front tells the agent's
    /// actor that it is there, and that one tells its queues.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _answering = new(1);
    private readonly Lock _standing = new();
    private bool _available;
    private int _connection;

    private volatile bool _silent;

    /// <summary>Says nothing more: what it has not answered by now stays unanswered.</summary>
    public void FallSilent() => _silent = true;

    /// <summary>Its bearer.</summary>
    public string Token => token;

    /// <summary>Whose console it is.</summary>
    public string AgentId => agentId;

    protected override string Hub => "agent";
    protected override string ResumeMethod => "Subscribe";

    /// <summary>Introduces it to the history.</summary>
    public AgentClient Register(int capacity)
    {
        History.Add(new HistoryLine
        {
            Kind = LineKinds.Client, Client = Name, Actor = "agent:" + agentId, Audience = "agents", Queues = ["default"],
        });
        History.Add(new HistoryLine { Kind = LineKinds.Capacity, Agent = agentId, Capacity = capacity });
        return this;
    }

    protected override Task<(Uri Server, string Token)> Enter(CancellationToken cancellationToken) =>
        Task.FromResult((server, token));

    protected override void Joined()
    {
        int connection;
        lock (_standing)
            connection = ++_connection;
        _ = Quietly(async () =>
        {
            await Durably("SetStatus", new { status = "online", commandId = Guid.NewGuid().ToString("N") }, null);
            _ = Quietly(() => Settle(connection));
            // Pushes of the time without a line are lost: what it holds by now is asked for.
            var inbox = await Durably("Inbox", null, null);
            foreach (var line in inbox.GetProperty("conversations").EnumerateArray())
                Follow(line.GetProperty("conversationId").GetString()!);
        });
    }

    protected override void Disconnected()
    {
        lock (_standing)
        {
            _connection++;
            if (!_available)
                return;
            _available = false;
            History.Add(new HistoryLine { Kind = LineKinds.Unavailable, Agent = agentId });
        }
    }

    private async Task Settle(int connection)
    {
        await Task.Delay(Settled, End);
        lock (_standing)
        {
            if (connection != _connection || _available)
                return;
            _available = true;
            History.Add(new HistoryLine { Kind = LineKinds.Available, Agent = agentId, Queues = ["default"] });
        }
    }

    protected override void Pushed(string target, JsonElement arguments)
    {
        if (target == "InboxChanged" && arguments[0].GetProperty("conversation") is { ValueKind: JsonValueKind.Object } line)
        {
            var id = line.GetProperty("conversationId").GetString()!;
            if (arguments[0].GetProperty("change").GetString() == "removed")
                Forget(id);
            else
                Follow(id);
        }
    }

    protected override void Applied(string conversation, IReadOnlyList<EventView> events)
    {
        base.Applied(conversation, events);
        if (events.Count > 0)
            _ = Quietly(() => Tell("MarkRead", new { conversationId = conversation, upTo = events[^1].Sequence }));
        var last = events.LastOrDefault(view => view is { Type: "messagePosted", Author.Kind: "visitor" });
        if (last?.Text is { } text)
            _ = Quietly(() => Answer(conversation, text));
    }

    private async Task Answer(string conversation, string text)
    {
        await _answering.WaitAsync(End);
        try
        {
            if (_silent)
                return;
            var id = Guid.NewGuid().ToString("N");
            var content = "re " + text;
            await Durably(
                "SendMessage", new { conversationId = conversation, clientMessageId = id, text = content },
                new HistoryLine { Do = "send", Id = id, Content = content, Conversation = conversation });
        }
        finally
        {
            _answering.Release();
        }
    }

    /// <summary>Taken away or closed in between, or the run is over: neither is a fault.</summary>
    private static async Task Quietly(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception error) when (error is RefusedException or OperationCanceledException)
        {
        }
    }
}
