using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Catalogue;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Journal;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace CustomerService.Grains.Conversations;

/// <summary>Committed history for one audience, straight from the journal. It holds nothing, so many reads are in flight
/// at once: otherwise a silo could serve no more than one a processor while the database answers.</summary>
[StatelessWorker, Reentrant]
internal sealed partial class ConversationHistoryGrain(
    IJournal journal, IConversationIndex index, ICatalogueCache catalogue, IGrainFactory grains,
    ILogger<ConversationHistoryGrain> log) : Grain, IConversationHistoryGrain
{
    private static readonly EventCodec<ConversationEvent> Codec = EventCodec<ConversationEvent>.Instance;

    public Task<HistoryPage> Resume(Actor by, string conversationId, long after) =>
        Guarded(by, conversationId, after < 0 ? Invalid("A sequence is not negative.") : null, async stream =>
        {
            var forVisitor = by.Kind == ActorKind.Visitor;
            var head = await Head(stream, forVisitor);
            var read = await ReadMarks.OfOtherSide(journal, index, conversationId, stream, forVisitor);
            if (after > head || head - after > Limits.PageEventsMax)
            {
                var latest = Views(await Before(stream, head + 1, Limits.LatestEvents, forVisitor), forVisitor);
                return new HistoryPage(null, Recovered: false, latest, head, read);
            }
            var events = after == head
                ? []
                : Views(await After(stream, after, Limits.PageEventsMax, forVisitor), forVisitor);
            // Events that were stored since the head was read count too.
            return new HistoryPage(
                null, Recovered: true, events, events is [.., { } last] ? last.Sequence : head, read);
        });

    public Task<HistoryPage> Page(Actor by, string conversationId, long? after, long? before, int limit)
    {
        var malformed = after is null == before is null || after < 0 || before < 0
            ? Invalid("Either after or before is given, and it is not negative.")
            : limit is < 1 or > Limits.PageEventsMax ? Invalid($"A limit is 1 to {Limits.PageEventsMax}.") : null;
        return Guarded(by, conversationId, malformed, async stream =>
        {
            var forVisitor = by.Kind == ActorKind.Visitor;
            var stored = after is { } low
                ? await After(stream, low, limit, forVisitor)
                : await Before(stream, before!.Value, limit, forVisitor);
            var events = Views(stored, forVisitor);
            var head = await Head(stream, forVisitor);
            return new HistoryPage(null, Recovered: true, events, head);
        });
    }

    public async Task<InboxPage> Inbox(Actor by)
    {
        if (by.Kind != ActorKind.Agent)
            return new InboxPage(new Refusal(RefusalCode.Forbidden, "Only agents have an inbox."), 0, []);
        try
        {
            // The version first: lines read after it are at least as new, and a change in between shows as a gap.
            var version = await grains.Of<IAgentGrain>(by.Id).InboxVersion();
            var rows = await index.HeldBy(by.Id);
            var heads = rows.Count == 0
                ? []
                : await journal.Heads([.. rows.Select(row => StreamNames.Conversation(row.Id))]);
            var lines = ImmutableArray.CreateBuilder<ConversationView>(rows.Count);
            for (var i = 0; i < rows.Count; i++)
                lines.Add(await Line(by, rows[i], heads[i].Version));
            return new InboxPage(null, version, lines.MoveToImmutable());
        }
        catch (Exception error) when (StorageFailures.IsKnown(error))
        {
            LogUnavailable(error, by.Id);
            return new InboxPage(Refusal.Unavailable, 0, []);
        }
    }

    private async Task<ConversationView> Line(Actor by, ConversationRow row, long head)
    {
        // When an offer lapses is known to the conversation only.
        if (row.State == ConversationLines.StateName(ConversationState.Offered)
            && await grains.Of<IConversationGrain>(row.Id).Describe(by) is { } line)
        {
            return line;
        }
        var reader = ReadMarks.AgentReader(by.Id);
        var mark = (await index.ReadMarks(row.Id)).FirstOrDefault(mark => mark.Reader == reader).UpTo;
        var queue = ConversationPolicy.Of(row.QueueId, (await catalogue.Get()).Queue(row.QueueId)).Queue;
        return ConversationLines.View(row, head, queue, new AgentRef(by.Id, by.Name), mark);
    }

    private async Task<HistoryPage> Guarded(
        Actor by, string conversationId, Refusal? malformed, Func<string, Task<HistoryPage>> read)
    {
        if ((malformed ?? CommandChecks.Id(conversationId)) is { } refusal)
            return Refused(refusal);
        try
        {
            return await index.Find(conversationId) is { } row && MaySee(row, by)
                ? await read(StreamNames.Conversation(conversationId))
                : Refused(Refusal.NotFound);
        }
        catch (StreamQuarantinedException error)
        {
            LogQuarantined(error, conversationId);
            return Refused(Refusal.Quarantined);
        }
        catch (Exception error) when (StorageFailures.IsKnown(error))
        {
            LogUnavailable(error, conversationId);
            return Refused(Refusal.Unavailable);
        }
    }

    private static bool MaySee(ConversationRow row, Actor by) => by.Kind switch
    {
        ActorKind.System => true,
        ActorKind.Visitor => row.VisitorId == by.Id,
        ActorKind.Agent => by.MaySee(row.QueueId, row.AgentId),
        _ => false,
    };

    private async Task<long> Head(string stream, bool forVisitor)
    {
        var head = (await journal.Heads([stream]))[0];
        return forVisitor ? head.VisitorSequence : head.Version;
    }

    private Task<IReadOnlyList<StoredEvent>> After(string stream, long after, int limit, bool forVisitor) =>
        forVisitor ? journal.ReadVisible(stream, after, limit) : journal.Read(stream, after, limit);

    private Task<IReadOnlyList<StoredEvent>> Before(string stream, long before, int limit, bool forVisitor) =>
        forVisitor ? journal.ReadVisibleBefore(stream, before, limit) : journal.ReadBefore(stream, before, limit);

    private static ImmutableArray<EventView> Views(IReadOnlyList<StoredEvent> stored, bool forVisitor) =>
        [.. stored.Select(one => View(one, forVisitor))];

    private static EventView View(StoredEvent stored, bool forVisitor)
    {
        var fact = Codec.Decode(stored);
        try
        {
            return forVisitor ? EventTable.ForVisitors(fact, stored.VisitorSequence!.Value) : EventTable.ForAgents(fact, stored.Version);
        }
        catch (Exception error)
        {
            throw new StreamQuarantinedException(stored, "it can't be shown", error);
        }
    }

    private static Refusal Invalid(string message) => new(RefusalCode.Invalid, message);

    private static HistoryPage Refused(Refusal refusal) => new(refusal, false, [], 0);

    [LoggerMessage(Level = LogLevel.Warning, Message = "History of {Id}: out of reach.")]
    private partial void LogUnavailable(Exception error, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Conversation {Id} is quarantined.")]
    private partial void LogQuarantined(Exception error, string id);
}
