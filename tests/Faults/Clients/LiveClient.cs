using System.Collections.Immutable;
using System.Text.Json;
using CustomerService.Checker.History;
using CustomerService.Conversations;
using CustomerService.Faults.Stands;
using CustomerService.Simulation.Clients;
using CustomerService.Simulation.Runs;

namespace CustomerService.Faults.Clients;

/// <summary>A call was refused for good.</summary>
internal sealed class RefusedException(string code) : Exception(code)
{
    public string Code => Message;
}

/// <summary>What visitors' and agents' clients share: they connect again and again with jitter, resume what they follow,
/// and send each thing under one id until it is answered. All of it goes into the history.</summary>
internal abstract class LiveClient : IAsyncDisposable
{
    private const int BackoffCapMs = 8_000;
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(25);
    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, ClientLog> _logs = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource<HubSocket> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _living = Task.CompletedTask;

    protected LiveClient(RunHistory history, string name) => (History, Name) = (history, name);

    public RunHistory History { get; }
    public string Name { get; }

    /// <summary>The moment at which it had everything again after its latest connect.</summary>
    public long ResumedAt { get; private set; } = -1;

    /// <summary>The first wait before connecting again is at most this; the widget's is 500.</summary>
    public int BackoffBaseMs { get; set; } = 500;

    /// <summary>How often it connected.</summary>
    public int Connects { get; private set; }

    public bool IsConnected => _connected.Task.IsCompletedSuccessfully;
    protected CancellationToken End => _end.Token;
    protected abstract string Hub { get; }
    protected abstract string ResumeMethod { get; }

    /// <summary>Begins to live.</summary>
    public void Start() => _living = Task.Run(Live);

    /// <summary>Where it stands in each conversation that it follows.</summary>
    public IReadOnlyList<(string Conversation, long Sequence)> Places()
    {
        lock (_lock)
            return [.. _logs.Select(log => (log.Key, log.Value.Next - 1))];
    }

    /// <summary>Cuts its line, as a tunnel does.</summary>
    public void CutLine()
    {
        if (_connected.Task is { IsCompletedSuccessfully: true } task)
            task.Result.Abort();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        CutLine();
        await _living.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>An address and a token to connect with.</summary>
    protected abstract Task<(Uri Server, string Token)> Enter(CancellationToken cancellationToken);

    protected virtual void Pushed(string target, JsonElement arguments)
    {
    }

    protected virtual void Joined()
    {
    }

    /// <summary>The line is lost.</summary>
    protected virtual void Disconnected()
    {
    }

    /// <summary>Calls once and tells what was answered: null where all is well. Not in the history.</summary>
    public async Task<(string Code, string Message)?> Ask(string method, object argument)
    {
        var socket = await _connected.Task.WaitAsync(TimeSpan.FromSeconds(20), _end.Token);
        var answer = await socket.Call(method, [argument], AnswerMax);
        return answer.GetProperty("error") is { ValueKind: JsonValueKind.Object } error
            ? (error.GetProperty("code").GetString()!, error.GetProperty("message").GetString()!)
            : null;
    }

    /// <summary>Calls once; what becomes of it does not matter.</summary>
    protected async Task Tell(string method, object argument)
    {
        try
        {
            if (Current() is { } socket)
                await socket.Call(method, [argument], AnswerMax);
        }
        catch (LineLostException)
        {
            // It may be lost.
        }
    }

    /// <summary>Follows a conversation from its beginning.</summary>
    protected void Follow(string conversation)
    {
        lock (_lock)
        {
            if (_logs.ContainsKey(conversation) || _end.IsCancellationRequested)
                return;
            var log = new ClientLog();
            _logs.Add(conversation, log);
            History.Add(new HistoryLine { Kind = LineKinds.Join, Client = Name, Conversation = conversation, From = 0 });
            if (_connected.Task is { IsCompletedSuccessfully: true } task)
                Do(task.Result, conversation, log, log.Connect());
        }
    }

    protected void Forget(string conversation)
    {
        lock (_lock)
        {
            if (_logs.Remove(conversation))
                History.Add(new HistoryLine { Kind = LineKinds.Leave, Client = Name, Conversation = conversation });
        }
    }

    /// <summary>Calls until it is answered; <paramref name="send"/> is what the history gets of each attempt, null where
    /// nothing does.</summary>
    protected async Task<JsonElement> Durably(string method, object? argument, HistoryLine? send, string? name = null)
    {
        for (var attempt = 0; ; attempt++)
        {
            var socket = await _connected.Task.WaitAsync(_end.Token);
            var op = send is null ? null : History.Invoke(send with { Client = Name });
            JsonElement answer;
            try
            {
                answer = await socket.Call(method, argument is null ? [] : [argument], AnswerMax, attempt == 0 ? name : null);
            }
            catch (LineLostException)
            {
                Tell(op, LineKinds.Unknown, null);
                socket.Abort();
                await Task.Delay(Random.Shared.Next(20, 100), _end.Token);
                continue;
            }
            if (answer.GetProperty("error") is not { ValueKind: JsonValueKind.Object } error)
            {
                if (op is not null)
                {
                    History.Ok(new HistoryLine
                    {
                        Client = Name, Op = op, Sequence = answer.GetProperty("sequence").GetInt64(),
                        Conversation = answer.TryGetProperty("conversationId", out var id) ? id.GetString() : send!.Conversation,
                    }, isSend: true);
                }
                return answer;
            }
            var code = error.GetProperty("code").GetString()!;
            Tell(op, code == "Unavailable" ? LineKinds.Unknown : LineKinds.Fail, code);
            if (code is not ("Unavailable" or "Overloaded" or "RateLimited"))
                throw new RefusedException(code);
            var least = error.TryGetProperty("retryAfterMs", out var after) ? after.GetInt32() : 100;
            await Task.Delay(least + Random.Shared.Next(250 << Math.Min(attempt, 4)), _end.Token);
        }
    }

    private void Tell(string? op, string kind, string? code)
    {
        if (op is not null)
            History.Add(new HistoryLine { Kind = kind, Client = Name, Op = op, Code = kind == LineKinds.Fail ? code : null });
    }

    private async Task Live()
    {
        var attempt = 0;
        while (!_end.IsCancellationRequested)
        {
            HubSocket? socket = null;
            try
            {
                if (attempt > 0)
                    await Task.Delay(Random.Shared.Next(Math.Min(BackoffCapMs, BackoffBaseMs << Math.Min(attempt - 1, 5))), _end.Token);
                attempt++;
                var (server, token) = await Enter(_end.Token);
                socket = await HubSocket.Open(server, Hub, token, Heard, _end.Token);
                attempt = 1;
                Begin(socket.Listen());
                await socket.Closed;
            }
            catch (Exception error) when (error is not NullReferenceException)
            {
                // Out of reach: tried again, later and later.
            }
            if (socket is null)
                continue;
            Disconnected();
            lock (_lock)
            {
                if (_connected.Task.IsCompleted)
                    _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
                foreach (var log in _logs.Values)
                    log.Disconnect();
            }
            await socket.DisposeAsync();
        }
        lock (_lock)
        {
            _connected.TrySetCanceled();
            foreach (var id in _logs.Keys.ToArray())
                Forget(id);
        }
    }

    private void Begin(HubSocket socket)
    {
        lock (_lock)
        {
            Connects++;
            _connected.TrySetResult(socket);
            foreach (var (id, log) in _logs)
                Do(socket, id, log, log.Connect());
        }
        Joined();
    }

    private void Heard(string target, JsonElement arguments)
    {
        switch (target)
        {
            case "Events":
                var id = arguments[0].GetProperty("conversationId").GetString()!;
                var events = arguments[0].GetProperty("events").Deserialize<ImmutableArray<EventView>>(Wire);
                lock (_lock)
                {
                    if (_end.IsCancellationRequested)
                        return;
                    foreach (var view in events)
                    {
                        History.Add(new HistoryLine
                        {
                            Kind = LineKinds.Push, Client = Name, Conversation = id, Sequence = view.Sequence, Fact = Facts.Of(view).Fact,
                        });
                    }
                    if (_logs.TryGetValue(id, out var log) && Current() is { } socket)
                        Do(socket, id, log, log.Heard(events, arguments[0].GetProperty("head").GetInt64()));
                }
                break;
            case "Heads":
                foreach (var line in arguments[0].EnumerateArray())
                {
                    lock (_lock)
                    {
                        var name = line.GetProperty("conversationId").GetString()!;
                        if (_logs.TryGetValue(name, out var one) && Current() is { } socket)
                            Do(socket, name, one, one.HeardHead(line.GetProperty("head").GetInt64()));
                    }
                }
                break;
            case "Moving":
                var wait = arguments[0].TryGetProperty("retryAfterMs", out var after) ? after.GetInt32() : 0;
                _ = Task.Delay(wait, _end.Token).ContinueWith(_ => CutLine(), TaskScheduler.Default);
                break;
            default:
                Pushed(target, arguments);
                break;
        }
    }

    private HubSocket? Current() => _connected.Task is { IsCompletedSuccessfully: true } task ? task.Result : null;

    /// <summary>Under the lock.</summary>
    private void Do(HubSocket socket, string id, ClientLog log, List<LogEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case LogApplied applied:
                    Applied(id, applied.Events);
                    break;
                case LogReplaced replaced:
                    History.Add(new HistoryLine { Kind = LineKinds.Join, Client = Name, Conversation = id, From = replaced.From });
                    Applied(id, replaced.Events);
                    break;
                case LogResume wanted:
                    _ = Task.Run(() => Resume(socket, id, log, wanted));
                    break;
            }
        }
    }

    protected virtual void Applied(string conversation, IReadOnlyList<EventView> events)
    {
        foreach (var view in events)
        {
            var (fact, content) = Facts.Of(view);
            History.Add(new HistoryLine
            {
                Kind = LineKinds.Apply, Client = Name, Conversation = conversation, Sequence = view.Sequence, Fact = fact, Content = content,
            });
        }
    }

    private async Task Resume(HubSocket socket, string id, ClientLog log, LogResume wanted)
    {
        if (wanted.Delayed)
            await Task.Delay(Random.Shared.Next(500, 1_500));
        if (Current() != socket)
            return;
        var op = History.Invoke(new HistoryLine { Client = Name, Do = "resume", Conversation = id, After = wanted.After });
        try
        {
            var answer = await socket.Call(ResumeMethod, [new { conversationId = id, after = wanted.After }], AnswerMax);
            if (answer.GetProperty("error") is { ValueKind: JsonValueKind.Object } error)
            {
                var code = error.GetProperty("code").GetString()!;
                Tell(op, code == "Unavailable" ? LineKinds.Unknown : LineKinds.Fail, code);
                lock (_lock)
                    log.ResumeFailed();
                if (code is "NotFound" or "Forbidden")
                {
                    Forget(id);
                    return;
                }
                await Task.Delay(Random.Shared.Next(300, 1_500));
                lock (_lock)
                {
                    if (Current() == socket && _logs.GetValueOrDefault(id) == log)
                        Do(socket, id, log, log.Check());
                }
                return;
            }
            var events = answer.GetProperty("events").Deserialize<ImmutableArray<EventView>>(Wire);
            var head = answer.GetProperty("head").GetInt64();
            lock (_lock)
            {
                History.Ok(new HistoryLine
                {
                    Client = Name, Op = op, Recovered = answer.GetProperty("recovered").GetBoolean(), Head = head, Count = events.Length,
                    First = events is [{ } first, ..] ? first.Sequence : null, Last = events is [.., { } last] ? last.Sequence : null,
                }, isSend: false);
                if (Current() != socket || _logs.GetValueOrDefault(id) != log)
                    return;
                Do(socket, id, log, log.Resumed(answer.GetProperty("recovered").GetBoolean(), events, head));
                ResumedAt = History.Now;
            }
        }
        catch (LineLostException)
        {
            Tell(op, LineKinds.Unknown, null);
            socket.Abort();
        }
    }
}
