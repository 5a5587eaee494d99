using CustomerService.Checker.History;

namespace CustomerService.Checker.Checks;

/// <summary>A stretch of time in which a conversation waited in a queue; open where <see cref="To"/> is null.</summary>
internal sealed record Wait(StoredConversation Conversation, string Queue, int Priority, long Enqueued, string? Skip, HistoryLine From)
{
    public HistoryLine? To { get; set; }
}

/// <summary>A stretch of time in which a reservation held a conversation; open where <see cref="To"/> is null.</summary>
internal sealed record Hold(StoredConversation Conversation, string Agent, string Reservation, HistoryLine From)
{
    public HistoryLine? To { get; set; }

    /// <summary>How long it waited before a queue assigned it; null where a person decided.</summary>
    public Wait? FromQueue { get; init; }
}

/// <summary>The checker's own fold of a conversation's stream, written from the table of states in the design and from
/// nothing of the product, so that a mistake there is not repeated here.</summary>
internal sealed class ConversationFold
{
    private readonly StoredConversation _conversation;
    private readonly Findings? _findings;

    private ConversationFold(StoredConversation conversation, Findings? findings)
    {
        _conversation = conversation;
        _findings = findings;
        foreach (var fact in conversation.Events)
            Step(fact);
    }

    public string State { get; private set; } = "none";
    public string? Queue { get; private set; }
    public string? Visitor { get; private set; }
    public string? Agent => Holds is [.., { To: null } last] ? last.Agent : null;

    /// <summary>While snoozed because its visitor left a message: until when that stays. Null for every other.</summary>
    public long? LeftUntil { get; private set; }

    public List<Wait> Waits { get; } = [];
    public List<Hold> Holds { get; } = [];

    private int _priority;
    private long? _enqueued;

    /// <summary>Since when it waits where it came back to an agent at once and was put into a queue only later, and its
    /// events do not state it.</summary>
    private long _backAt;
    private HistoryLine? _enqueuedBy;

    public static ConversationFold Of(StoredConversation conversation, Findings? findings = null) => new(conversation, findings);

    private void Step(HistoryLine fact)
    {
        switch (fact.Fact)
        {
            case "started":
                Expect(fact, "none");
                Visitor = fact.Author;
                Enqueue(fact, keeps: false);
                break;
            case "queued":
                // Right after the start or a reopen it says where; later it would be a second entry into the same wait.
                Expect(fact, "waiting");
                Enqueue(fact, keeps: true);
                break;
            case "offered":
                Expect(fact, "waiting");
                Take(fact, "offered");
                break;
            case "assigned":
                Expect(fact, "waiting", "offered", "assigned");
                Take(fact, "assigned");
                break;
            case "declined" or "released":
                Expect(fact, "offered", "assigned");
                LetGo(fact);
                Enqueue(fact, keeps: true);
                break;
            case "transferred":
                Expect(fact, "waiting", "offered", "assigned", "snoozed");
                LetGo(fact);
                if (fact.Agent is not null)
                    Take(fact, "assigned");
                else
                    Enqueue(fact, keeps: true);
                break;
            case "closed":
                Expect(fact, "waiting", "offered", "assigned", "snoozed");
                LetGo(fact);
                EndWait(fact);
                State = "closed";
                break;
            case "reopened":
                Expect(fact, "closed");
                _enqueued = null; // A new wait, if it comes to one.
                _backAt = fact.At!.Value;
                Enqueue(fact, keeps: false);
                break;
            case "snoozed":
                Expect(fact, "assigned", "snoozed");
                LetGo(fact);
                State = "snoozed";
                LeftUntil = null;
                break;
            case "messageLeft":
                Expect(fact, "waiting", "offered");
                LetGo(fact);
                EndWait(fact);
                State = "snoozed";
                LeftUntil = fact.Until;
                break;
            case "woken":
                Expect(fact, "snoozed");
                _enqueued = null; // A new wait, if it comes to one.
                _backAt = fact.At!.Value;
                Enqueue(fact, keeps: false);
                break;
            case "message" or "edited":
                Expect(fact, "waiting", "offered", "assigned", "snoozed");
                break;
            case "note" or "rated" or "refused" or "tagged" or "noteEdited" or "redacted" or "noteRedacted"
                or "visitorBlocked" or "visitorUnblocked":
                Expect(fact, "waiting", "offered", "assigned", "snoozed", "closed");
                break;
            default:
                throw new BadHistoryException(fact.N, $"the stored fact '{fact.Fact}' is unknown.");
        }
    }

    private void Expect(HistoryLine fact, params ReadOnlySpan<string> states)
    {
        _findings?.Looked("I15");
        if (states.Contains(State))
            return;
        var before = _conversation.Events.Find(each => each.Version == fact.Version - 1);
        _findings?.Violate("I15", fact.Fact == "message" && State == "closed"
            ? $"A message was stored in {_conversation.Id} after it was closed and not reopened."
            : $"{_conversation.Id} was {State} when '{fact.Fact}' was stored.", before, fact);
    }

    private void Enqueue(HistoryLine fact, bool keeps)
    {
        Queue = fact.Queue ?? Queue;
        _priority = fact.Priority ?? _priority;
        State = "waiting";
        if (fact.Enqueued is { } enqueued)
        {
            if (keeps && _enqueued is not null)
            {
                _findings?.Looked("I14");
                if (enqueued != _enqueued)
                {
                    _findings?.Violate("I14", $"{_conversation.Id} lost its place: enqueued at {_enqueued} ms, after "
                        + $"'{fact.Fact}' at {enqueued} ms.", _enqueuedBy, fact);
                }
            }
            (_enqueued, _enqueuedBy) = (enqueued, fact);
        }
        EndWait(fact);
        if (Queue is not null)
            Waits.Add(new Wait(_conversation, Queue, _priority, _enqueued ?? _backAt, fact.Skip, fact));
    }

    private void Take(HistoryLine fact, string state)
    {
        var wait = Waits is [.., { To: null } last] ? last : null;
        EndWait(fact);
        State = state;
        var reservation = fact.Reservation ?? "";
        if (Holds is [.., { To: null } held])
        {
            _findings?.Looked("I11");
            if (held.Agent == fact.Agent && held.Reservation == reservation)
                return; // An offer accepted, or an assignment that follows its transfer.
            _findings?.Violate("I11", $"{_conversation.Id} was given to {fact.Agent} while {held.Agent} still held it.", held.From, fact);
            held.To = fact;
        }
        _findings?.Looked("I11");
        Holds.Add(new Hold(_conversation, fact.Agent ?? "", reservation, fact)
        {
            FromQueue = fact.ByHand == true || fact.Fact == "transferred" ? null : wait,
        });
    }

    private void LetGo(HistoryLine fact)
    {
        if (Holds is [.., { To: null } held])
            held.To = fact;
    }

    private void EndWait(HistoryLine fact)
    {
        if (Waits is [.., { To: null } wait])
            wait.To = fact;
    }
}

/// <summary>I11, I15 and the keeping of places (I14): one fold per conversation, which says what is wrong on its way.
/// </summary>
internal static class ConversationChecks
{
    public static void Run(Model model, Findings findings)
    {
        var firstAsked = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var send in model.Operations.Where(operation => operation.IsSend))
            firstAsked.TryAdd(send.Invoke.Id!, send.Invoke.T);
        foreach (var conversation in model.Conversations.Values)
        {
            ConversationFold.Of(conversation, findings);
            Idle(conversation, firstAsked, findings);
        }
    }

    /// <summary>Nobody is sent away in the middle of a talk because a clock was put forward. Clocks of several machines
    /// may part a little: half the time is enough to tell. A message counts from when it was decided, which is no sooner
    /// than it was first asked for: its commit may take long.</summary>
    private static void Idle(StoredConversation conversation, Dictionary<string, long> firstAsked, Findings findings)
    {
        HistoryLine? active = null;
        var activeAt = 0L;
        foreach (var fact in conversation.Events)
        {
            if (fact.Fact is "message" or "started" or "reopened")
            {
                active = fact;
                activeAt = Math.Min(fact.At ?? 0, fact.Id is { } id ? firstAsked.GetValueOrDefault(id, long.MaxValue) : long.MaxValue);
            }
            if (fact.Idle is not { } idle || active is null)
                continue;
            findings.Looked("I15");
            if (fact.At - activeAt < idle / 2)
            {
                findings.Violate("I15", $"{conversation.Id} was closed as idle after {fact.At - activeAt} ms instead of {idle}.",
                    active, fact);
            }
        }
    }
}
