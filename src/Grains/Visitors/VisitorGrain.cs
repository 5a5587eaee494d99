using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Time;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;
using CustomerService.Visitors;
using Microsoft.Extensions.Logging;

namespace CustomerService.Grains.Visitors;

/// <summary>The thin actor of one visitor of one site. What is open is decided on its own stream first, then done on
/// the conversation's: so two can never be open, and a crash in between is mended by a retry or by the owed effect.
/// </summary>
internal sealed partial class VisitorGrain : Grain, IVisitorGrain
{
    private readonly IJournal _journal;
    private readonly IOutbox _outbox;
    private readonly IEffectCourier _courier;
    private readonly ICatalogueCache _catalogue;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _clock;
    private readonly ILogger<VisitorGrain> _log;
    private readonly EventStream<Visitor, VisitorEvent> _stream;
    private readonly string _key;
    private readonly string _streamName;
    private readonly string _siteId;
    private readonly string _visitorId;
    private bool _loaded;
    private ImmutableArray<PageView> _pages = [];

    public VisitorGrain(
        [PersistentState("visitor", StreamNames.SnapshotStorage)]
        IPersistentState<Snapshot<Visitor>> snapshot,
        IJournal journal, IOutbox outbox, IEffectCourier courier, ICatalogueCache catalogue, IGrainFactory grains,
        TimeProvider clock, ILogger<VisitorGrain> log)
    {
        _journal = journal;
        _outbox = outbox;
        _courier = courier;
        _catalogue = catalogue;
        _grains = grains;
        _clock = clock;
        _log = log;
        _key = this.GetPrimaryKeyString();
        _streamName = StreamNames.Visitor(_key);
        var slash = _key.IndexOf('/', StringComparison.Ordinal);
        _siteId = slash > 0 ? _key[..slash] : "";
        _visitorId = _key[(slash + 1)..];
        _stream = new EventStream<Visitor, VisitorEvent>(_streamName, journal, snapshot, DeactivateOnIdle);
    }

    private Visitor State => _stream.State;

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        _loaded ? _stream.SaveSnapshot() : Task.CompletedTask;

    public Task<StartReceipt> StartConversation(StartRequest request)
    {
        if (VisitorRules.Check(request) is { } malformed)
            return Task.FromResult(Refused(malformed));
        if (request.By.Id != _visitorId)
            return Task.FromResult(Refused(Refusal.NotFound));
        return Guarded(async () =>
        {
            var bound = await Earlier(request.By.Key, request.ClientId);
            if (bound is null)
            {
                if (State.IsBlocked)
                    return Refused(Refusal.Blocked);
                if ((await _catalogue.Get()).Site(_siteId) is not { } site)
                    return Refused(Refusal.NotFound);
                var last = await Look(State.OpenId ?? State.LastId);
                bound = VisitorRules.Bind(_siteId, request, last, VisitorRules.QueueOf(site, request), Now());
                var outcome = await Append(bound, request.By.Key, request.ClientId);
                if (outcome.Refusal is { } refusal)
                    return Refused(refusal);
                var receipt = await FollowUp(bound, request);
                if (receipt.Refusal is null)
                    _outbox.Complete(outcome.Owed);
                return receipt;
            }
            return await FollowUp(bound, request);
        }, Refused);
    }

    public Task<ConversationReceipt> ReopenConversation(Actor by, string conversationId, string? commandId)
    {
        var command = new ReopenConversation(by, commandId);
        if ((CommandChecks.Check(command) ?? CommandChecks.Id(conversationId)) is { } malformed)
            return Task.FromResult(ConversationReceipt.Refused(malformed));
        return Guarded(async () =>
        {
            var conversation = _grains.Of<IConversationGrain>(conversationId);
            if (await conversation.Describe(by) is not { } line
                || line.SiteKey != _siteId || line.Visitor.Id != _visitorId)
                return ConversationReceipt.Refused(Refusal.NotFound);
            var known = commandId is null ? null : await Earlier(by.Key, commandId);
            if (known is null && line.State == ConversationState.Closed)
            {
                if (State.IsBlocked)
                    return ConversationReceipt.Refused(Refusal.Blocked);
                if (State.OpenId is { } openId && openId != conversationId
                    && await Look(openId) is { IsClosed: false })
                {
                    return ConversationReceipt.Refused(new Refusal(
                        RefusalCode.Conflict, "The visitor has another conversation open.", ConversationId: openId));
                }
                var outcome = await Append(
                    new VisitorConversationReopened(conversationId, null, line.Head) { At = Now() }, by.Key, commandId);
                if (outcome.Refusal is { } refusal)
                    return ConversationReceipt.Refused(refusal);
            }
            var receipt = await conversation.Execute(command);
            await NoteIfClosed(conversationId, receipt);
            return receipt;
        }, ConversationReceipt.Refused);
    }

    public Task<CardReceipt> Card(Actor by, string conversationId) =>
        OnCard(by, conversationId, (_, _) => Task.FromResult(CardDecision.NothingToDo), null);

    public Task<CardReceipt> SetBlocked(
        Actor by, string conversationId, bool blocked, string? reason, string? commandId) =>
        OnCard(by, conversationId, (line, at) => Task.FromResult(CardRules.Block(State, by, line, blocked, reason, at)), commandId);

    public Task<CardReceipt> SetFields(
        Actor by, string conversationId, long revision, ImmutableDictionary<string, string> values, string? commandId) =>
        OnCard(by, conversationId, async (_, at) => CardRules.SetFields(
            State, by, (await _catalogue.Get()).Site(_siteId)?.CustomerFields ?? [], revision, values, at), commandId);

    public async Task PageViewed(Actor by, PageView page)
    {
        if (by.Id != _visitorId)
            return;
        _pages = CardRules.Walked(_pages, page with { At = Now() });
        try
        {
            await Load();
        }
        catch (Exception error) when (error is StreamQuarantinedException || StorageFailures.IsKnown(error))
        {
            return; // Nobody can be following what can't be read.
        }
        if (State.OpenId is { } open)
            _grains.Of<IConversationGrain>(open).Signal(by, new SignalView("page") { Page = _pages[^1] }).Ignore();
    }

    public async Task ConversationClosed(string conversationId, long version)
    {
        // What fails here throws: the effect stays owed and comes again.
        await Load();
        if (!VisitorRules.IsNews(State, conversationId, version))
            return;
        var outcome = await Append(new VisitorConversationClosed(conversationId, version) { At = Now() }, null, null);
        if (outcome.Refusal is not null)
            throw new JournalUnavailableException();
    }

    /// <summary>Answers with the card as it stands after the change, for who may see that conversation of the visitor's.
    /// </summary>
    private Task<CardReceipt> OnCard(
        Actor by, string conversationId, Func<ConversationView, DateTimeOffset, Task<CardDecision>> decide, string? commandId)
    {
        if ((CommandChecks.Id(conversationId) ?? (commandId is null ? null : CommandChecks.Id(commandId))) is { } malformed)
            return Task.FromResult(new CardReceipt(malformed, null));
        return Guarded(async () =>
        {
            if (by.Kind != ActorKind.Agent
                || await _grains.Of<IConversationGrain>(conversationId).Describe(by) is not { } line
                || line.SiteKey != _siteId || line.Visitor.Id != _visitorId)
            {
                return new CardReceipt(Refusal.NotFound, null);
            }
            if (commandId is not null && await Earlier(by.Key, commandId) is not null)
                return new CardReceipt(null, CardOf());
            var (fact, refusal) = await decide(line, Now());
            if (fact is not null)
            {
                var outcome = await Append(fact, by.Key, commandId);
                if (outcome.Refusal is { } failed)
                    return new CardReceipt(failed, null);
                _courier.Deliver(outcome.Owed);
            }
            return new CardReceipt(refusal, CardOf());
        }, refusal => new CardReceipt(refusal, null));
    }

    private VisitorCard CardOf() => new(
        State.IsBlocked, State.Fields.ToImmutableDictionary(field => field.Key, field => field.Value), State.FieldsRevision,
        _pages);

    /// <summary>Does what the event promised. Every step may have been done before.</summary>
    private async Task<StartReceipt> FollowUp(VisitorEvent bound, StartRequest request)
    {
        var (conversationId, receipt) = await Enter(bound, request);
        if (receipt.Refusal is { } refusal)
        {
            await NoteIfClosed(conversationId, receipt);
            return Refused(refusal) with { ConversationId = conversationId };
        }
        if (VisitorRules.Post(request) is not { } post)
            return new StartReceipt(null, conversationId, receipt.VisitorHead, receipt.State, null);

        var posted = await _grains.Of<IConversationGrain>(conversationId).Execute(post);
        if (posted.Refusal is { } notPosted)
        {
            await NoteIfClosed(conversationId, posted);
            return Refused(notPosted) with { ConversationId = conversationId };
        }
        return new StartReceipt(null, conversationId, posted.VisitorHead, posted.State, posted.Sequence);
    }

    private async Task<(string ConversationId, ConversationReceipt Receipt)> Enter(
        VisitorEvent bound, StartRequest request)
    {
        switch (bound)
        {
            case VisitorConversationOpened e:
                return (e.ConversationId, await _grains.Of<IConversationGrain>(e.ConversationId)
                    .Execute(VisitorRules.Begin(e, _siteId, _visitorId, priority: 0)));
            case VisitorConversationReopened e:
                return (e.ConversationId, await _grains.Of<IConversationGrain>(e.ConversationId)
                    .Execute(new ReopenConversation(request.By, VisitorRules.ReopenId(request.ClientId))));
            case VisitorConversationJoined e:
                // It began before, so this only asks how it stands; if a crash came in between, it begins now.
                var site = (await _catalogue.Get()).Site(_siteId);
                return (e.ConversationId, await _grains.Of<IConversationGrain>(e.ConversationId)
                    .Execute(VisitorRules.Begin(request, _siteId, site?.QueueId ?? "default")));
            default:
                throw new InvalidOperationException($"{bound.GetType()} binds no client id.");
        }
    }

    /// <summary>A conversation that turns out closed is not the open one, though its owed message has not come yet or a
    /// reopening was too late.</summary>
    private async Task NoteIfClosed(string conversationId, ConversationReceipt receipt)
    {
        if (receipt.State == ConversationState.Closed && State.OpenId == conversationId)
        {
            await Append(new VisitorConversationClosed(
                conversationId, Math.Max(receipt.Version, State.ClosesHeard)) { At = Now() }, null, null);
        }
    }

    private async Task<KnownConversation?> Look(string? conversationId)
    {
        if (conversationId is null)
            return null;
        if (await _grains.Of<IConversationGrain>(conversationId).Describe(Actor.System) is not { } line)
        {
            // Opened but not begun: a crash came in between, and its beginning is owed. It is the open one.
            return new KnownConversation(conversationId, IsClosed: false, 0, MayReopen: false);
        }
        var policy = ConversationPolicy.Of(line.Queue.Id, (await _catalogue.Get()).Queue(line.Queue.Id));
        var isClosed = line.State == ConversationState.Closed;
        return new KnownConversation(
            conversationId, isClosed, line.Head, isClosed && Now() <= line.ClosedAt + policy.Reopen);
    }

    private async Task<VisitorEvent?> Earlier(string author, string clientId) =>
        State.Version > 0 && await _journal.FindByClientId(_streamName, author, clientId) is { } stored
            ? EventCodec<VisitorEvent>.Instance.Decode(stored)
            : null;

    /// <summary>Stores one event, with what it owes. A duplicate id can only come from another activation: it is asked
    /// again.</summary>
    private async Task<AppendOutcome> Append(VisitorEvent fact, string? author, string? clientId)
    {
        var before = State;
        var outcome = await _stream.Append(
            [
                new NewFact<VisitorEvent>(fact)
                {
                    Author = clientId is null ? null : author,
                    ClientId = clientId,
                },
            ],
            fact is VisitorConversationOpened opened
                ? [Effect.BeginConversation(
                    opened.ConversationId, VisitorRules.Begin(opened, _siteId, _visitorId, priority: 0))]
                : CardRules.Owed(before, fact));
        return outcome.IsDuplicate ? AppendOutcome.Refused(Refusal.Unavailable) : outcome;
    }

    private async Task Load()
    {
        if (_loaded)
            return;
        await _stream.Load(CancellationToken.None);
        _loaded = true;
    }

    private async Task<T> Guarded<T>(Func<Task<T>> work, Func<Refusal, T> refused)
    {
        try
        {
            await Load();
            return await work();
        }
        catch (StreamQuarantinedException error)
        {
            LogQuarantined(error, _key);
            return refused(Refusal.Quarantined);
        }
        catch (Exception error) when (StorageFailures.IsKnown(error))
        {
            LogUnavailable(error, _key);
            return refused(Refusal.Unavailable);
        }
    }

    private static StartReceipt Refused(Refusal refusal) => new(refusal, "", 0, ConversationState.None, null);

    private DateTimeOffset Now() => _clock.GetStoredNow();

    [LoggerMessage(Level = LogLevel.Error, Message = "Visitor {Key} is quarantined.")]
    private partial void LogQuarantined(Exception error, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Visitor {Key}: out of reach.")]
    private partial void LogUnavailable(Exception error, string key);
}
