using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.WebFront.Telemetry;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// Hands what silos announce to the connections it is for. Each message is serialized once per kind of reader: visitors,
/// agents, and its author, who alone gets back the id it chose. Never throws, never waits.
/// </summary>
internal sealed class FanOut(
    Watches watches, Connections connections, OutboundMaker outbound, FrontMetrics metrics, TimeProvider clock,
    ILogger<FanOut> log)
{
    private static readonly TimeSpan RegisterSpread = TimeSpan.FromMilliseconds(500);

    public void Deliver(FeedEnvelope envelope)
    {
        try
        {
            switch (envelope)
            {
                case EventsEnvelope events:
                    Deliver(events, Audience.Agents, events.ForAgents, events.Head);
                    Deliver(events, Audience.Visitors, events.ForVisitors, events.VisitorHead);
                    Measure(events);
                    break;
                case SignalEnvelope signal:
                    Deliver(signal);
                    break;
                case InboxEnvelope inbox:
                    Deliver(inbox);
                    break;
            }
        }
        catch (Exception e)
        {
            // What follows on the stream must not suffer; clients heal by sequence.
            log.LogError(e, "An announcement could not be handed on");
        }
    }

    private void Measure(EventsEnvelope envelope)
    {
        if (!metrics.MeasuresLag)
            return;
        var events = envelope.ForVisitors.IsDefaultOrEmpty ? envelope.ForAgents : envelope.ForVisitors;
        if (!events.IsDefaultOrEmpty)
            metrics.Lagged(clock.GetUtcNow() - events[^1].At);
    }

    private void Deliver(EventsEnvelope envelope, Audience audience, ImmutableArray<EventView> events, long head)
    {
        if (watches.Find(envelope.ConversationId, audience) is not { } watched)
            return;
        string visitorId;
        lock (watched.Lock)
        {
            watched.Learn(envelope);
            visitorId = watched.VisitorId;
            // Another activation speaks than the one that answered: it may know of this front from a hint only.
            if (watched.Epoch is not null && watched.Epoch != envelope.Epoch && watched.Registering is null)
                watches.RegisterSoon(watched, RegisterSpread);
        }
        var subscribers = watched.Subscribers;
        if (subscribers.Length == 0 || events.IsDefaultOrEmpty)
            return;
        var variants = new Variants(outbound, envelope.ConversationId, events, head);
        foreach (var connection in subscribers)
        {
            if (connection.CurrentActor() is not { } actor)
            {
                connection.Abort();
                continue;
            }
            // By what this very announcement says, so that a transfer away shows nothing to whom it leaves behind.
            var maySee = actor.Kind == ActorKind.Visitor
                ? actor.Id == visitorId
                : actor.MaySee(envelope.QueueId, envelope.AgentId);
            if (maySee)
                connection.Outbound.Offer(variants.For(connection.AuthorKey, out var ownId), ownId);
        }
    }

    private void Deliver(SignalEnvelope envelope)
    {
        if (watches.Find(envelope.ConversationId, envelope.Audience) is not { } watched)
            return;
        if (envelope.Signal.Type == SignalView.Delivered)
        {
            // Kept for who resumes later. What is no news is not told, so that no screen takes a mark back.
            lock (watched.Lock)
            {
                if (!watched.LearnDelivered(envelope.Signal.UpTo ?? 0))
                    return;
            }
        }
        Signal(watched, envelope.Signal, watched.Subscribers);
    }

    /// <summary>Tells a signal to those of the connections that may see the conversation and did not cause it.</summary>
    public void Signal(Watched watched, SignalView signal, IReadOnlyList<FrontConnection> subscribers)
    {
        if (subscribers.Count == 0)
            return;
        var by = signal.By is { } author ? $"{author.Kind}:{author.Id}" : null;
        var message = outbound.Make(
            "Signal", SignalPush.From(watched.ConversationId, watched.Audience, signal));
        foreach (var connection in subscribers)
        {
            if (connection.AuthorKey != by && connection.CurrentActor() is { } actor && watched.MayBeSeenBy(actor))
                connection.Outbound.Offer(message);
        }
    }

    private void Deliver(InboxEnvelope envelope)
    {
        Outbound? message = null;
        foreach (var connection in connections.OfAgent(envelope.AgentId))
        {
            if (connection.CurrentActor() is null)
                continue;
            message ??= outbound.Make(
                "InboxChanged", new InboxPush(envelope.Version, envelope.Change, envelope.Conversation));
            connection.Outbound.Offer(message);
        }
    }

    /// <summary>The forms of one announcement, made as they are needed.</summary>
    private struct Variants(
        OutboundMaker outbound, string conversationId, ImmutableArray<EventView> events, long head)
    {
        private Outbound? _plain;
        private Outbound? _own;
        private string? _ownKey;

        /// <param name="readerKey">Who reads.</param>
        /// <param name="ownId">The id that the reader gave to the first of them that it wrote; null where it wrote none.
        /// </param>
        public Outbound For(string readerKey, out string? ownId)
        {
            ownId = OwnId(readerKey);
            if (ownId is null)
                return _plain ??= outbound.MakeEvents(conversationId, events, head, null);
            // Several connections of one author share it; events of two authors at once are rare.
            if (_own is null || _ownKey != readerKey)
                (_own, _ownKey) = (outbound.MakeEvents(conversationId, events, head, readerKey), readerKey);
            return _own;
        }

        private readonly string? OwnId(string readerKey)
        {
            foreach (var view in events)
            {
                if (EventsPush.IsOwn(view, readerKey))
                    return view.ClientMessageId;
            }
            return null;
        }
    }
}
