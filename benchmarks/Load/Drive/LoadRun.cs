using System.Diagnostics;
using CustomerService.Dialogues;
using CustomerService.Load.Measure;
using CustomerService.Load.Scenarios;
using CustomerService.Load.Schedules;
using CustomerService.Load.Wire;

namespace CustomerService.Load.Drive;

/// <summary>Puts one load on a crowd: arrivals at their fixed times, whatever the server does.</summary>
public sealed class LoadRun(Crowd crowd, Scenario scenario, string tag) : IDisposable
{
    private readonly Random _random = new(scenario.Seed);
    private readonly List<Task> _underWay = [];
    private readonly CancellationTokenSource _over = new();
    private double[] _arrivals = [];
    private long _deliveriesLost;

    public RunRecord Record { get; } = new(scenario.WarmupSeconds, scenario.Seconds, crowd.CurrentRecord.NextIndex);

    public long Scheduled => _arrivals.Length;

    /// <summary>What was used between the end of the warm-up and the last answer, and by how many messages acked: neither
    /// the warm-up nor the checks at the end are in it.</summary>
    public (CpuUse Cpu, long Acked, double Seconds) Used { get; private set; } = (new CpuUse(0, null, null), 0, 0);

    /// <summary>Completes once all arrivals were played and what can still come has come.</summary>
    /// <param name="look">Tells the CPU used so far: called once where what counts begins, and once at its end.</param>
    public async Task Run(Func<Task<CpuUse>> look, CancellationToken cancellationToken)
    {
        _arrivals = Schedule.Arrivals(scenario.Schedule, scenario.WarmupSeconds + scenario.Seconds, scenario.Seed);
        crowd.Record(Record, tag);
        if (scenario.Work == Work.Return && scenario.AwaySeconds > 0)
        {
            await Parallel.ForEachAsync(crowd.Talks, cancellationToken, async (talk, _) => await talk.Visitor.Drop());
            await Task.Delay(TimeSpan.FromSeconds(scenario.AwaySeconds), cancellationToken);
        }
        Record.Begin();
        var faults = scenario.DropEverySeconds > 0 ? Faults(cancellationToken) : Task.CompletedTask;
        var dispatcher = new Thread(() => Dispatch(cancellationToken)) { IsBackground = true, Name = "arrivals", Priority = ThreadPriority.AboveNormal };
        dispatcher.Start();
        await Task.Delay(TimeSpan.FromSeconds(scenario.WarmupSeconds), cancellationToken);
        var (before, ackedBefore, measuring) = (await look(), Volatile.Read(ref Record.Acked), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(scenario.Seconds), cancellationToken);
        await Task.Run(dispatcher.Join, cancellationToken);
        // What is still to be answered belongs to what was asked; a server that is behind has its work counted.
        await Answered(TimeSpan.FromSeconds(30), cancellationToken);
        Used = (await look() - before, Volatile.Read(ref Record.Acked) - ackedBefore, Stopwatch.GetElapsedTime(measuring).TotalSeconds);
        await _over.CancelAsync();
        await faults;
        await Settle(cancellationToken);
        Record.Over = true;
    }

    /// <summary>What the promise says and what was seen; all zero, or the run has failed.</summary>
    public Correctness Check()
    {
        var views = crowd.Views.ToList();
        return new Correctness(
            views.Count(v => !v.Complete) + Volatile.Read(ref _deliveriesLost),
            views.Sum(v => v.Check.Doubled),
            views.Sum(v => v.Check.OutOfOrder),
            views.Sum(v => v.Check.Gaps),
            views.Sum(v => v.Check.Repeats),
            crowd.Talks.Sum(t => (long)t.FromVisitor.Waiting + t.FromAgent.Waiting));
    }

    public void Dispose() => _over.Dispose();

    private void Dispatch(CancellationToken cancellationToken)
    {
        var start = Record.Start;
        foreach (var at in _arrivals)
        {
            var intended = start + (long)(at * Stopwatch.Frequency);
            while (true)
            {
                if (cancellationToken.IsCancellationRequested)
                    return;
                var wait = (intended - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
                if (wait <= 0)
                    break;
                // Half a millisecond is what a sleep is good for; the rest of an arrival's delay is told as lag.
                Thread.Sleep(wait > 1 ? (int)Math.Min(wait, 50) : 1);
            }
            // An arrival is given up only when the whole load would run over: then the run is void.
            if (Stopwatch.GetElapsedTime(start).TotalSeconds > scenario.WarmupSeconds + scenario.Seconds + 5)
                return;
            Record.Measure(RunRecord.Lag, intended);
            Record.Begun++;
            Arrive(intended);
        }
    }

    private void Arrive(long intended)
    {
        switch (scenario.Work)
        {
            case Work.Message:
                var talk = crowd.Talks[_random.Next(crowd.Talks.Length)];
                var box = _random.NextDouble() < scenario.AgentShare ? talk.FromAgent : talk.FromVisitor;
                if (scenario.Typing > 0 && _random.NextDouble() < scenario.Typing)
                    Typing(box.View);
                var index = Record.NewIndex(intended);
                box.Send(index, crowd.TextFor(index));
                break;
            case Work.Return:
                Keep(Return(crowd.Talks[(int)(Record.Begun % crowd.Talks.Length)], intended));
                break;
            case Work.Visit:
                Keep(Visit(intended, crowd.Dialogues[_random.Next(crowd.Dialogues.Length)]));
                break;
        }
    }

    private void Keep(Task task)
    {
        lock (_underWay)
        {
            if (_underWay.Count > 1000 && _underWay.Count % 1000 == 0)
                _underWay.RemoveAll(t => t.IsCompletedSuccessfully);
            _underWay.Add(task);
        }
    }

    private static void Typing(View view) => view.Owner.Invoke("Typing", view.Conversation,
        static (json, id) => json.WriteString("conversationId"u8, id), static _ => { });

    private async Task Return(Talk talk, long intended)
    {
        // A burst of arrivals must not stand in the dispatcher's way.
        await Task.Yield();
        await talk.Returning.WaitAsync();
        try
        {
            if (talk.Visitor.IsOpen)
                await talk.Visitor.Drop();
            for (var attempt = 0; ; attempt++)
            {
                if (await TryResume(talk))
                    break;
                if (attempt == 20)
                {
                    Interlocked.Increment(ref Record.Failed);
                    return;
                }
                await Task.Delay(100 + Random.Shared.Next(Math.Min(5000, 100 << Math.Min(attempt, 5))));
            }
            Record.Measure(RunRecord.Resume, intended);
            if (scenario.MessageOnReturn)
            {
                var index = Record.NewIndex(intended);
                talk.FromVisitor.Send(index, crowd.TextFor(index));
            }
        }
        finally
        {
            talk.Returning.Release();
        }
    }

    private async Task<bool> TryResume(Talk talk)
    {
        try
        {
            await talk.Visitor.Connect(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
            var done = new TaskCompletionSource<HubReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            talk.VisitorView.Resume(reply => done.TrySetResult(reply));
            return (await done.Task.WaitAsync(TimeSpan.FromSeconds(30))).Ok;
        }
        catch (Exception failure) when (failure is System.Net.WebSockets.WebSocketException or TimeoutException
            or IOException or HttpRequestException)
        {
            Record.Refused("ConnectFailed");
            return false;
        }
    }

    private async Task Visit(long intended, Dialogue dialogue)
    {
        await Task.Yield();
        HubClient? visitor = null;
        try
        {
            visitor = await crowd.Deployment.NewVisitor(Record, _over.Token);
            await visitor.Connect(_over.Token);
            var first = Record.NewIndex(intended);
            var started = await visitor.Insist("StartConversation", (Id: $"{tag}s{first}", Text: crowd.TextFor(first)), static (json, s) =>
            {
                json.WriteString("clientId"u8, s.Id);
                json.WriteStartObject("message"u8);
                json.WriteString("clientMessageId"u8, s.Id + "m");
                json.WriteString("text"u8, s.Text);
                json.WriteEndObject();
            }, _over.Token);
            Record.Measure(RunRecord.Ack, intended);
            Interlocked.Increment(ref Record.Acked);
            Interlocked.Increment(ref Record.Sent);
            var view = visitor.Follow(started.ConversationId!);
            view.Acked(started.Head);
            view.Resume(static _ => { });
            await view.Assigned.WaitAsync(_over.Token);
            Record.Measure(RunRecord.Assignment, intended);
            var agent = await crowd.Seats.AgentOf(view.Conversation).WaitAsync(_over.Token);
            await Converse(intended, dialogue, view, agent);
            await agent.Owner.Insist("Close", view.Conversation, static (json, id) => json.WriteString("conversationId"u8, id), _over.Token);
            Interlocked.Add(ref _deliveriesLost, view.Check.Doubled + view.Check.OutOfOrder);
            agent.Owner.Unfollow(agent);
            crowd.Seats.Forget(view.Conversation);
        }
        catch (OperationCanceledException)
        {
            // The load is over; who is still waiting is told as such by the counts.
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or HttpRequestException
            or System.Net.WebSockets.WebSocketException or TimeoutException)
        {
            Record.Refused(failure is InvalidOperationException ? "VisitRefused" : "ConnectFailed");
            Interlocked.Increment(ref Record.Failed);
        }
        finally
        {
            if (visitor is not null)
                await visitor.Drop();
        }
    }

    private async Task Converse(long intended, Dialogue dialogue, View visitor, View agent)
    {
        var fromVisitor = new Outbox(visitor, $"{tag}v");
        var fromAgent = new Outbox(agent, $"{tag}a");
        var spoken = false;
        foreach (var turn in dialogue.Turns.Skip(1).Where(t => t.By != DialogueTurnBy.Note).Take(scenario.TurnsMax))
        {
            var box = turn.By == DialogueTurnBy.Agent ? fromAgent : fromVisitor;
            var due = Stopwatch.GetTimestamp() + (long)(turn.ThinkSeconds * scenario.ThinkScale * Stopwatch.Frequency);
            if (scenario.Typing > 0 && Random.Shared.NextDouble() < scenario.Typing)
                Typing(box.View);
            var think = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (think > TimeSpan.Zero)
                await Task.Delay(think, _over.Token);
            var index = Record.NewIndex(Stopwatch.GetTimestamp());
            var text = scenario.TextLength == 0 ? LoadText.Make(index, turn.Text, Math.Min(4000, turn.Text.Length + 12)) : crowd.TextFor(index);
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            box.Send(index, text, done);
            await done.Task.WaitAsync(_over.Token);
            if (turn.By == DialogueTurnBy.Agent && !spoken)
            {
                spoken = true;
                await visitor.AgentSpoke.WaitAsync(_over.Token);
                Record.Measure(RunRecord.FirstMessage, intended);
            }
        }
    }

    private async Task Faults(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(scenario.DropEverySeconds));
        try
        {
            while (await timer.WaitForNextTickAsync(_over.Token) && !cancellationToken.IsCancellationRequested)
            {
                if (crowd.Talks.Length > 0)
                    Keep(Return(crowd.Talks[Random.Shared.Next(crowd.Talks.Length)], Stopwatch.GetTimestamp()));
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
    }

    private async Task Answered(TimeSpan within, CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();
        while (waiting.Elapsed < within && crowd.Talks.Any(t => t.FromVisitor.Waiting + t.FromAgent.Waiting > 0))
            await Task.Delay(20, cancellationToken);
    }

    // At most 30 seconds for what is under way; what is missing at a client then is asked for once, and is lost if the
    // server does not have it either.
    private async Task Settle(CancellationToken cancellationToken)
    {
        Task[] underWay;
        lock (_underWay)
            underWay = [.. _underWay];
        await Task.WhenAny(Task.WhenAll(underWay), Task.Delay(TimeSpan.FromSeconds(30), cancellationToken));
        // A fault of the load tester itself must not look like a run that held.
        Record.Failed += underWay.Count(task => task.IsFaulted);
        foreach (var fault in underWay.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException!))
            Record.Refused(fault.GetType().Name);
        await Answered(TimeSpan.FromSeconds(30), cancellationToken);
        foreach (var view in crowd.Views.Where(v => v.Owner.IsOpen))
            view.Resume(static _ => { });
        var until = Environment.TickCount64 + 10_000;
        while (Environment.TickCount64 < until && crowd.Views.Any(v => !v.Complete))
            await Task.Delay(50, cancellationToken);
        if (scenario.Work == Work.Message)
        {
            if (!crowd.Views.Any(v => v.Check.Skipped))
                _deliveriesLost += Math.Max(0, Record.Acked - Record.Delivered);
            // Each side must have seen as many messages of the other as were acked to it.
            foreach (var talk in crowd.Talks.Where(t => t.AgentView != t.VisitorView && t.Visitor.SeesOwn
                && !t.AgentView.Check.Skipped && !t.VisitorView.Check.Skipped))
                _deliveriesLost += Math.Abs(talk.VisitorView.Check.Messages - talk.AgentView.Check.Messages);
        }
    }
}

/// <summary>What each client checked while loading. Lost, doubled and out of order fail the run; gaps that were healed
/// and repeats are allowed by the protocol.</summary>
public sealed record Correctness(long Lost, long Doubled, long OutOfOrder, long GapsHealed, long Repeats, long Unanswered)
{
    public bool Holds => Lost == 0 && Doubled == 0 && OutOfOrder == 0;
}
