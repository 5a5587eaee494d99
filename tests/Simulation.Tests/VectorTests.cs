using System.Collections.Immutable;
using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Simulation.Clients;

namespace CustomerService.Simulation.Tests;

/// <summary>The twin of the web client's state machines answers the same vectors as the web client.</summary>
public sealed class VectorTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static JsonElement Read(string name) => JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", name))).RootElement.GetProperty("cases");

    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var file in new[] { "log.json", "outbox.json", "inbox.json" })
        {
            foreach (var one in Read(file).EnumerateArray())
                data.Add(file, one.GetProperty("name").GetString()!);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_twin_agrees(string file, string name)
    {
        var steps = Read(file).EnumerateArray().Single(one => one.GetProperty("name").GetString() == name).GetProperty("steps");
        var log = new ClientLog();
        var lane = new OutboxLane();
        var inbox = new ClientInbox();
        var index = 0;
        foreach (var step in steps.EnumerateArray())
        {
            var input = step.GetProperty("input");
            var effects = file switch
            {
                "log.json" => Log(log, input),
                "outbox.json" => Lane(lane, input),
                _ => Inbox(inbox, input),
            };
            var expected = step.GetProperty("effects").EnumerateArray().Select(Canonical).ToList();
            Assert.True(expected.SequenceEqual(effects), $"step {index}: wanted {string.Join(" ", expected)}, got {string.Join(" ", effects)}");
            foreach (var part in step.GetProperty("state").EnumerateObject())
            {
                var actual = JsonSerializer.SerializeToElement(file switch
                {
                    "log.json" => State(log, part.Name),
                    "outbox.json" => State(lane, part.Name),
                    _ => State(inbox, part.Name),
                });
                Assert.True(Canonical(part.Value) == Canonical(actual), $"step {index}: {part.Name} should be {part.Value}, is {actual}");
            }
            index++;
        }
    }

    private static string Canonical(JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? "{" + string.Join(",", element.EnumerateObject().OrderBy(part => part.Name, StringComparer.Ordinal).Select(part => $"{part.Name}:{Canonical(part.Value)}")) + "}"
        : element.ValueKind == JsonValueKind.Array ? "[" + string.Join(",", element.EnumerateArray().Select(Canonical)) + "]" : element.GetRawText();

    private static string Canonical(object effect) => Canonical(JsonSerializer.SerializeToElement(effect));

    private static List<string> Log(ClientLog log, JsonElement input)
    {
        ImmutableArray<EventView> Events() => [.. input.GetProperty("events").Deserialize<EventView[]>(Json)!];
        long Head() => input.GetProperty("head").GetInt64();
        List<LogEffect> effects = [];
        switch (input.GetProperty("type").GetString())
        {
            case "connected":
                effects = log.Connect();
                break;
            case "disconnected":
                log.Disconnect();
                break;
            case "events":
                effects = log.Heard(Events(), Head());
                break;
            case "head":
                effects = log.HeardHead(Head());
                break;
            case "resumed":
                effects = log.Resumed(input.GetProperty("recovered").GetBoolean(), Events(), Head());
                break;
            case "resumeFailed":
                log.ResumeFailed();
                break;
            case "check":
                effects = log.Check();
                break;
            case "page":
                log.Page(Events());
                break;
            case var other:
                throw new InvalidOperationException($"Unknown input {other}.");
        }
        return [.. effects.Select(effect => effect switch
        {
            LogResume { Delayed: true } resume => Canonical(new { type = "resume", after = resume.After, delayed = true }),
            LogResume resume => Canonical(new { type = "resume", after = resume.After }),
            LogApplied applied => Canonical(new { type = "applied", sequences = applied.Events.Select(view => view.Sequence) }),
            _ => Canonical(new { type = "replaced" }),
        })];
    }

    private static List<string> Lane(OutboxLane lane, JsonElement input)
    {
        string Id() => input.GetProperty("id").GetString()!;
        List<LaneEffect> effects = [];
        switch (input.GetProperty("type").GetString())
        {
            case "enqueue":
                effects = lane.Enqueue(Item(input.GetProperty("item")));
                break;
            case "adopt":
                effects = lane.Adopt(
                    [.. input.GetProperty("items").EnumerateArray().Select(Item)],
                    [.. input.GetProperty("failed").EnumerateArray().Select(one => (Item(one.GetProperty("item")), Code(one.GetProperty("error"))))]);
                break;
            case "ready":
                effects = lane.BeReady();
                break;
            case "disconnected":
                lane.Disconnect();
                break;
            case "acked":
                effects = lane.Acked(Id(), input.TryGetProperty("conversationId", out var id) ? id.GetString() : null);
                break;
            case "refused":
                var error = input.GetProperty("error");
                effects = lane.Refused(Id(), Code(error), error.TryGetProperty("retryAfterMs", out var after) ? after.GetInt32() : null);
                break;
            case "timedOut":
                effects = lane.TimedOut(Id());
                break;
            case "waited":
                effects = lane.Waited();
                break;
            case "dismiss":
                effects = lane.Dismiss(Id());
                break;
            case var other:
                throw new InvalidOperationException($"Unknown input {other}.");
        }
        return [.. effects.Select(effect => effect switch
        {
            LaneSend send => Canonical(new { type = "send", id = send.Item.Id }),
            LaneWait wait => Canonical(new { type = "wait", attempt = wait.Attempt, retryAfterMs = wait.RetryAfterMs }),
            LaneReconnect => Canonical(new { type = "reconnect" }),
            LaneFailed failed => Canonical(new { type = "failed", id = failed.Item.Id, code = failed.Code.ToString() }),
            _ => Canonical(new { type = "save" }),
        })];
    }

    private static List<string> Inbox(ClientInbox inbox, JsonElement input)
    {
        var loads = false;
        switch (input.GetProperty("type").GetString())
        {
            case "connected":
                loads = inbox.Connect();
                break;
            case "disconnected":
                inbox.Disconnect();
                break;
            case "changed":
                var change = input.GetProperty("change");
                loads = inbox.Changed(
                    change.GetProperty("version").GetInt64(), change.GetProperty("change").GetString()!,
                    Line(change.GetProperty("conversation")));
                break;
            case "version":
                loads = inbox.HeardVersion(input.GetProperty("version").GetInt64());
                break;
            case "loaded":
                var answer = input.GetProperty("answer");
                loads = inbox.Loaded(new InboxPage(
                    null, answer.GetProperty("version").GetInt64(),
                    [.. answer.GetProperty("conversations").EnumerateArray().Select(Line)]));
                break;
            case "loadFailed":
                inbox.LoadFailed();
                break;
            case "check":
                loads = inbox.Check();
                break;
            case var other:
                throw new InvalidOperationException($"Unknown input {other}.");
        }
        return loads ? [Canonical(new { type = "load" })] : [];
    }

    private static ConversationView Line(JsonElement line) => new()
    {
        ConversationId = line.GetProperty("conversationId").GetString()!, State = ConversationState.Assigned, Head = 1,
        Queue = new("default", "default"), Visitor = new("visitor", "v1", ""), SiteKey = "demo",
        ReadUpTo = line.TryGetProperty("readUpTo", out var upTo) ? upTo.GetInt64() : 0,
    };

    private static RefusalCode Code(JsonElement error) => Enum.Parse<RefusalCode>(error.GetProperty("code").GetString()!);

    private static OutboxItem Item(JsonElement item) => new(
        item.GetProperty("id").GetString()!, item.GetProperty("kind").GetString()!, item.GetProperty("conversationId").GetString(),
        item.TryGetProperty("clientId", out var clientId) ? clientId.GetString() : null, item.GetProperty("text").GetString()!);

    private static object? State(ClientLog log, string name) => name switch
    {
        "next" => log.Next,
        "from" => log.From,
        "head" => log.Head,
        "connected" => log.Connected,
        "resuming" => log.Resuming,
        "sequences" => log.Events.Select(view => view.Sequence),
        _ => throw new InvalidOperationException($"Unknown part of a log's state: {name}."),
    };

    private static object? State(ClientInbox inbox, string name) => name switch
    {
        "version" => inbox.Version,
        "connected" => inbox.Connected,
        "loading" => inbox.Loading,
        "lines" => inbox.Lines.Values.Select(line => $"{line.ConversationId}:{line.ReadUpTo}"),
        _ => throw new InvalidOperationException($"Unknown part of an inbox's state: {name}."),
    };

    private static object? State(OutboxLane lane, string name) => name switch
    {
        "ids" => lane.Items.Select(item => item.Id),
        "conversations" => lane.Items.Select(item => item.ConversationId),
        "failed" => lane.Failed.Select(entry => entry.Item.Id),
        "inFlight" => lane.InFlight,
        "ready" => lane.Ready,
        "waiting" => lane.Waiting,
        "attempts" => lane.Attempts,
        _ => throw new InvalidOperationException($"Unknown part of a lane's state: {name}."),
    };
}
