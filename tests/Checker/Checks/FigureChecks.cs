using CustomerService.Checker.History;

namespace CustomerService.Checker.Checks;

/// <summary>Derived figures against a recomputation from the log: I17 and I18.</summary>
internal static class FigureChecks
{
    public static void Run(Model model, Findings findings)
    {
        var folds = model.Conversations.ToDictionary(pair => pair.Key, pair => ConversationFold.Of(pair.Value));
        foreach (var row in model.Rows)
        {
            findings.Looked("I17");
            if (!folds.TryGetValue(row.Conversation!, out var fold))
                findings.Violate("I17", $"There is a row for {row.Conversation}, which is not stored.", row);
            else if (row.State != fold.State || row.Agent != fold.Agent || row.Queue != fold.Queue)
            {
                findings.Violate("I17", $"The row of {row.Conversation} says {row.State}, agent {row.Agent ?? "none"}, queue "
                    + $"{row.Queue}; its events say {fold.State}, agent {fold.Agent ?? "none"}, queue {fold.Queue}.",
                    row, model.Conversations[row.Conversation!].Events[^1]);
            }
        }
        if (model.Rows.Count > 0)
        {
            var rows = model.Rows.Select(row => row.Conversation!).ToHashSet(StringComparer.Ordinal);
            foreach (var conversation in model.Conversations.Values.Where(each => !rows.Contains(each.Id)))
                findings.Violate("I17", $"{conversation.Id} has no row.", conversation.Events[0]);
        }
        foreach (var load in model.Loads)
        {
            findings.Looked("I17");
            var events = model.Agents.GetValueOrDefault(load.Agent!, []);
            var open = new HashSet<string>(StringComparer.Ordinal);
            foreach (var fact in events)
            {
                if (fact.Fact == "reserved")
                    open.Add(fact.Reservation!);
                else if (fact.Fact == "released")
                    open.Remove(fact.Reservation!);
            }
            if (open.Count != load.Load)
            {
                findings.Violate("I17", $"Agent {load.Agent} says its load is {load.Load}; its events say {open.Count}.",
                    load, events.Count > 0 ? events[^1] : null);
            }
        }
        foreach (var length in model.QueueLengths)
        {
            findings.Looked("I17");
            var waiting = folds.Values.Where(fold => fold.State == "waiting" && fold.Queue == length.Queue).ToList();
            if (waiting.Count != length.Waiting)
            {
                findings.Violate("I17", $"Queue {length.Queue} says {length.Waiting} wait; the events say {waiting.Count}.",
                    [length, .. waiting.Take(5).Select(fold => fold.Waits[^1].From)]);
            }
        }
        foreach (var unread in model.Unreads)
            Unread(model, unread, findings);
        if (model.Folds.Count == 0)
            findings.NotApplicable("I18", "the history holds no folds");
        foreach (var fold in model.Folds)
        {
            findings.Looked("I18");
            if (fold.Whole != fold.Tail)
            {
                findings.Violate("I18", $"Snapshot (schema {fold.Schema}, version {fold.Version}) and tail of {fold.Stream} "
                    + "differ from a fold over the whole stream.", fold);
            }
        }
    }

    private static void Unread(Model model, HistoryLine unread, Findings findings)
    {
        findings.Looked("I17");
        if (!model.Conversations.TryGetValue(unread.Conversation!, out var stored))
        {
            findings.Violate("I17", $"There is a read mark for {unread.Conversation}, which is not stored.", unread);
            return;
        }
        var events = unread.Audience == "visitors" ? stored.Visible : stored.Events;
        if (unread.Head != events.Count || unread.UpTo > unread.Head || unread.Unread != unread.Head - unread.UpTo)
        {
            findings.Violate("I17", $"{unread.Reader} has {unread.Unread} unread in {unread.Conversation}, with head "
                + $"{unread.Head} and mark {unread.UpTo}; the stored head is {events.Count}.", unread, events.Count > 0 ? events[^1] : null);
        }
    }
}
