using CustomerService.Checker.History;

namespace CustomerService.Checker.Checks;

/// <summary>What clients saw against what is stored: I3 to I6, I9, I10, I20.</summary>
internal static class ViewChecks
{
    private static readonly string[] NotForVisitors =
        ["note", "started", "offered", "declined", "released", "refused", "snoozed", "woken", "tagged",
        "noteEdited", "noteRedacted", "visitorBlocked", "visitorUnblocked"];

    public static void Run(Model model, Findings findings, CheckOptions options)
    {
        if (!model.HasDump)
            findings.NotApplicable("I5", "the history holds no dump of the database");
        foreach (var conversation in model.Conversations.Values)
            Dense(conversation, findings);
        foreach (var view in model.Views)
        {
            Applied(model, view, findings);
            Access(model, view, findings, options);
        }
        AtHead(model, findings, options);
        Recovered(model, findings);
    }

    private static void Dense(StoredConversation conversation, Findings findings)
    {
        findings.Looked("I5", conversation.Events.Count);
        for (var i = 0; i < conversation.Events.Count; i++)
        {
            if (conversation.Events[i].Version != i + 1)
            {
                findings.Violate("I5", $"Versions of {conversation.Id} are not dense: {i + 1} is missing or there twice.",
                    conversation.Events[i], i > 0 ? conversation.Events[i - 1] : null);
                break;
            }
        }
        long version = 0;
        for (var i = 0; i < conversation.Visible.Count; i++)
        {
            var fact = conversation.Visible[i];
            if (fact.Sequence != i + 1)
            {
                findings.Violate("I5", $"Visitors' sequences of {conversation.Id} are not dense: {i + 1} is missing or there "
                    + "twice.", fact, i > 0 ? conversation.Visible[i - 1] : null);
                break;
            }
            if (fact.Version <= version)
                findings.Violate("I5", $"Visitors' sequence {fact.Sequence} of {conversation.Id} runs against the versions.", fact);
            version = fact.Version!.Value;
        }
    }

    private static void Applied(Model model, View view, Findings findings)
    {
        var stored = model.Conversations.GetValueOrDefault(view.Conversation);
        var who = $"{view.Client.Name}'s view of {view.Conversation}";
        HistoryLine? before = null;
        foreach (var line in view.Lines)
        {
            if (line.Kind is LineKinds.Join)
                before = line;
            if (line.Kind is not LineKinds.Apply)
                continue;
            findings.Looked("I3");
            findings.Looked("I6");
            var last = before is null ? 0 : before.Kind == LineKinds.Join ? before.From!.Value : before.Sequence!.Value;
            if (before is null)
                findings.Violate("I6", $"{who} begins without a join.", line);
            else if (line.Sequence == last && before.Kind == LineKinds.Apply)
                findings.Violate("I3", $"{who} applied sequence {line.Sequence} twice.", before, line);
            else if (line.Sequence <= last)
                findings.Violate("I5", $"{who} went back from sequence {last} to {line.Sequence}.", before, line);
            else if (line.Sequence != last + 1)
                findings.Violate("I6", $"{who} jumped from sequence {last} to {line.Sequence}.", before, line);
            before = line;
            if (model.HasDump)
                Same(view, stored, line, who, findings);
        }
    }

    private static void Same(View view, StoredConversation? stored, HistoryLine line, string who, Findings findings)
    {
        findings.Looked("I4");
        var fact = stored?.At(view.Client.IsVisitor, line.Sequence!.Value);
        if (fact is null)
            findings.Violate("I4", $"{who} holds sequence {line.Sequence}, which is not stored.", line);
        // What was removed later was held as it was before by who followed then.
        else if ((fact.Content != line.Content && fact.Removed != true) || fact.Fact != line.Fact)
        {
            findings.Violate("I4", $"{who} holds '{line.Content}' at sequence {line.Sequence}, but '{fact.Content}' is "
                + "stored there.", line, fact);
        }
    }

    private static void Access(Model model, View view, Findings findings, CheckOptions options)
    {
        var events = model.Conversations.GetValueOrDefault(view.Conversation)?.Events;
        var client = view.Client;
        var owner = events?.FirstOrDefault(fact => fact.Fact == "started");
        var allowed = client.IsVisitor
            ? owner is null || owner.Author == client.Actor
            : client.Line.Supervisor == true || events is null || events.Exists(fact =>
                (fact.Queue is { } queue && client.Line.Queues?.Contains(queue) == true)
                || (fact.Agent is { } agent && client.Actor == "agent:" + agent));
        foreach (var line in view.Lines.Where(line => line.Kind is LineKinds.Apply or LineKinds.Push))
        {
            findings.Looked("I20");
            if (!allowed)
                findings.Violate("I20", $"An event of {view.Conversation} reached {client.Actor}, who may not see it.", client.Line, line, owner);
            if (client.IsVisitor && NotForVisitors.Contains(line.Fact))
                findings.Violate("I20", $"A {line.Fact} of {view.Conversation} reached visitor {client.Actor}.", line);
            if (client.Revoked is { } revoked && line.T > revoked.T + options.RevokedMsMax)
            {
                findings.Violate("I20", $"An event reached {client.Name} {line.T - revoked.T} ms after its access was revoked.",
                    revoked, line);
            }
        }
    }

    private static void AtHead(Model model, Findings findings, CheckOptions options)
    {
        if (model.Healed is not { } healed || !model.HasDump)
        {
            findings.NotApplicable("I9", "no mark 'healed', or no dump of the database");
            return;
        }
        if (model.End.T < healed.T + options.CatchUpMsMax)
        {
            findings.NotApplicable("I9", $"the history ends less than {options.CatchUpMsMax} ms after healing");
            return;
        }
        foreach (var view in model.Views)
        {
            if (model.Conversations.TryGetValue(view.Conversation, out var stored))
                Follows(model, view, stored, healed.T, findings, options);
        }
    }

    /// <summary>While a client follows a conversation it has each event in time, counted from when the event was stored,
    /// the faults stopped and the client joined, whichever came last.</summary>
    private static void Follows(
        Model model, View view, StoredConversation stored, long healed, Findings findings, CheckOptions options)
    {
        HistoryLine? join = null;
        var applied = new List<HistoryLine>();
        foreach (var line in view.Lines)
        {
            if (line.Kind == LineKinds.Apply)
                applied.Add(line);
            if (line.Kind is not (LineKinds.Join or LineKinds.Leave))
                continue;
            Close(line);
            join = line.Kind == LineKinds.Join ? line : null;
            applied.Clear();
        }
        Close(view.Client.Revoked ?? model.End);

        void Close(HistoryLine end)
        {
            if (join is null || end.T < healed)
                return;
            for (var sequence = join.From!.Value + 1; stored.At(view.Client.IsVisitor, sequence) is { } fact; sequence++)
            {
                var due = Math.Max(Math.Max(fact.At!.Value, healed), join.T) + options.CatchUpMsMax;
                if (due > end.T)
                    return;
                findings.Looked("I9");
                var index = (int)(sequence - join.From.Value) - 1;
                if (index < applied.Count && applied[index].T <= due)
                    continue;
                findings.Violate("I9", $"{view.Client.Name} did not have sequence {sequence} of {view.Conversation} "
                    + $"{options.CatchUpMsMax} ms after it could have.", join, index < applied.Count ? applied[index] : end, fact);
                return;
            }
        }
    }

    private static void Recovered(Model model, Findings findings)
    {
        // The highest sequence acked per conversation and audience before a resume was asked must be covered by it.
        var acked = new Dictionary<(string, bool), HistoryLine>();
        var floors = new Dictionary<Operation, HistoryLine?>();
        foreach (var (_, operation, isAnswer) in model.Operations
            .SelectMany(operation => new[] { (operation.Invoke.N, operation, false), (operation.Answer!.N, operation, true) })
            .OrderBy(each => each.Item1))
        {
            var conversation = operation.Conversation;
            if (conversation is null)
                continue;
            var key = (conversation, model.Clients[operation.Invoke.Client!].IsVisitor);
            if (isAnswer && operation.IsOk && operation.IsSend)
            {
                if (!acked.TryGetValue(key, out var highest) || highest.Sequence < operation.Answer!.Sequence)
                    acked[key] = operation.Answer!;
            }
            else if (!isAnswer && operation.Invoke.Do == "resume")
                floors[operation] = acked.GetValueOrDefault(key);
        }
        foreach (var (operation, floor) in floors)
        {
            var answer = operation.Answer!;
            if (!operation.IsOk || answer.Recovered is null || answer.Head is not { } head)
                continue;
            findings.Looked("I10");
            if (floor is not null && head < floor.Sequence)
            {
                findings.Violate("I10", $"A resume names head {head} of {operation.Conversation}, but sequence {floor.Sequence} "
                    + "had been acked before it was asked.", floor, operation.Invoke, answer);
            }
            if (answer.Recovered == false)
                continue;
            var after = operation.Invoke.After ?? 0;
            var count = answer.Count ?? 0;
            if (count != head - after || (count > 0 && (answer.First != after + 1 || answer.Last != head)))
            {
                findings.Violate("I10", $"A resume after {after} says recovered, head {head}, but brings {count} events "
                    + $"({answer.First} to {answer.Last}).", operation.Invoke, answer);
            }
        }
    }
}
