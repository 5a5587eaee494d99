using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Catalogue;
using CustomerService.Queues;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Conversations;
using Microsoft.Extensions.Logging;

namespace CustomerService.Grains.Queues;

/// <summary>The actor of one queue: tells <see cref="QueueBoard"/> what happened and carries out its matches. A turn never
/// waits for another grain: matches run between turns, on the activation's own scheduler.</summary>
internal sealed class QueueGrain(
    IConversationIndex index,
    IAccounts accounts,
    ICatalogueCache catalogue,
    IGrainFactory grains,
    IIdSource ids,
    TimeProvider clock,
    ILogger<QueueGrain> log) : Grain, IQueueGrain
{
    /// <summary>Waiting conversations read at a time while loading.</summary>
    private const int PageRows = 10_000;

    /// <summary>The first so many are compared with the database at each reconciliation: the ones next in line.</summary>
    private const int ComparedRows = 1_000;

    /// <summary>Members asked at a time.</summary>
    private const int MembersAtATime = 32;

    private QueueSettings _settings = null!;
    private QueueBoard _board = null!;
    private IGrainTimer _timer = null!;
    private QueueFigures _figures = null!;
    private bool _reconciling, _going;

    private string Id => this.GetPrimaryKeyString();

    private DateTimeOffset Now => clock.GetUtcNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _settings = Settings(await catalogue.Get());
        _board = new QueueBoard(Id, _settings.Strategy);
        for (ConversationRow? last = null; ;)
        {
            var rows = await index.Waiting(Id, last, PageRows, cancellationToken);
            foreach (var row in rows)
                _board.Waiting.Hear(Told(row), Now);
            if (rows.Count < PageRows)
                break;
            last = rows[^1];
        }
        _timer = this.RegisterGrainTimer(
            OnTimer, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        _figures = new QueueFigures(Id, clock);
        QueueMetrics.Hold(_figures);
        _ = AskMembers();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_figures is not null)
            QueueMetrics.Let(_figures);
        return Task.CompletedTask;
    }

    public Task ConversationChanged(WaitingConversation conversation)
    {
        _board.Waiting.Hear(conversation, Now);
        Go();
        return Task.CompletedTask;
    }

    public Task AgentChanged(AgentAvailability agent)
    {
        if (_board.Members.Report(agent, Now))
            _ = Ask(agent.Agent.Id);
        Go();
        return Task.CompletedTask;
    }

    public async Task SettingsChanged()
    {
        _settings = Settings(await catalogue.Reload());
        _board.Members.Follow(_settings.Strategy);
        Go();
    }

    public Task<ImmutableArray<WaitingPosition?>> Positions(ImmutableArray<string> conversationIds) =>
        Task.FromResult(_board.Positions(conversationIds, Now));

    public Task<QueueOverview> Overview() => Task.FromResult(new QueueOverview(
        new QueueRef(Id, _settings.Name), _board.Waiting.Count, _board.Waiting.OldestEnqueuedAt, _board.Members.Reports));

    public Task Reconcile()
    {
        if (!_reconciling)
            _ = ReconcileNow();
        return Task.CompletedTask;
    }

    private Task OnTimer(CancellationToken cancellationToken)
    {
        Go();
        return Task.CompletedTask;
    }

    /// <summary>Begins and continues matches as far as possible, after what else has come by now: under load many notices and
    /// answers are one look. Called whenever anything changed; never awaits.</summary>
    private void Go()
    {
        if (_going)
            return;
        _going = true;
        _ = Soon();

        async Task Soon()
        {
            await Task.Yield(); // On the activation's own scheduler, behind what waits there.
            _going = false;
            GoOn();
        }
    }

    private void GoOn()
    {
        var now = Now;
        _board.Waiting.Wake(now);
        foreach (var match in _board.GiveUp(now))
        {
            _ = GiveBack(match);
            _ = Ask(match.Agent.Id);
        }
        while (_board.Next(ids.Next, now) is { } match)
            _ = Reserve(match);
        foreach (var (match, assign) in _board.Advance(now))
            _ = assign ? Assign(match) : GiveBack(match);
        var wait = _board.NextWake(now) is { } at
            ? at > now ? at - now : TimeSpan.FromMilliseconds(1)
            : Timeout.InfiniteTimeSpan;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
        _figures.Set(_board.Waiting.Count, _board.Waiting.OldestEnqueuedAt, _board.Members.Online);
    }

    private async Task Reserve(Match match)
    {
        AgentReceipt? receipt = null;
        try
        {
            receipt = await grains.Of<IAgentGrain>(match.Agent.Id)
                .Reserve(match.ReservationId, match.ConversationId, byHand: false);
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Queue {Queue}: agent {Agent} could not be asked.", Id, match.Agent.Id);
        }
        if (_board.Reserved(match, receipt, Now))
            _ = GiveBack(match);
        Go();
    }

    private async Task Assign(Match match)
    {
        ConversationReceipt? receipt = null;
        try
        {
            receipt = await grains.Of<IConversationGrain>(match.ConversationId).Execute(new AssignConversation(
                Actor.System, null, match.ReservationId, match.Agent, Id, match.Why));
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Queue {Queue}: conversation {Conversation} could not be told.", Id, match.ConversationId);
        }
        if (receipt is { Refusal: null })
            QueueMetrics.Assigned(_figures, Now - match.Key.EnqueuedAt);
        if (_board.Assigned(match, receipt, Now))
            _ = GiveBack(match);
        Go();
    }

    /// <summary>Lost, it is only slower: the agent finds out by itself.</summary>
    private async Task GiveBack(Match match)
    {
        try
        {
            await grains.Of<IAgentGrain>(match.Agent.Id).Release(match.ReservationId, null);
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Queue {Queue}: a place of agent {Agent} is given back later.", Id, match.Agent.Id);
        }
    }

    private async Task ReconcileNow()
    {
        _reconciling = true;
        try
        {
            _settings = Settings(await catalogue.Get());
            _board.Members.Follow(_settings.Strategy);
            var heardBefore = _board.Waiting.Heard;
            var rows = await index.Waiting(Id, null, ComparedRows);
            _board.Compare([.. rows.Select(Told)], rows.Count < ComparedRows, heardBefore, Now);
            Go();
            // Not awaited: a member that does not answer must not put off the next comparison.
            _ = AskMembers();
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Queue {Queue} could not be reconciled; it will be again.", Id);
        }
        finally
        {
            _reconciling = false;
        }
    }

    /// <summary>Asks every member how it stands; those that can't be reached report by themselves when they are back.
    /// </summary>
    private async Task AskMembers()
    {
        try
        {
            var members = await accounts.MembersOf(Id);
            var next = 0;
            await Task.WhenAll(Enumerable.Range(0, Math.Min(MembersAtATime, members.Count)).Select(_ => AskSome()));

            async Task AskSome()
            {
                while (next < members.Count)
                    await Ask(members[next++].AgentId);
            }
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Queue {Queue} could not read its members; it will again.", Id);
        }
    }

    /// <summary>Asks one member how it stands.</summary>
    private async Task Ask(string agentId)
    {
        try
        {
            var report = await grains.Of<IAgentGrain>(agentId).Availability();
            _board.Members.Report(report, Now, isAnswer: true);
            Go();
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Queue {Queue}: member {Agent} did not answer.", Id, agentId);
        }
    }

    private QueueSettings Settings(CatalogueCopy copy) => copy.Queue(Id) ?? new QueueSettings { Id = Id, Name = Id };

    private static WaitingConversation Told(ConversationRow row) =>
        new(row.Id, row.Version, true, row.Priority, row.EnqueuedAt, row.SkippedAgentId);
}
