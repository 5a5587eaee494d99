using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Feed;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Time;
using CustomerService.Queues;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Journal;
using Microsoft.Extensions.Logging;

namespace CustomerService.Grains.Conversations;

/// <summary>The thin actor of one conversation: loads, asks the rules, appends, announces. Not reentrant: while it
/// waits for the journal or an agent nothing else happens here, so a decision's state is the one it is stored at.
/// </summary>
internal sealed partial class ConversationGrain : Grain, IConversationGrain
{
    private readonly IJournal _journal;
    private readonly IDeadlines _deadlines;
    private readonly IConversationIndex _index;
    private readonly ICatalogueCache _catalogue;
    private readonly IEffectCourier _courier;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _clock;
    private readonly ILogger<ConversationGrain> _log;
    private readonly EventStream<Conversation, ConversationEvent> _stream;
    private readonly Watchers _watchers;
    private readonly ReadMarks _marks;
    private readonly DeliveredMarks _delivered = new();
    private readonly Func<string, long> _readUpTo;
    private readonly InboxLine _inboxLine;
    private readonly string _id;
    private readonly string _streamName;
    private readonly string _epoch;
    private (string? Id, IAgentGrain? Grain) _holder; // Making a reference costs more than calling it.
    private bool _loaded;
    private Refusal _notReady = Refusal.Unavailable;

    public ConversationGrain(
        [PersistentState("conversation", StreamNames.SnapshotStorage)]
        IPersistentState<Snapshot<Conversation>> snapshot,
        IJournal journal, IDeadlines deadlines, IConversationIndex index, ICatalogueCache catalogue,
        IEffectCourier courier, IFeed feed, IGrainFactory grains, IIdSource ids, TimeProvider clock,
        ILogger<ConversationGrain> log)
    {
        _journal = journal;
        _deadlines = deadlines;
        _index = index;
        _catalogue = catalogue;
        _courier = courier;
        _grains = grains;
        _clock = clock;
        _log = log;
        _id = this.GetPrimaryKeyString();
        _streamName = StreamNames.Conversation(_id);
        _epoch = ids.Next();
        _stream = new EventStream<Conversation, ConversationEvent>(_streamName, journal, snapshot, DeactivateOnIdle);
        _watchers = new Watchers(feed);
        _marks = new ReadMarks(_id, _streamName, journal, index);
        _readUpTo = _marks.Of;
        _inboxLine = new InboxLine(TellHolder, MakeTimer, clock);
    }

    private Conversation State => _stream.State;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _stream.Hints = [.. _watchers.Hints(), .. _delivered.Hints()];
        if (_loaded)
            await _stream.SaveSnapshot();
    }

    public async Task<ConversationReceipt> Execute(ConversationCommand command)
    {
        if (CommandChecks.Check(command) is { } malformed)
            return ConversationReceipt.Refused(malformed);
        try
        {
            return await Ready() ? await Handle(command) : ConversationReceipt.Refused(_notReady);
        }
        catch (Exception error) when (StorageFailures.IsKnown(error))
        {
            LogUnavailable(error, _id, command.GetType().Name);
            return ConversationReceipt.Refused(Refusal.Unavailable);
        }
    }

    public async Task<WatchReceipt> Watch(string frontId, Audience audience)
    {
        if (!await Ready())
            throw new JournalUnavailableException();
        if (State.State != ConversationState.None)
            _watchers.Add(frontId, audience);
        return new WatchReceipt(
            _epoch, State.Version, State.VisitorHead, State.State, State.VisitorId, State.Queue.Id, State.Owner?.Id)
        {
            DeliveredUpTo = _delivered.For(audience),
        };
    }

    public Task Unwatch(string frontId, Audience audience)
    {
        _watchers.Remove(frontId, audience);
        return Task.CompletedTask;
    }

    public async Task Signal(Actor by, SignalView signal)
    {
        if (signal.Text?.Length > Limits.TextLengthMax || !await Ready() || !ConversationRules.MaySee(State, by))
            return;
        var author = new AuthorView(EventTable.KindName(by.Kind), by.Id, by.Name);
        if (signal.ReceivedUpTo is { } upTo)
        {
            await Received(by, author, upTo);
            return;
        }
        if (by.Kind == ActorKind.Visitor)
        {
            if (State.VisitorBlocked)
                return; // What it may not send is nobody's concern.
            var unsent = signal.Text is { } text && (await _catalogue.Get()).Site(State.SiteId)?.UnsentText == true
                ? Cut(text)
                : null;
            _watchers.Signal(_id, Audience.Agents, signal with { By = author, Text = unsent });
            return;
        }
        // Unsent text is for agents, and of visitors only; who looks at it is no business of the visitor's.
        var told = signal with { By = author, Text = null, Page = null };
        if (signal.Type != "viewing")
            _watchers.Signal(_id, Audience.Visitors, told);
        _watchers.Signal(_id, Audience.Agents, told);
    }

    /// <summary>A client holds everything up to there. Only the other side is told, and only in its own numbering.
    /// </summary>
    private async Task Received(Actor by, AuthorView author, long upTo)
    {
        if (by.Kind is not (ActorKind.Visitor or ActorKind.Agent))
            return;
        try
        {
            var audience = by.Kind == ActorKind.Visitor ? Audience.Agents : Audience.Visitors;
            if (await _delivered.Raise(by, upTo, State, mark => _marks.InNumberingOf(audience, mark)) is { } told)
                _watchers.Signal(_id, audience, new SignalView(SignalView.Delivered) { By = author, UpTo = told });
        }
        catch (Exception error) when (StorageFailures.IsKnown(error))
        {
            LogUnavailable(error, _id, nameof(Received)); // Said again by the next one.
        }
    }

    private static string Cut(string text) => text.Length <= Limits.UnsentTextLengthMax ? text
        : char.IsHighSurrogate(text[Limits.UnsentTextLengthMax - 1]) ? text[..(Limits.UnsentTextLengthMax - 1)]
        : text[..Limits.UnsentTextLengthMax];

    public async Task<Refusal?> MarkRead(Actor by, long upTo)
    {
        if (upTo < 0)
            return new Refusal(RefusalCode.Invalid, "A read mark is not negative.");
        try
        {
            if (!await Ready())
                return _notReady;
            if (State.State == ConversationState.None || !ConversationRules.MaySee(State, by)
                || by.Kind is not (ActorKind.Visitor or ActorKind.Agent))
            {
                return Refusal.NotFound;
            }
            if (!_marks.Raise(by, upTo, State) || _watchers.IsEmpty)
                return null;
            var audience = by.Kind == ActorKind.Visitor ? Audience.Agents : Audience.Visitors;
            if (await _marks.ForOtherSide(by, State) is { } converted)
            {
                var author = new AuthorView(EventTable.KindName(by.Kind), by.Id, by.Name);
                _watchers.Signal(_id, audience, new SignalView("read") { By = author, UpTo = converted });
            }
            return null;
        }
        catch (Exception error) when (StorageFailures.IsKnown(error))
        {
            return Refusal.Unavailable;
        }
    }

    public async Task<ConversationView?> Describe(Actor by)
    {
        if (!await Ready())
            throw new JournalUnavailableException();
        // What is asked for is true of what is stored: another activation may have written, or raised marks.
        if (!await IsCurrent())
            throw new JournalUnavailableException();
        await _marks.Load();
        return State.State == ConversationState.None || !ConversationRules.MaySee(State, by)
            ? null
            : ConversationLines.View(State, _marks.Of(by.Id));
    }

    public async Task RefreshActivity()
    {
        if (await Ready() && State.State != ConversationState.None)
            _index.Touch(_id, ConversationLines.Activity(State));
    }

    /// <summary>Loads what is not loaded yet. False where the database is out of reach or the stream quarantined, which
    /// <see cref="_notReady"/> tells apart: the next call tries again.</summary>
    private async Task<bool> Ready()
    {
        if (_loaded)
            return true;
        try
        {
            await _stream.Load(CancellationToken.None);
            if (State.Version > 0)
                await _marks.Load();
        }
        catch (StreamQuarantinedException error)
        {
            LogQuarantined(error, _id);
            _notReady = Refusal.Quarantined;
            return false;
        }
        catch (Exception error) when (StorageFailures.IsKnown(error))
        {
            LogUnavailable(error, _id, nameof(Ready));
            _notReady = Refusal.Unavailable;
            return false;
        }
        _watchers.Restore(_stream.Hints);
        _delivered.Restore(_stream.Hints, State);
        return _loaded = true;
    }

    private async Task<ConversationReceipt> Handle(ConversationCommand command)
    {
        var key = CommandKey.Of(command);
        if (key is not null && State.Remembers(key.Author, key.ClientId) && await Earlier(command, key) is { } before)
            return before;

        var queueId = command is StartConversation start ? start.QueueId : State.Queue.Id;
        var policy = ConversationPolicy.Of(queueId, (await _catalogue.Get()).Queue(queueId));
        var around = new Circumstances(_id, Now(), policy);
        var decision = ConversationRules.Decide(State, command, around);
        while (decision.Ask is { } ask)
        {
            around = ask switch
            {
                AskMessage message => around with { Message = await Find(message) },
                AskPlace place => around with { Place = await Reserve(place) },
                AskQueue queue => around with { TargetQueue = await LookAt(queue) },
                _ => throw new InvalidOperationException($"No answer to {ask.GetType()}."),
            };
            decision = ConversationRules.Decide(State, command, around);
        }
        return decision.Facts.IsEmpty
            ? await AnswerWithoutFacts(command, key, decision.Refusal, policy)
            : await Store(command, key, decision, policy);
    }

    private async Task<ConversationReceipt> Store(
        ConversationCommand command, CommandKey? key, Decision decision, ConversationPolicy policy)
    {
        var facts = decision.Facts;
        var before = State;
        var after = facts.Aggregate(before, (state, fact) => state.Apply(fact));
        var effects = ConversationEffects.Owed(
            before, after, _readUpTo, ClosingRules.WrapUpUntil(before, facts, policy));
        var row = ConversationEffects.Row(facts, after);
        var outcome = await _stream.Append(
            Numbered(facts, key, before.VisitorHead), after, effects, row,
            ConversationEffects.Deadline(facts, after, policy), decision.Erased, decision.Discarded);
        if (outcome.IsDuplicate)
            return await Earlier(command, key!) ?? ConversationReceipt.Refused(Refusal.Unavailable);
        if (outcome.Refusal is { } refusal)
            return ConversationReceipt.Refused(refusal);

        Announce(before, facts);
        if (row is null)
            _index.Touch(_id, ConversationLines.Activity(State));
        _courier.Deliver(outcome.Owed);
        // A change of hands reaches the agent as an owed effect; anything else is a line that changed.
        if (State.Agent is not null && State.ReservationId == before.ReservationId && State.State == before.State)
            _inboxLine.Changed();
        var sequence = command.By.Kind != ActorKind.Visitor ? before.Version + 1
            : State.VisitorHead > before.VisitorHead ? before.VisitorHead + 1
            : 0;
        return new ConversationReceipt(
            null, State.Version, State.VisitorHead, State.State, sequence, facts[0].At);
    }

    /// <summary>A refusal or "it is already so" is true of what is stored, not of what this activation remembers: the
    /// id is looked up first, and another owner's writes are noticed.</summary>
    private async Task<ConversationReceipt> AnswerWithoutFacts(
        ConversationCommand command, CommandKey? key, Refusal? refusal, ConversationPolicy policy)
    {
        if (key is not null && await Earlier(command, key) is { } earlier)
            return earlier;
        if (!await IsCurrent())
            return ConversationReceipt.Refused(Refusal.Unavailable);
        if (command is CheckConversationDeadlines { DueAt: { } dueAt } && refusal is null)
            await _deadlines.Rearm(_streamName, dueAt, ConversationEffects.DueAt(State, policy));
        return refusal is { Code: RefusalCode.NotFound }
            ? ConversationReceipt.Refused(refusal)
            : new ConversationReceipt(refusal, State.Version, State.VisitorHead, State.State, 0, null);
    }

    /// <summary>Whether nobody else wrote the stream; an overtaken activation ends.</summary>
    private async Task<bool> IsCurrent()
    {
        if ((await _journal.Heads([_streamName]))[0].Version == State.Version)
            return true;
        _stream.Forget();
        return false;
    }

    /// <summary>The answer that this id got before; null where it is new.</summary>
    private async Task<ConversationReceipt?> Earlier(ConversationCommand command, CommandKey key)
    {
        if (await _journal.FindByClientId(_streamName, key.Author, key.ClientId) is not { } stored)
            return null;
        if (stored.Version > State.Version)
        {
            _stream.Forget(); // Another owner stored it: what it led to is for the next activation to say.
            return ConversationReceipt.Refused(Refusal.Unavailable);
        }
        var refusal = key.RefusalOf(command, stored, State);
        return new ConversationReceipt(
            refusal, State.Version, State.VisitorHead, State.State,
            command.By.Kind == ActorKind.Visitor ? stored.VisitorSequence ?? 0 : stored.Version, stored.At);
    }

    private void Announce(Conversation before, ImmutableArray<ConversationEvent> facts)
    {
        if (_watchers.IsEmpty)
            return;
        var (version, sequence) = (before.Version, before.VisitorHead);
        var forAgents = ImmutableArray.CreateBuilder<EventView>(facts.Length);
        var forVisitors = ImmutableArray.CreateBuilder<EventView>((int)(State.VisitorHead - sequence));
        foreach (var fact in facts)
        {
            forAgents.Add(EventTable.ForAgents(fact, ++version));
            if (EventTable.IsForVisitors(fact))
                forVisitors.Add(EventTable.ForVisitors(fact, ++sequence));
        }
        _watchers.Announce(new EventsEnvelope(
            _id, _epoch, forAgents.MoveToImmutable(), forVisitors.MoveToImmutable(), State.Version, State.VisitorHead,
            State.State, State.Queue.Id, State.Owner?.Id));
    }

    private void TellHolder()
    {
        if (State.Agent is not { } holder)
            return;
        if (_holder.Id != holder.Id)
            _holder = (holder.Id, _grains.Of<IAgentGrain>(holder.Id));
        _holder.Grain!.InboxLineChanged(ConversationLines.View(State, _marks.Of(holder.Id))).Ignore();
    }

    private IGrainTimer MakeTimer(Action ring) => this.RegisterGrainTimer(
        _ =>
        {
            ring();
            return Task.CompletedTask;
        },
        new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));

    private async Task<PlaceAnswer> Reserve(AskPlace ask)
    {
        // The version is part of the id: a retry at the same version reserves the same place, and one that was refused
        // for ever, which is an event too, can't come back.
        var reservationId = DerivedId.Of("reservation", _id, ask.AgentId, $"{State.Version}");
        try
        {
            var receipt = await _grains.Of<IAgentGrain>(ask.AgentId).Reserve(reservationId, _id, ask.ByHand);
            return new PlaceAnswer(receipt.Availability.Agent, reservationId, receipt.Refusal);
        }
        catch (Exception error)
        {
            // Whether it reserved is unknown; if so, the agent finds out by itself that nothing holds it.
            LogUnavailable(error, _id, nameof(Reserve));
            return new PlaceAnswer(new AgentRef(ask.AgentId, ""), reservationId, Refusal.Unavailable);
        }
    }

    private async Task<MessageAnswer> Find(AskMessage ask) => new(
        await _journal.Read(_streamName, ask.Version - 1, 1) is [{ } stored] && stored.Version == ask.Version
            ? EventCodec<ConversationEvent>.Instance.Decode(stored)
            : null);

    private async Task<QueueAnswer> LookAt(AskQueue ask)
    {
        if ((await _catalogue.Get()).Queue(ask.QueueId) is not { } settings)
            return new QueueAnswer(null, false);
        var overview = await _grains.Of<IQueueGrain>(ask.QueueId).Overview();
        return new QueueAnswer(
            new QueueRef(settings.Id, settings.Name),
            overview.Members.Any(member => member is { Status: AgentStatus.Online, Present: true }));
    }

    private static ImmutableArray<NewFact<ConversationEvent>> Numbered(
        ImmutableArray<ConversationEvent> facts, CommandKey? key, long visitorHead)
    {
        var numbered = ImmutableArray.CreateBuilder<NewFact<ConversationEvent>>(facts.Length);
        foreach (var fact in facts)
        {
            var first = numbered.Count == 0 ? key : null;
            numbered.Add(new NewFact<ConversationEvent>(fact)
            {
                VisitorSequence = EventTable.IsForVisitors(fact) ? ++visitorHead : null,
                Author = first?.Author,
                ClientId = first?.ClientId,
                ContentHash = first?.ContentHash ?? default,
            });
        }
        return numbered.MoveToImmutable();
    }

    /// <summary>Now, as exact as databases keep it, so that an answer and its retry show the same time.</summary>
    private DateTimeOffset Now() => _clock.GetStoredNow();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Conversation {Id}: {What} failed, out of reach.")]
    private partial void LogUnavailable(Exception error, string id, string what);

    [LoggerMessage(Level = LogLevel.Error, Message = "Conversation {Id} is quarantined.")]
    private partial void LogQuarantined(Exception error, string id);
}
