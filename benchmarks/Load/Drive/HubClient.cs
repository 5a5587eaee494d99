using System.Collections.Immutable;
using System.Text.Json;
using CustomerService.Load.Wire;

namespace CustomerService.Load.Drive;

/// <summary>A visitor's browser or an agent's console, as far as load needs it.</summary>
public class HubClient(Uri hub, string? token, bool isAgent, HttpMessageInvoker invoker, RunRecord record) : IHubEvents
{
    private HubConnection? _connection;
    private ImmutableArray<View> _views = [];

    public bool IsAgent { get; } = isAgent;

    /// <summary>Only looks on.</summary>
    public bool IsWatcher { get; init; }

    /// <summary>Whether the deployment tells a sender of its own messages; the references do not.</summary>
    public bool SeesOwn { get; init; } = true;

    /// <summary>Where measurements go: changed between the steps of a search for the knee.</summary>
    public RunRecord Record { get; set; } = record;

    public ImmutableArray<View> Views => _views;

    public bool IsOpen => _connection is { IsOpen: true };

    public async Task Connect(CancellationToken cancellationToken)
    {
        var before = _connection;
        _connection = await HubConnection.Connect(hub, token, this, invoker, cancellationToken);
        if (before is not null)
            await before.DisposeAsync();
    }

    /// <summary>Ends the connection as a lost network does.</summary>
    public async Task Drop()
    {
        if (_connection is { } connection)
            await connection.DisposeAsync();
    }

    public void KeepAlive(long now) => _connection?.KeepAlive(now);

    public View Follow(string conversation)
    {
        var view = _views.FirstOrDefault(v => v.Conversation == conversation);
        if (view is null)
        {
            view = new View(this, conversation);
            ImmutableInterlocked.Update(ref _views, static (all, one) => all.Add(one), view);
        }
        return view;
    }

    public void Unfollow(View view) => ImmutableInterlocked.Update(ref _views, static (all, one) => all.Remove(one), view);

    public void Invoke<TState>(string target, TState state, Action<Utf8JsonWriter, TState>? write, Action<HubReply> answered)
    {
        void Counted(HubReply reply)
        {
            if (reply.Code is { } code)
                Record.Refused(code);
            answered(reply);
        }
        if (_connection is { } connection)
            connection.Invoke(target, state, write, Counted);
        else
            Counted(HubReply.Lost);
    }

    public Task<HubReply> Call<TState>(string target, TState state, Action<Utf8JsonWriter, TState>? write)
    {
        var done = new TaskCompletionSource<HubReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        Invoke(target, state, write, done.SetResult);
        return done.Task;
    }

    /// <summary>Calls until it is answered with success, waiting as told in between; final refusals fail.</summary>
    public async Task<HubReply> Insist<TState>(
        string target, TState state, Action<Utf8JsonWriter, TState>? write, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reply = await Call(target, state, write).WaitAsync(cancellationToken);
            if (reply.Ok)
                return reply;
            if (!Outbox.MayRetry(reply.Code))
                throw new InvalidOperationException($"{target} was refused: {reply.Code} {reply.Message}");
            await Task.Delay(Math.Max(50, reply.RetryAfterMs), cancellationToken);
        }
    }

    void IHubEvents.Pushed(ReadOnlySpan<byte> target, ReadOnlySpan<byte> body)
    {
        if (target.SequenceEqual("Events"u8))
        {
            var id = HubMessage.Text(body, "conversationId"u8);
            foreach (var view in _views)
            {
                if (id.SequenceEqual(view.Utf8))
                {
                    view.Push(body);
                    return;
                }
            }
        }
        else if (target.SequenceEqual("Heads"u8))
        {
            ReadHeads(body);
        }
        else if (target.SequenceEqual("InboxChanged"u8))
        {
            OnInboxChanged(body);
        }
    }

    void IHubEvents.Ended()
    {
    }

    /// <summary>Agents: a conversation came or went.</summary>
    protected virtual void OnInboxChanged(ReadOnlySpan<byte> body)
    {
    }

    private void ReadHeads(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        using var document = JsonDocument.ParseValue(ref reader);
        foreach (var line in document.RootElement[0].EnumerateArray())
        {
            var id = line.GetProperty("conversationId").GetString();
            _views.FirstOrDefault(v => v.Conversation == id)?.Told(line.GetProperty("head").GetInt64());
        }
    }
}

/// <summary>An agent: takes what it is given and tells the load who serves whom.</summary>
public sealed class AgentClient(
    Uri hub, string? token, HttpMessageInvoker invoker, RunRecord record, Seats seats) : HubClient(hub, token, true, invoker, record)
{
    private long _version;

    /// <summary>Goes online and learns of what it has.</summary>
    public async Task Begin(CancellationToken cancellationToken)
    {
        await Insist("SetStatus", "online", static (json, status) => json.WriteString("status"u8, status), cancellationToken);
        ReadInbox(await Insist("Inbox", 0, null, cancellationToken));
    }

    public void Take(string conversation)
    {
        var view = Follow(conversation);
        view.Resume(reply =>
        {
            if (reply.Ok)
                seats.Seat(view);
            else if (Outbox.MayRetry(reply.Code))
                _ = Again(conversation, reply.RetryAfterMs);
        });
    }

    protected override void OnInboxChanged(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        using var document = JsonDocument.ParseValue(ref reader);
        var change = document.RootElement[0];
        var version = change.GetProperty("version").GetInt64();
        var kind = change.GetProperty("change").GetString();
        var missed = kind != "changed" && version > _version + 1;
        _version = Math.Max(_version, version);
        var id = change.TryGetProperty("conversation", out var line) ? line.GetProperty("conversationId").GetString() : null;
        if (id is not null && kind == "added")
            Take(id);
        else if (id is not null && kind == "removed" && Views.FirstOrDefault(v => v.Conversation == id) is { } view)
            Unfollow(view);
        if (missed)
            Invoke("Inbox", 0, null, ReadInbox);
    }

    private async Task Again(string conversation, int retryAfterMs)
    {
        await Task.Delay(Math.Max(100, retryAfterMs));
        Take(conversation);
    }

    private void ReadInbox(HubReply reply)
    {
        foreach (var id in reply.Conversations.Where(id => Views.All(v => v.Conversation != id)))
            Take(id);
    }
}

/// <summary>Who serves which conversation: the agent's side and the visitor's side meet here.</summary>
public sealed class Seats
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, TaskCompletionSource<View>> _seats = new();

    public void Seat(View view) => Of(view.Conversation).TrySetResult(view);

    /// <summary>The agent's view of a conversation, once it is assigned and subscribed to.</summary>
    public Task<View> AgentOf(string conversation) => Of(conversation).Task;

    public void Forget(string conversation) => _seats.TryRemove(conversation, out _);

    private TaskCompletionSource<View> Of(string conversation) =>
        _seats.GetOrAdd(conversation, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
