using CustomerService.Checker.History;

namespace CustomerService.Checker.Checks;

/// <summary>What senders were told against what is stored: I1, I2, I3 (ids), I7, I8.</summary>
internal static class SendChecks
{
    private sealed record Send(string Conversation, string Author, string Id)
    {
        public List<Operation> Attempts { get; } = [];
        public HistoryLine First => Attempts[0].Invoke;
        public HistoryLine? Stored { get; set; }
    }

    public static void Run(Model model, Findings findings)
    {
        if (!model.HasDump)
        {
            foreach (var id in (string[])["I1", "I2", "I7", "I8"])
                findings.NotApplicable(id, "the history holds no dump of the database");
            return;
        }
        var sends = Collect(model);
        Stored(model, sends, findings);
        foreach (var send in sends.Values)
            Acks(model, send, findings);
        foreach (var group in sends.Values.Where(send => send.Stored is not null).GroupBy(send => send.Conversation))
            Orders(model, [.. group], findings);
    }

    /// <summary>All attempts of one id together. A start learns its conversation from its answer: the id then names it.
    /// </summary>
    private static Dictionary<(string, string), Send> Collect(Model model)
    {
        var sends = new Dictionary<(string, string), Send>();
        foreach (var operation in model.Operations.Where(operation => operation.IsSend))
        {
            var author = model.Clients[operation.Invoke.Client!].Actor;
            var key = (author, operation.Invoke.Id!);
            if (!sends.TryGetValue(key, out var send))
                sends.Add(key, send = new Send(operation.Conversation ?? "", author, operation.Invoke.Id!));
            else if (send.Conversation.Length == 0 && operation.Conversation is { } learned)
            {
                var known = new Send(learned, author, send.Id);
                known.Attempts.AddRange(send.Attempts);
                sends[key] = send = known;
            }
            send.Attempts.Add(operation);
        }
        return sends;
    }

    private static void Stored(Model model, Dictionary<(string, string), Send> sends, Findings findings)
    {
        var seen = new Dictionary<(string, string), HistoryLine>();
        foreach (var fact in model.Conversations.Values.SelectMany(conversation => conversation.Events))
        {
            if (fact.Id is null || fact.Author is null || fact.Fact is not ("message" or "note"))
                continue;
            findings.Looked("I2");
            findings.Looked("I3");
            var key = (fact.Author, fact.Id);
            if (!seen.TryAdd(key, fact))
            {
                findings.Violate("I3", $"Id {fact.Id} of {fact.Author} is stored twice, at versions "
                    + $"{seen[key].Version} and {fact.Version}.", seen[key], fact);
                findings.Violate("I2", $"The send {fact.Id} of {fact.Author} appears more than once.", seen[key], fact);
                continue;
            }
            if (!sends.TryGetValue(key, out var send))
            {
                findings.Violate("I2", $"{fact.Author} never sent what is stored under id {fact.Id}.", fact);
                continue;
            }
            send.Stored = fact;
            if (send.Attempts.TrueForAll(attempt => attempt.Answer!.Kind == LineKinds.Fail))
            {
                findings.Violate("I2", $"The send {fact.Id} of {fact.Author} was refused for good, yet it is stored at "
                    + $"version {fact.Version}.", send.Attempts[0].Answer, fact);
            }
        }
    }

    private static void Acks(Model model, Send send, Findings findings)
    {
        Operation? first = null;
        foreach (var attempt in send.Attempts.Where(attempt => attempt.IsOk))
        {
            var ack = attempt.Answer!;
            findings.Looked("I1");
            if (first is not null && first.Answer!.Sequence != ack.Sequence)
            {
                findings.Violate("I3", $"Id {send.Id} of {send.Author} was acked at sequence {first.Answer.Sequence} and at "
                    + $"{ack.Sequence}.", first.Answer, ack);
            }
            first ??= attempt;
            var conversation = attempt.Conversation ?? send.Conversation;
            var forVisitors = model.Clients[attempt.Invoke.Client!].IsVisitor;
            var stored = model.Conversations.GetValueOrDefault(conversation)?.At(forVisitors, ack.Sequence!.Value);
            if (stored is null)
            {
                findings.Violate("I1", $"{send.Author} was told that {send.Id} is at sequence {ack.Sequence} of "
                    + $"{conversation}, but nothing is stored there.", attempt.Invoke, ack);
            }
            else if (stored.Id != send.Id || stored.Author != send.Author)
            {
                findings.Violate("I1", $"{send.Author} was told that {send.Id} is at sequence {ack.Sequence} of "
                    + $"{conversation}, but {stored.Id} of {stored.Author} is.", attempt.Invoke, ack, stored);
            }
            else if (attempt.Invoke.Content is { } content && content != stored.Content && stored.Removed != true)
            {
                findings.Violate("I1", $"What is stored for {send.Id} is not what was sent under it.", attempt.Invoke, ack, stored);
            }
        }
    }

    /// <summary>I7 and I8 within one conversation, in versions, so that both numberings compare.</summary>
    private static void Orders(Model model, List<Send> sends, Findings findings)
    {
        var lanes = new Dictionary<string, Send>(StringComparer.Ordinal);
        foreach (var send in sends.OrderBy(send => send.First.N))
        {
            var lane = send.Author + "/" + (send.First.Lane ?? send.First.Client);
            if (lanes.TryGetValue(lane, out var before))
            {
                findings.Looked("I7");
                if (before.Stored!.Version > send.Stored!.Version)
                {
                    findings.Violate("I7", $"{send.Author} sent {before.Id} before {send.Id}, but they are stored at versions "
                        + $"{before.Stored.Version} and {send.Stored.Version}.", before.First, send.First, before.Stored, send.Stored);
                }
            }
            // What was refused for good its sender has given up: a call with it that was held up on its way may still
            // arrive, once, behind what was sent since.
            if (!send.Attempts.Exists(attempt => attempt.Answer!.Kind == LineKinds.Fail))
                lanes[lane] = send;
        }

        var acks = sends.SelectMany(send => send.Attempts.Where(attempt => attempt.IsOk).Take(1)
            .Select(attempt => (attempt.Answer!.N, Send: send, Ack: attempt.Answer!))).OrderBy(ack => ack.N).ToList();
        Send? highest = null;
        HistoryLine? highestAck = null;
        var next = 0;
        foreach (var send in sends.OrderBy(send => send.First.N))
        {
            for (; next < acks.Count && acks[next].N < send.First.N; next++)
            {
                if (highest is null || acks[next].Send.Stored!.Version > highest.Stored!.Version)
                    (highest, highestAck) = (acks[next].Send, acks[next].Ack);
            }
            if (highest is null)
                continue;
            findings.Looked("I8");
            if (highest.Stored!.Version >= send.Stored!.Version)
            {
                findings.Violate("I8", $"{highest.Id} was acked before {send.Id} was sent, but {send.Id} is stored before it "
                    + $"in {send.Conversation}.", highestAck, send.First, highest.Stored, send.Stored);
            }
        }
    }
}
