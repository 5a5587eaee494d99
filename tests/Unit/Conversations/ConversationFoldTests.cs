using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Journal;
using static CustomerService.Unit.Tests.Conversations.Given;

namespace CustomerService.Unit.Tests.Conversations;

/// <summary>Random commands, by seed: whatever is decided, the fold keeps its invariants.</summary>
public class ConversationFoldTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory, MemberData(nameof(Seeds))]
    public void Invariants_hold_and_snapshot_and_tail_equal_the_whole_fold(int seed)
    {
        var random = new Random(seed);
        var now = Conversation.Start;
        var stored = new List<StoredEvent>();
        var at = At;
        for (var step = 0; step < 200; step++)
        {
            at = at.AddSeconds(random.Next(0, 200));
            var policy = random.Next(2) == 0 ? Direct : Offering;
            var around = Around(at, policy) with
            {
                Place = new PlaceAnswer(
                    random.Next(2) == 0 ? AnnRef : BobRef, $"p{step}",
                    random.Next(3) == 0 ? new Refusal(RefusalCode.Conflict, "Full.") : null),
                TargetQueue = new QueueAnswer(new QueueRef($"q{random.Next(2)}", "Q"), random.Next(3) > 0),
            };
            var command = Command(random, step, now);
            if (command is EditMessage or RedactMessage)
            {
                var sequence = command is EditMessage edit ? edit.Sequence : ((RedactMessage)command).Sequence;
                around = around with { Message = new MessageAnswer(Read(stored[(int)sequence - 1])) };
            }
            var decision = ConversationRules.Decide(now, command, around);
            Assert.Null(decision.Ask);
            var before = now;
            foreach (var fact in decision.Facts)
            {
                now = now.Apply(fact);
                stored.Add(Stored(fact, now));
            }
            // Stored states are folded from what is left: it must come to the same.
            foreach (var (version, fact) in decision.Erased)
                stored[(int)version - 1] = stored[(int)version - 1] with { Data = EventCodec<ConversationEvent>.Data(fact) };
            if (decision.Facts.IsEmpty)
                continue;
            Check(before, now, $"seed {seed}, step {step}");
            Assert.All(ConversationEffects.Owed(before, now), effect => Assert.True(effect.Payload.Length <= 8 * 1024));
        }

        Assert.Equal(
            Enumerable.Range(1, (int)now.VisitorHead).Select(i => (long?)i),
            stored.Select(one => one.VisitorSequence).Where(sequence => sequence is not null));
        var cut = random.Next(stored.Count + 1);
        var snapshot = JsonSerializer.Deserialize<Conversation>(
            JsonSerializer.Serialize(Fold(Conversation.Start, stored.Take(cut))))!;
        Assert.Equal(JsonSerializer.Serialize(now), JsonSerializer.Serialize(Fold(snapshot, stored.Skip(cut))));
    }

    private static void Check(Conversation before, Conversation now, string where)
    {
        var isHeld = now.State is ConversationState.Assigned or ConversationState.Offered;
        Assert.True(isHeld == now.Agent is not null && isHeld == now.ReservationId is not null, where);
        Assert.True(now.State == ConversationState.Offered == now.OfferExpiresAt is not null, where);
        Assert.True(now.State == ConversationState.Closed == now.ClosedAt is not null, where);
        Assert.True(now.RecentIds.Length <= Conversation.RecentIdsMax, where);
        Assert.True(now.Id == "c1" && now.VisitorId == "v1", where);
        (ConversationState, ConversationState)[] legal =
        [
            (ConversationState.None, ConversationState.Waiting),
            (ConversationState.Waiting, ConversationState.Assigned), (ConversationState.Waiting, ConversationState.Offered),
            (ConversationState.Waiting, ConversationState.Closed), (ConversationState.Offered, ConversationState.Assigned),
            (ConversationState.Offered, ConversationState.Waiting), (ConversationState.Offered, ConversationState.Closed),
            (ConversationState.Assigned, ConversationState.Waiting), (ConversationState.Assigned, ConversationState.Closed),
            (ConversationState.Closed, ConversationState.Waiting), (ConversationState.Closed, ConversationState.Assigned),
        ];
        Assert.True(before.State == now.State || legal.Contains((before.State, now.State)), where);

        // Whoever loses a reservation is told, whoever gets one too, and the visitor hears of every close.
        var kinds = ConversationEffects.Owed(before, now).Select(effect => effect.Kind).ToList();
        Assert.True(
            (before.ReservationId is { } let && let != now.ReservationId) == kinds.Contains(Effect.AgentRelease), where);
        Assert.True(
            (now.ReservationId is { } held && (held != before.ReservationId || before.State != now.State))
                == kinds.Contains(Effect.AgentConfirm), where);
        Assert.True(
            (now.State == ConversationState.Closed && before.State != now.State)
                == kinds.Contains(Effect.VisitorConversationClosed), where);
        var waits = now.State == ConversationState.Waiting;
        Assert.True(
            waits == (before.State == ConversationState.Waiting) || kinds.Contains(Effect.QueueConversationChanged), where);
    }

    private static ConversationCommand Command(Random random, int step, Conversation now)
    {
        Actor[] agents = [Ann, Bob, Boss];
        var agent = agents[random.Next(agents.Length)];
        return random.Next(20) switch
        {
            0 => Given.Start,
            1 or 2 => new PostMessage(Visitor, $"m{step}", $"消息 {step}", null),
            3 => new PostMessage(agent, $"m{step}", "reply", null),
            4 => new AddNote(agent, $"n{step}", "note"),
            5 or 6 => Assign($"r{step}", random.Next(2) == 0 ? AnnRef : BobRef, now.Queue.Id),
            7 => new AcceptConversation(agent, null),
            8 => new DeclineConversation(agent, null),
            9 => random.Next(2) == 0
                ? new TransferConversation(Boss, null, $"q{random.Next(2)}", null, "note")
                : new TransferConversation(Boss, null, null, random.Next(2) == 0 ? "ann" : "bob", null),
            10 => random.Next(2) == 0 ? new CloseConversation(Boss, null, "x") : new CloseConversation(Visitor, null, null),
            11 => new ReopenConversation(random.Next(2) == 0 ? Visitor : Boss, null),
            12 => new RateConversation(Visitor, null, random.Next(1, 6), null),
            13 => new ReleaseConversation(Actor.System, null, now.Agent?.Id ?? "ann", now.ReservationId ?? "r0"),
            15 or 16 when now.Version > 0 => new EditMessage(agent, null, random.Next((int)now.Version) + 1, $"edit {step}"),
            17 when now.Version > 0 => new RedactMessage(agent, null, random.Next((int)now.Version) + 1),
            14 => new RefuseReservation(Actor.System, null, "ann", $"x{step}"),
            _ => new CheckConversationDeadlines(Actor.System, null),
        };
    }

    private static StoredEvent Stored(ConversationEvent fact, Conversation after)
    {
        var encoded = EventCodec<ConversationEvent>.Instance.Encode(new NewFact<ConversationEvent>(fact)
        {
            VisitorSequence = EventTable.IsForVisitors(fact) ? after.VisitorHead : null,
        });
        return new StoredEvent("conversation/c1", after.Version, after.Version, encoded.Type, encoded.At, encoded.Data)
        {
            VisitorSequence = encoded.VisitorSequence,
        };
    }

    private static Conversation Fold(Conversation from, IEnumerable<StoredEvent> tail) => tail.Aggregate(
        from, (state, stored) => state.Apply(Read(stored)));

    private static ConversationEvent Read(StoredEvent stored) => EventCodec<ConversationEvent>.Instance.Decode(stored);
}
