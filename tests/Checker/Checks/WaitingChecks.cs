using CustomerService.Checker.History;

namespace CustomerService.Checker.Checks;

/// <summary>Fairness of queues: I13 and I14.</summary>
internal static class WaitingChecks
{
    public static void Run(Model model, Findings findings, CheckOptions options)
    {
        var folds = model.Conversations.Values.Select(each => ConversationFold.Of(each)).ToList();
        IdleAgents(model, [.. folds.SelectMany(fold => fold.Waits)], findings, options);
        var taken = folds.SelectMany(fold => fold.Holds).Where(hold => hold.FromQueue is not null)
            .ToLookup(hold => (hold.FromQueue!.Queue, hold.FromQueue.Priority));
        foreach (var group in folds.SelectMany(fold => fold.Waits).GroupBy(wait => (wait.Queue, wait.Priority)))
            Order(model, [.. group], taken[group.Key], findings, options);
    }

    private static void IdleAgents(Model model, List<Wait> waits, Findings findings, CheckOptions options)
    {
        if (model.Healed is not { } healed || model.Availability.Count == 0)
        {
            findings.NotApplicable("I13", "no mark 'healed', or no availability of agents");
            return;
        }
        var begin = healed.T + options.SettleMs;
        if (model.End.T <= begin)
        {
            findings.NotApplicable("I13", $"the history ends within {options.SettleMs / 1000} s of healing");
            return;
        }
        foreach (var (agent, changes) in model.Availability)
        {
            var free = FreeTimes(model, agent, changes, options).Where(time => time.To > begin).ToList();
            foreach (var wait in waits.Where(wait => wait.Skip != agent))
            {
                var from = Math.Max(begin, wait.From.At!.Value);
                var to = wait.To?.At ?? model.End.T;
                if (to - from <= options.IdleWhileWaitingMsMax)
                    continue;
                for (var i = FirstEndingAfter(free, from); i < free.Count && free[i].From < to; i++)
                {
                    if (!free[i].Queues.Contains(wait.Queue))
                        continue;
                    findings.Looked("I13");
                    var together = Math.Min(to, free[i].To) - Math.Max(from, free[i].From);
                    if (together > options.IdleWhileWaitingMsMax)
                    {
                        findings.Violate("I13", $"{wait.Conversation.Id} waited in {wait.Queue} for {together} ms while agent "
                            + $"{agent} was free.", wait.From, wait.To, free[i].Line);
                    }
                }
            }
        }
        findings.Looked("I13", waits.Count);
    }

    private sealed record Free(long From, long To, string[] Queues, HistoryLine Line);

    /// <summary>When an agent was available with room, by its own stream and what the run did to it.</summary>
    private static IEnumerable<Free> FreeTimes(
        Model model, string agent, List<HistoryLine> changes, CheckOptions options)
    {
        var moments = changes.Select(line => (Time: line.T, Line: line))
            .Concat(model.Agents.GetValueOrDefault(agent, []).Select(line => (Time: line.At!.Value, Line: line)))
            .Concat(model.Capacities.GetValueOrDefault(agent, []).SelectMany(line => new[]
            {
                (Time: line.T, Line: line), (Time: line.T + options.CapacityStaleMs + 1, Line: line),
            }))
            .OrderBy(moment => moment.Time).ThenBy(moment => moment.Line.N).ToList();
        var open = new HashSet<string>(StringComparer.Ordinal);
        HistoryLine? available = null, since = null;
        var capacity = 0;
        long from = -1;
        foreach (var (time, line) in moments)
        {
            switch (line.Kind)
            {
                case LineKinds.Available:
                    available = line;
                    break;
                case LineKinds.Unavailable:
                    available = null;
                    break;
                case LineKinds.Capacity:
                    // Less room counts at once, more only when the agent certainly knows of it.
                    capacity = ReservationChecks.CapacitiesAt(model, agent, time, options).Min();
                    break;
                case LineKinds.AgentStored when line.Fact == "reserved":
                    open.Add(line.Reservation!);
                    break;
                case LineKinds.AgentStored when line.Fact == "released":
                    open.Remove(line.Reservation!);
                    break;
            }
            // Every change of the load begins a new stretch: whoever waits is served one after the other.
            if (since is not null)
                yield return new Free(from, time, since.Queues!, since);
            since = available is not null && open.Count < capacity ? available : null;
            from = time;
        }
        if (since is not null)
            yield return new Free(from, model.End.T, since.Queues!, since);
    }

    private static int FirstEndingAfter(List<Free> free, long from)
    {
        int low = 0, high = free.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (free[middle].To > from)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    /// <summary>Whoever was enqueued before and waited all along must not be assigned after. Decisions in flight and
    /// news under way blur that: only what was known well before and stayed well after counts.</summary>
    private static void Order(Model model, List<Wait> waits, IEnumerable<Hold> taken, Findings findings, CheckOptions options)
    {
        var settled = model.Healed is { } healed ? healed.T + options.SettleMs : long.MaxValue;
        var asked = model.Agents.Values.SelectMany(events => events).Where(fact => fact.Fact == "reserved" && fact.Conversation is not null)
            .ToLookup(fact => fact.Conversation!, fact => fact.At!.Value);
        // Waits join the candidates as the assignments move on in time, and leave them for good once they are over.
        var byStart = waits.OrderBy(wait => wait.From.At).ToList();
        var candidates = new List<Wait>();
        var passedOver = new Dictionary<Wait, long>(ReferenceEqualityComparer.Instance);
        var next = 0;
        foreach (var hold in taken.OrderBy(hold => hold.From.At))
        {
            findings.Looked("I14");
            var at = hold.From.At!.Value;
            var blur = at > settled + options.OrderBlurMs ? options.OrderBlurHealedMs : options.OrderBlurMs;
            for (; next < byStart.Count && byStart[next].From.At <= at; next++)
                candidates.Add(byStart[next]);
            candidates.RemoveAll(wait => wait.To?.At < at);
            foreach (var wait in candidates)
            {
                if (wait.From.At > at - blur)
                    continue;
                var underWay = at <= settled ? options.UnderWayMs : options.OrderBlurHealedMs;
                if (asked[wait.Conversation.Id].Any(time => Math.Abs(time - at) <= underWay))
                    continue;
                if (wait.Enqueued < hold.FromQueue!.Enqueued && (wait.To?.At ?? long.MaxValue) > at + blur && wait.Skip != hold.Agent)
                {
                    // Asking an agent may be lost without a trace, and the queue waits for the answer: one may be passed over
                    // for as long as that takes, and no longer.
                    if (at <= settled && at - (passedOver.TryAdd(wait, at) ? at : passedOver[wait]) <= options.UnderWayMs)
                        continue;
                    findings.Violate("I14", $"{hold.Conversation.Id} was assigned to {hold.Agent} although {wait.Conversation.Id} "
                        + $"had waited longer in {wait.Queue}.", wait.From, hold.FromQueue.From, hold.From, wait.To);
                    break;
                }
            }
        }
    }
}
