using System.Collections.Immutable;
using CustomerService.Dialogues;
using CustomerService.Load.Scenarios;
using CustomerService.Load.Wire;

namespace CustomerService.Load.Drive;

/// <summary>A conversation that is open from the beginning: both ends of it.</summary>
public sealed class Talk(HubClient visitor, View visitorView, View agentView)
{
    public HubClient Visitor { get; } = visitor;
    public View VisitorView { get; } = visitorView;
    public View AgentView { get; } = agentView;
    public Outbox FromVisitor { get; set; } = new(visitorView, "");
    public Outbox FromAgent { get; set; } = new(agentView, "");

    /// <summary>One return at a time.</summary>
    public SemaphoreSlim Returning { get; } = new(1);
}

/// <summary>Everyone connected: made once, then put under one load or several.</summary>
public sealed class Crowd(Deployment deployment, Scenario scenario) : IAsyncDisposable
{
    /// <summary>Over the three lists while they grow: those who are there are kept alive meanwhile.</summary>
    private readonly Lock _gathering = new();
    private readonly List<HubClient> _visitors = [];
    private readonly List<AgentClient> _agents = [];
    private readonly List<AgentClient> _watchers = [];
    private readonly CancellationTokenSource _ending = new();
    private RunRecord _record = new(0, 1);
    private Task _keepingAlive = Task.CompletedTask;

    public Deployment Deployment { get; } = deployment;
    public Scenario Scenario { get; } = scenario;
    public Seats Seats { get; } = new();
    public ImmutableArray<Talk> Talks { get; private set; } = [];
    public ImmutableArray<Dialogue> Dialogues { get; } = DialogueLibrary.Load();
    public IEnumerable<View> Views => _visitors.Concat(_agents).Concat(_watchers).SelectMany(c => c.Views);
    public int Connections => _visitors.Count(v => v.IsOpen) + _agents.Count(a => a.IsOpen) + _watchers.Count(w => w.IsOpen);

    /// <summary>Turns all clients to a new record and new message ids.</summary>
    public void Record(RunRecord record, string tag)
    {
        _record = record;
        foreach (var client in _visitors.Concat(_agents).Concat(_watchers))
            client.Record = record;
        foreach (var talk in Talks)
            (talk.FromVisitor, talk.FromAgent) = (new Outbox(talk.VisitorView, $"{tag}v"), new Outbox(talk.AgentView, $"{tag}a"));
    }

    public RunRecord CurrentRecord => _record;

    public async Task Gather(Action<string, int, int> progress, CancellationToken cancellationToken)
    {
        var s = Scenario;
        await Deployment.Prepare(s.Agents, s.Watchers, s.Capacity, n => progress("agents made", n, s.Agents + s.Watchers), cancellationToken);
        _keepingAlive = KeepAlive();
        await Each(s.Agents, "agents online", progress, async (i, cancel) =>
        {
            var agent = Deployment.NewAgent(i, _record, Seats);
            await agent.Connect(cancel);
            if (Deployment.Assigns)
                await agent.Begin(cancel);
            lock (_gathering)
                _agents.Add(agent);
        }, cancellationToken);
        var talks = new Talk?[s.Visitors];
        await Each(s.Visitors, "visitors", progress, async (i, cancel) =>
        {
            var visitor = await Deployment.NewVisitor(_record, cancel);
            await visitor.Connect(cancel);
            lock (_gathering)
                _visitors.Add(visitor);
            if (s.Conversations)
                talks[i] = await Begin(visitor, i, cancel);
        }, cancellationToken);
        Talks = [.. talks.OfType<Talk>()];
        await Each(s.Watchers, "watchers", progress, async (i, cancel) =>
        {
            var watcher = Deployment.NewAgent(s.Agents + i, _record, Seats, watcher: true);
            await watcher.Connect(cancel);
            foreach (var talk in Talks.Take(200))
                await Subscribed(watcher.Follow(talk.VisitorView.Conversation), cancel);
            lock (_gathering)
                _watchers.Add(watcher);
        }, cancellationToken);
        if (s.Prefill > 0)
        {
            await Each(Talks.Length, "prefilled", progress, async (i, cancel) =>
            {
                for (var n = 0; n < s.Prefill; n++)
                {
                    var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    Talks[i].FromVisitor.Send(-2 - n, Text(n).PadRight(16, '.'), done);
                    await done.Task.WaitAsync(cancel);
                }
            }, cancellationToken);
        }
    }

    /// <summary>A text of the dialogues, by number.</summary>
    public string Text(long number)
    {
        var dialogue = Dialogues[(int)(number % Dialogues.Length)];
        return dialogue.Turns[(int)(number / Dialogues.Length % dialogue.Turns.Length)].Text;
    }

    public string TextFor(long index) => Scenario.TextLength == 0
        ? LoadText.Make(index, Text(index), Math.Min(4000, Text(index).Length + 12))
        : LoadText.Make(index, Text(index), Scenario.TextLength);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _keepingAlive;
        await Parallel.ForEachAsync(_visitors.Concat(_agents).Concat(_watchers), async (client, _) => await client.Drop());
        try
        {
            await Deployment.CleanUp();
        }
        catch (Exception gone) when (gone is HttpRequestException or InvalidOperationException)
        {
            // The server has ended already; its accounts are of no use to anybody.
        }
        _ending.Dispose();
    }

    private async Task<Talk?> Begin(HubClient visitor, int number, CancellationToken cancellationToken)
    {
        var started = await visitor.Insist("StartConversation", $"start-{Guid.NewGuid():N}",
            static (json, id) => json.WriteString("clientId"u8, id), cancellationToken);
        var view = visitor.Follow(started.ConversationId!);
        await Subscribed(view, cancellationToken);
        if (!Deployment.Assigns && _agents.Count > 0)
            _agents[number % _agents.Count].Take(view.Conversation);
        // Where there are more conversations than places, the others wait.
        if (Scenario.Agents * Scenario.Capacity < Scenario.Visitors)
            return new Talk(visitor, view, view);
        return new Talk(visitor, view, await Seats.AgentOf(view.Conversation).WaitAsync(TimeSpan.FromSeconds(60), cancellationToken));
    }

    private static async Task Subscribed(View view, CancellationToken cancellationToken)
    {
        while (true)
        {
            var done = new TaskCompletionSource<HubReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            view.Resume(reply => done.TrySetResult(reply));
            var reply = await done.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
            if (reply.Ok)
                return;
            if (!Outbox.MayRetry(reply.Code))
                throw new InvalidOperationException($"Subscribing was refused: {reply.Code} {reply.Message}");
            await Task.Delay(Math.Max(50, reply.RetryAfterMs), cancellationToken);
        }
    }

    private static async Task Each(int count, string what, Action<string, int, int> progress,
        Func<int, CancellationToken, Task> one, CancellationToken cancellationToken)
    {
        var done = 0;
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (i, cancel) =>
            {
                await one(i, cancel);
                progress(what, Interlocked.Increment(ref done), count);
            });
    }

    private async Task KeepAlive()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                HubClient[] all;
                lock (_gathering)
                    all = [.. _visitors, .. _agents, .. _watchers];
                foreach (var client in all)
                    client.KeepAlive(Environment.TickCount64);
            }
        }
        catch (OperationCanceledException)
        {
            // The crowd goes home.
        }
    }
}
