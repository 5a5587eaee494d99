using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CustomerService.Grains.Routing;

/// <summary>An agent that could take a conversation now.</summary>
/// <param name="Load">Places taken.</param>
/// <param name="Capacity">Places in all.</param>
/// <param name="IdleSince">Since when its load has not risen.</param>
/// <param name="Turn">Number of the pick in which this queue chose it last; 0 for never.</param>
public sealed record Candidate(string AgentId, int Load, int Capacity, DateTimeOffset IdleSince, long Turn);

/// <summary>Who gets it and why.</summary>
/// <param name="AgentId">The chosen one.</param>
/// <param name="Why">Rule, candidates with scores, choice: JSON of 2,000 characters at most.</param>
public sealed record RoutingChoice(string AgentId, string Why);

/// <summary>How an agent is picked. No clock, I/O or randomness: the same candidates give the same choice, so that a
/// what-if runs the same code.</summary>
public static class RoutingRules
{
    public const string LongestIdle = "longest-idle", LeastLoaded = "least-loaded", RoundRobin = "round-robin";

    /// <summary>Candidates named in an explanation: the ones that nearly were it.</summary>
    public const int ExplainedMax = 5;

    /// <summary>The order in which a rule prefers agents; ties are broken by longest idle, then by id. An unknown rule is
    /// the default one: settings written by a newer program must not stop the queue.</summary>
    public static IComparer<Candidate> Preference(string strategy) => Rule(strategy) switch
    {
        LeastLoaded => s_leastLoaded,
        RoundRobin => s_roundRobin,
        _ => s_longestIdle,
    };

    /// <summary>The rule that <see cref="Preference"/> follows for this name.</summary>
    public static string Rule(string strategy) => strategy is LeastLoaded or RoundRobin ? strategy : LongestIdle;

    /// <summary>
    /// Picks the first in the rule's order that is not passed over; null where there is none.
    /// </summary>
    /// <param name="strategy">The queue's rule.</param>
    /// <param name="preferred">Candidates in <see cref="Preference"/> order. Only the first few are looked at, so a
    /// choice among hundreds costs no more than one among five.</param>
    /// <param name="eligible">How many candidates there are.</param>
    /// <param name="passedOver">Agents to be passed over: fewer than <see cref="ExplainedMax"/>.</param>
    public static RoutingChoice? Choose(
        string strategy, IEnumerable<Candidate> preferred, int eligible, ImmutableArray<string> passedOver)
    {
        var first = preferred.Take(ExplainedMax).ToArray();
        var chosen = first.FirstOrDefault(candidate => !passedOver.Contains(candidate.AgentId));
        return chosen is null
            ? null
            : new RoutingChoice(chosen.AgentId, Explain(Rule(strategy), first, eligible, passedOver, chosen));
    }

    private static readonly Comparer<Candidate> s_longestIdle = Comparer<Candidate>.Create((a, b) => Idle(a, b));

    private static readonly Comparer<Candidate> s_leastLoaded = Comparer<Candidate>.Create((a, b) =>
        // By share of the capacity, without dividing: 1 of 2 is as full as 2 of 4.
        ((long)a.Load * b.Capacity).CompareTo((long)b.Load * a.Capacity) is not 0 and var share ? share : Idle(a, b));

    private static readonly Comparer<Candidate> s_roundRobin = Comparer<Candidate>.Create((a, b) =>
        a.Turn.CompareTo(b.Turn) is not 0 and var turn ? turn : Idle(a, b));

    private static int Idle(Candidate a, Candidate b) =>
        a.IdleSince.CompareTo(b.IdleSince) is not 0 and var since
            ? since
            : string.CompareOrdinal(a.AgentId, b.AgentId);

    private static string Explain(
        string rule, Candidate[] candidates, int eligible, ImmutableArray<string> passedOver, Candidate chosen)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("rule", rule);
            json.WriteString("chosen", chosen.AgentId);
            json.WriteNumber("eligible", eligible);
            if (!passedOver.IsEmpty)
            {
                json.WriteStartArray("passedOver");
                foreach (var agent in passedOver)
                    json.WriteStringValue(agent);
                json.WriteEndArray();
            }
            json.WriteStartArray("candidates");
            foreach (var candidate in candidates)
            {
                json.WriteStartObject();
                json.WriteString("agent", candidate.AgentId);
                json.WriteNumber("load", candidate.Load);
                json.WriteNumber("capacity", candidate.Capacity);
                if (rule == RoundRobin)
                    json.WriteNumber("turn", candidate.Turn);
                json.WriteString("idleSince", candidate.IdleSince.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
