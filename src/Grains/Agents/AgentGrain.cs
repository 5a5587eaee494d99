using System.Collections.Immutable;
using System.Text;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Feed;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Time;
using CustomerService.Queues;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Journal;
using Microsoft.Extensions.Logging;
using Orleans.Placement;

namespace CustomerService.Grains.Agents;

/// <summary>The actor of one agent: loads, asks <see cref="AgentRules"/>, appends, tells queues and fronts. Calls to
/// conversations and queues are never awaited inside a turn.</summary>
[RandomPlacement] // By what silos have in use, all who sign in at the same hour would come to the one that is free then.
internal sealed class AgentGrain(
    [PersistentState("agent", StreamNames.SnapshotStorage)] IPersistentState<Snapshot<Agent>> snapshot,
    IJournal journal,
    IDeadlines deadlines,
    IAccounts accounts,
    ICatalogueCache catalogue,
    IEffectCourier courier,
    IFeed feed,
    IGrainFactory grains,
    IIdSource ids,
    TimeProvider clock,
    ILogger<AgentGrain> log) : Grain, IAgentGrain
{
    private readonly StatusTurns _statusTurns = new();
    private EventStream<Agent, AgentEvent> _stream = null!;
    private AgentPresence _presence = null!;
    private AgentProfile _profile = null!;
    private AgentAvailability _reported = null!;
    private IGrainTimer _timer = null!;
    private DateTimeOffset _epoch, _profileReadAt;
    private DateTimeOffset? _armed;
    private TimeSpan _grace = AgentRules.GraceDefault;
    private bool _verifying;

    private string Id => this.GetPrimaryKeyString();

    private Agent State => _stream.State;

    private DateTimeOffset Now => clock.GetStoredNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stream = new(StreamNames.Agent(Id), journal, snapshot, DeactivateOnIdle);
        await _stream.Load(cancellationToken);
        // Two activations must not share an epoch, however coarse the clock: less than a millisecond is made up.
        _epoch = Now.AddTicks(BitConverter.ToUInt16(Encoding.UTF8.GetBytes(ids.Next())) % TimeSpan.TicksPerMillisecond);
        _presence = new AgentPresence(Now);
        _profile = AgentProfile.Unknown(Id);
        await ReadProfile();
        _timer = this.RegisterGrainTimer(
            OnTimer, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        _reported = Measure(1);
        Report(_reported, _profile.Queues);
        Punctual();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        _stream?.SaveSnapshot() ?? Task.CompletedTask;

    public async Task<AgentReceipt> SetStatus(
        AgentStatus status, string? commandId, string? reason, StatusOrder? order)
    {
        Expire();
        if (order is not null && order.Epoch != _epoch)
            return Receipt(Refusal.Unavailable);
        if (commandId is { Length: 0 or > Limits.IdLengthMax })
            return Receipt(new Refusal(RefusalCode.Invalid, "A command id has 1 to 64 characters."));
        // Without a reason the parts are as they were before there were any: stored hashes stay true.
        var content = Encoding.UTF8.GetBytes(reason is null
            ? DerivedId.Of("status", status.ToString())
            : DerivedId.Of("status", status.ToString(), reason)).AsMemory(0, 16);
        var isOvertaken = order is not null && _statusTurns.IsOvertaken(order);
        var decision = AgentRules.SetStatus(
            State, _profile, status, commandId is not null, Now, reason, isOvertaken);
        if (commandId is not null && decision.Refusal is not null && await Earlier(commandId, content) is { } earlier)
            return earlier;
        if (decision.Facts.IsEmpty)
        {
            var receipt = await WithoutFacts(decision);
            Done(receipt.Refusal is null);
            return receipt;
        }
        var outcome = await Commit(decision, commandId, content);
        Done(outcome.Stored);
        return outcome.IsDuplicate
            ? await Earlier(commandId!, content) ?? Receipt(Refusal.Unavailable)
            : Receipt(outcome.Refusal);

        void Done(bool isDone)
        {
            if (isDone && order is not null && !isOvertaken)
                _statusTurns.Done(order);
        }
    }

    public Task<AgentReceipt> Arrive(string frontId, TimeSpan lease)
    {
        if (_profile.Disabled)
            return Task.FromResult(Receipt(new Refusal(RefusalCode.Forbidden, "The account is disabled.")));
        var now = Now;
        _presence.Expire(now);
        _presence.Arrive(frontId, now, lease);
        Changed();
        return Task.FromResult(Receipt(null));
    }

    public Task Leave(string frontId)
    {
        var now = Now;
        _presence.Expire(now);
        _presence.Leave(frontId, now);
        Changed();
        return Task.CompletedTask;
    }

    public async Task<AgentReceipt> Reserve(string reservationId, string conversationId, bool byHand)
    {
        Expire();
        var decision = AgentRules.Reserve(
            State, _profile, _presence.IsPresent, reservationId, conversationId, byHand, Now);
        if (decision.Facts.IsEmpty)
            return await WithoutFacts(decision);
        var outcome = await Commit(decision);
        return Receipt(outcome.Refusal);
    }

    public async Task Confirm(string reservationId, bool offered, ConversationView conversation)
    {
        var decision = AgentRules.Confirm(State, _profile, reservationId, offered, Now);
        if (await Done(decision))
            Push(offered ? "offered" : "added", conversation);
    }

    public async Task Release(string reservationId, ConversationView? conversation, DateTimeOffset? wrapUpUntil)
    {
        var decision = AgentRules.Release(State, reservationId, conversation is not null, Now, wrapUpUntil);
        if (await Done(decision) && conversation is not null)
            Push("removed", conversation);
    }

    public async Task<AgentReceipt> EndWrapUp(string id)
    {
        Expire();
        var decision = AgentRules.EndWrapUp(State, id, Now);
        if (decision.Facts.IsEmpty)
            return await WithoutFacts(decision);
        var outcome = await Commit(decision);
        return Receipt(outcome.Refusal);
    }

    public Task InboxLineChanged(ConversationView conversation)
    {
        Expire();
        Push("changed", conversation);
        return Task.CompletedTask;
    }

    public async Task<AgentAvailability> Availability()
    {
        await MustBeCurrent();
        Expire();
        return _reported with { StatusTurn = _statusTurns.Next() };
    }

    public async Task<long> InboxVersion()
    {
        await MustBeCurrent();
        return State.InboxVersion;
    }

    /// <summary>What is asked for is true of what is stored, not of what this activation remembers: where another one
    /// wrote, this one ends, and the caller's retry finds one that knows.</summary>
    private async Task MustBeCurrent()
    {
        var heads = await journal.Heads([StreamNames.Agent(Id)]);
        if (heads is [{ } head] && head.Version == State.Version)
            return;
        _stream.Forget();
        throw new JournalUnavailableException();
    }

    public async Task AccountChanged()
    {
        await ReadProfile();
        await Look(null);
    }

    public Task CheckDeadlines(DateTimeOffset dueAt) => Look(dueAt);

    private Task OnTimer(CancellationToken cancellationToken) => Look(null);

    /// <summary>Does what is due and makes sure that somebody looks again.</summary>
    /// <param name="dueAt">The stored deadline that came due; null where only punctuality is wanted.</param>
    private async Task Look(DateTimeOffset? dueAt)
    {
        if (dueAt is not null)
            _armed = null; // What is stored lies in the past, whatever this activation believed.
        if (dueAt is not null && Now - _profileReadAt >= AgentRules.LookEvery / 2)
            await TryReadProfile();
        Expire();
        var now = Now;
        var decision = AgentRules.Look(
            State, _profile, _presence.IsPresent, _presence.LastKnown, _grace, now);
        if (decision.Facts is [_, ..])
        {
            await Commit(decision);
        }
        else if (dueAt is { } expected)
        {
            var next = NextLook(State);
            await deadlines.Rearm(StreamNames.Agent(Id), expected, next);
            _armed = next;
        }
        Punctual();
        Verify(AgentRules.ToVerify(State, now));
    }

    private async Task<AgentReceipt> WithoutFacts(AgentDecision decision)
    {
        await MustBeCurrent();
        return Receipt(decision.Refusal);
    }

    private async Task<bool> Done(AgentDecision decision)
    {
        if (decision.Facts.IsEmpty)
        {
            // Acknowledged, it is never told again: an overtaken activation that knows nothing of the reservation must
            // not say that it is done.
            await MustBeCurrent();
            return false;
        }
        var outcome = await Commit(decision);
        // Whoever owes this must not forget it.
        return outcome.Stored ? true : throw new JournalUnavailableException();
    }

    private async Task<AppendOutcome> Commit(
        AgentDecision decision, string? commandId = null, ReadOnlyMemory<byte> content = default)
    {
        var facts = decision.Facts.Select((fact, index) => index == 0 && commandId is not null
            ? new NewFact<AgentEvent>(fact) { Author = AuthorKey, ClientId = commandId, ContentHash = content }
            : new NewFact<AgentEvent>(fact));
        DateTimeOffset? armed = _armed;
        var outcome = await _stream.Append([.. facts], decision.Effects, deadline: after =>
        {
            var (now, next) = (Now, NextLook(after));
            // An earlier look that is still to come does as well: deadlines are lazy.
            if (next is { } at && armed is { } before && before > now && before <= at)
                return DeadlineChange.Keep;
            armed = next;
            return next is { } due ? DeadlineChange.Set(due) : DeadlineChange.Clear;
        });
        if (!outcome.Stored)
            return outcome;
        _armed = armed;
        courier.Deliver(outcome.Owed);
        Changed();
        return outcome;
    }

    private string AuthorKey => Actor.KeyOf(ActorKind.Agent, Id);

    /// <summary>The answer to a command id that is stored already; null where it is not.</summary>
    private async Task<AgentReceipt?> Earlier(string commandId, ReadOnlyMemory<byte> content)
    {
        var stored = await journal.FindByClientId(StreamNames.Agent(Id), AuthorKey, commandId);
        if (stored is null)
            return null;
        return stored.ContentHash.Span.SequenceEqual(content.Span)
            ? Receipt(null)
            : Receipt(new Refusal(RefusalCode.Conflict, "The id was used with another status."));
    }

    /// <summary>Asks conversations, after this turn, what became of reservations; one round at a time.</summary>
    private void Verify(ImmutableArray<Reservation> reservations)
    {
        if (reservations.IsEmpty || _verifying)
            return;
        _verifying = true;
        _ = Ask();

        async Task Ask()
        {
            try
            {
                foreach (var reservation in reservations)
                    await ReservationCheck.Run(grains, _profile with { Id = Id }, reservation);
            }
            catch (Exception error)
            {
                log.LogWarning(error, "Agent {Agent} could not ask about its reservations; it will again.", Id);
            }
            finally
            {
                _verifying = false;
            }
        }
    }

    private async Task TryReadProfile()
    {
        try
        {
            await ReadProfile();
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Agent {Agent} goes on with what it knew of its account.", Id);
        }
    }

    private async Task ReadProfile()
    {
        var profile = AgentProfile.From(Id, await accounts.Find(Id));
        var copy = await catalogue.Get();
        _grace = AgentRules.Grace(profile.Queues.Select(copy.Queue).OfType<Storage.Catalogue.QueueSettings>());
        _profileReadAt = Now;
        if (profile.Matches(_profile))
            return;
        var left = _profile.Queues.Except(profile.Queues, StringComparer.Ordinal).ToImmutableArray();
        _profile = profile;
        if (_reported is not null)
        {
            Changed();
            Report(_reported, left);
        }
    }

    private void Expire()
    {
        _presence.Expire(Now);
        Changed();
    }

    /// <summary>Tells the queues where anything they need to know is different from what they were told.</summary>
    private void Changed()
    {
        var measured = Measure(_reported.Revision);
        if (measured with { Queues = _reported.Queues, WrapUps = _reported.WrapUps } == _reported
            && measured.WrapUps.SequenceEqual(_reported.WrapUps)
            && measured.Queues.SequenceEqual(_reported.Queues, StringComparer.Ordinal))
            return;
        _reported = measured with { Revision = _reported.Revision + 1 };
        Report(_reported, _profile.Queues);
        Punctual();
    }

    private void Report(AgentAvailability availability, ImmutableArray<string> queues)
    {
        foreach (var queue in queues)
            _ = grains.Of<IQueueGrain>(queue).AgentChanged(availability);
    }

    private AgentAvailability Measure(long revision) => new(
        new AgentRef(Id, _profile.Name), revision, _epoch, State.Status, _presence.IsPresent,
        State.Reservations.Length, _profile.Capacity, State.IdleSince, _profile.Queues)
    {
        Reason = State.Reason,
        StatusSince = State.StatusSince,
        WrapUps = AgentRules.WrapUps(State),
    };

    /// <summary>Sets the activation's timer to the next moment at which it can change by itself. The stored
    /// deadline would do it too, only later.</summary>
    private void Punctual()
    {
        var now = Now;
        var next = _presence.Until
            ?? (State.Status != AgentStatus.Offline && AgentRules.HoldsOn(State) ? _presence.LastKnown + _grace : null);
        if (AgentRules.WrapUpEnd(State) is { } over && !(next < over))
            next = over;
        var wait = next is { } at ? at > now ? at - now : TimeSpan.FromSeconds(1) : Timeout.InfiniteTimeSpan;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private DateTimeOffset? NextLook(Agent state) =>
        AgentRules.NextLook(state, _presence.IsPresent, _presence.LastKnown, _grace, Now);

    private AgentReceipt Receipt(Refusal? refusal) => new(refusal, _reported);

    private void Push(string change, ConversationView conversation)
    {
        var envelope = new InboxEnvelope(Id, State.InboxVersion, change, conversation);
        foreach (var front in _presence.Fronts)
            feed.Send(front, envelope);
    }
}
