using CustomerService.Checker.History;

namespace CustomerService.Checker.Checks;

/// <summary>Agents' places: I12 and I16.</summary>
internal static class ReservationChecks
{
    public static void Run(Model model, Findings findings, CheckOptions options)
    {
        var holds = model.Conversations.Values.SelectMany(each => ConversationFold.Of(each).Holds).ToList();
        foreach (var (agent, events) in model.Agents)
            Reservations(model, agent, events, findings, options);
        foreach (var group in holds.GroupBy(hold => hold.Agent))
            Held(model, group.Key, [.. group], findings, options);
        Backed(model, holds, findings);
        AllOver(model, holds, findings, options);
    }

    /// <summary>The places an agent gave out, by its own stream.</summary>
    private static void Reservations(
        Model model, string agent, List<HistoryLine> events, Findings findings, CheckOptions options)
    {
        var open = new Dictionary<string, HistoryLine>(StringComparer.Ordinal);
        for (var i = 0; i < events.Count; i++)
        {
            var fact = events[i];
            if (fact.Version != i + 1)
            {
                findings.Violate("I5", $"Versions of agent {agent} are not dense at {i + 1}.", fact);
                return;
            }
            if (fact.Fact == "released")
                open.Remove(fact.Reservation ?? "");
            if (fact.Fact != "reserved")
                continue;
            findings.Looked("I12");
            open[fact.Reservation ?? ""] = fact;
            if (CapacityAt(model, agent, fact.At!.Value, options) is { } capacity && open.Count > capacity)
            {
                findings.Violate("I12", $"Agent {agent} has {open.Count} reservations open with a capacity of {capacity}.",
                    [.. open.Values]);
            }
        }
    }

    /// <summary>The same by the conversations' streams: what they say it holds.</summary>
    private static void Held(Model model, string agent, List<Hold> holds, Findings findings, CheckOptions options)
    {
        var changes = holds.Select(hold => (hold.From.Position!.Value, Rises: true, hold))
            .Concat(holds.Where(hold => hold.To is not null).Select(hold => (hold.To!.Position!.Value, Rises: false, hold)))
            .OrderBy(change => change.Item1).ThenBy(change => change.Rises);
        var open = new Dictionary<Hold, HistoryLine>(ReferenceEqualityComparer.Instance);
        foreach (var (_, rises, hold) in changes)
        {
            if (!rises)
            {
                open.Remove(hold);
                continue;
            }
            findings.Looked("I12");
            open[hold] = hold.From;
            if (CapacityAt(model, agent, hold.From.At!.Value, options) is { } capacity && open.Count > capacity)
            {
                findings.Violate("I12", $"Agent {agent} holds {open.Count} conversations with a capacity of {capacity}.",
                    [.. open.Values]);
            }
        }
    }

    /// <summary>Whatever is held rests on a reservation that is open for as long.</summary>
    private static void Backed(Model model, List<Hold> holds, Findings findings)
    {
        if (model.Agents.Count == 0)
            return;
        var reserved = new Dictionary<(string, string), HistoryLine>();
        var released = new Dictionary<(string, string), HistoryLine>();
        foreach (var (agent, events) in model.Agents)
        {
            foreach (var fact in events.Where(fact => fact.Reservation is not null))
            {
                if (fact.Fact == "reserved")
                    reserved.TryAdd((agent, fact.Reservation!), fact);
                else if (fact.Fact == "released")
                    released.TryAdd((agent, fact.Reservation!), fact);
            }
        }
        foreach (var hold in holds)
        {
            findings.Looked("I12");
            var key = (hold.Agent, hold.Reservation);
            if (!reserved.TryGetValue(key, out var from) || from.Position > hold.From.Position)
            {
                findings.Violate("I12", $"{hold.Conversation.Id} was given to {hold.Agent} without the reservation "
                    + $"'{hold.Reservation}' being open.", hold.From, from);
            }
            else if (from.Conversation is { } conversation && conversation != hold.Conversation.Id)
            {
                findings.Violate("I12", $"Reservation '{hold.Reservation}' was made for {conversation} but holds "
                    + $"{hold.Conversation.Id}.", from, hold.From);
            }
            else if (released.TryGetValue(key, out var to) && (hold.To is null || to.Position < hold.To.Position))
            {
                findings.Violate("I12", $"Agent {hold.Agent} freed the place of {hold.Conversation.Id} while it still held it.",
                    hold.From, to, hold.To);
            }
        }
    }

    private static void AllOver(Model model, List<Hold> holds, Findings findings, CheckOptions options)
    {
        if (model.Drained is { } drained)
        {
            foreach (var conversation in model.Conversations.Values)
            {
                findings.Looked("I16");
                // A message left for agents has months, and nobody is there to take it: its deadline has not passed.
                var end = ConversationFold.Of(conversation);
                if (end.State != "closed" && !(end is { State: "snoozed", LeftUntil: { } until } && until > drained.T))
                {
                    findings.Violate("I16", $"{conversation.Id} is still open after all have left and every deadline has passed.",
                        conversation.Events[^1], drained);
                }
            }
        }
        if (model.Healed is not { } healed || model.End.T < healed.T + options.OrphanMsMax)
        {
            if (model.Drained is null)
                findings.NotApplicable("I16", "no mark 'drained', and the history ends too soon after healing for orphans");
            return;
        }
        var held = holds.Where(hold => hold.To is null).Select(hold => (hold.Agent, hold.Reservation)).ToHashSet();
        foreach (var (agent, events) in model.Agents)
        {
            var open = new Dictionary<string, HistoryLine>(StringComparer.Ordinal);
            foreach (var fact in events)
            {
                // Wrapped up, it rests on no conversation for a while: it counts from there.
                if (fact.Fact is "reserved" or "wrapUp")
                    open[fact.Reservation!] = fact;
                else if (fact.Fact == "released")
                    open.Remove(fact.Reservation!);
            }
            foreach (var (reservation, from) in open)
            {
                findings.Looked("I16");
                if (!held.Contains((agent, reservation)) && from.At <= model.End.T - options.OrphanMsMax)
                {
                    findings.Violate("I16", $"Reservation '{reservation}' of agent {agent} for {from.Conversation} is orphaned: "
                        + "the conversation does not rest on it.", from);
                }
            }
        }
    }

    /// <summary>The capacity an agent may have gone by at that moment: the highest of late. Null where unknown.</summary>
    private static int? CapacityAt(Model model, string agent, long at, CheckOptions options) =>
        CapacitiesAt(model, agent, at, options).Cast<int?>().Max();

    /// <summary>All capacities that the agent may have gone by at that moment.</summary>
    public static IEnumerable<int> CapacitiesAt(Model model, string agent, long at, CheckOptions options)
    {
        var changes = model.Capacities.GetValueOrDefault(agent, []);
        for (var i = 0; i < changes.Count && changes[i].T <= at; i++)
        {
            if (i + 1 == changes.Count || changes[i + 1].T >= at - options.CapacityStaleMs)
                yield return changes[i].Capacity!.Value;
        }
    }
}
