using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Routing;

namespace CustomerService.Grains.Queues;

/// <summary>
/// The members of a queue as they last reported, and those among them that could take a conversation, in the rule's
/// order. Every change costs logarithmic time, so that hundreds of members are no burden to a match.
/// </summary>
public sealed class MemberPool
{
    private readonly SortedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly string _queueId;
    private SortedSet<Candidate> _eligible;
    private long _turns;

    public MemberPool(string queueId, string strategy)
    {
        _queueId = queueId;
        Strategy = RoutingRules.Rule(strategy);
        _eligible = new SortedSet<Candidate>(RoutingRules.Preference(Strategy));
    }

    /// <summary>The rule.</summary>
    public string Strategy { get; private set; }

    /// <summary>Who could take a conversation now, in the rule's order.</summary>
    public IReadOnlyCollection<Candidate> Eligible => _eligible;

    /// <summary>Members online and connected.</summary>
    public int Online { get; private set; }

    /// <summary>Places of those, and how many of them are taken.</summary>
    public (int All, int Taken) Slots { get; private set; }

    /// <summary>Learns how fast a taken place becomes free. Believed at first: eight minutes, a usual handle time in chat.
    /// </summary>
    public LearnedRate Handling { get; } = new(480);

    /// <summary>Every member's last report, by id.</summary>
    public ImmutableArray<AgentAvailability> Reports => [.. _members.Values.Select(member => member.Report)];

    /// <summary>A member as others see it.</summary>
    public AgentRef Ref(string agentId) => _members[agentId].Report.Agent;

    /// <summary>Takes the queue's rule from its settings.</summary>
    public void Follow(string strategy)
    {
        if (Strategy == RoutingRules.Rule(strategy))
            return;
        Strategy = RoutingRules.Rule(strategy);
        _eligible = new SortedSet<Candidate>(_eligible, RoutingRules.Preference(Strategy));
    }

    /// <summary>A member's report. An older one than the last is ignored; the same one again clears a doubt.</summary>
    /// <param name="isAnswer">It was asked for just now, so it comes from the activation that lives: it counts even where
    /// the clock of that silo is behind that of an earlier one.</param>
    /// <returns>True where it speaks for another activation than the one believed so far, which may be gone by now: the
    /// agent is to be asked, or its reports would be ignored from now on.</returns>
    public bool Report(AgentAvailability report, DateTimeOffset now, bool isAnswer = false)
    {
        var known = _members.GetValueOrDefault(report.Agent.Id);
        if (known is not null && IsOlder(report, known.Report, isAnswer))
            return report.Epoch < known.Report.Epoch;
        if (!report.Queues.Contains(_queueId))
        {
            Forget(report.Agent.Id, now);
            return false;
        }
        Handling.Pass(now, Slots.Taken);
        if (known is not null && report.Load < known.Report.Load)
            Handling.Happened(known.Report.Load - report.Load);
        if (known is not null)
            Count(known, -1);
        var member = known ?? (_members[report.Agent.Id] = new Member(report));
        member.Report = report;
        member.Doubtful = false;
        Count(member, 1);
        List(member);
        return false;
    }

    /// <summary>It is no member any more.</summary>
    public void Forget(string agentId, DateTimeOffset now)
    {
        if (!_members.TryGetValue(agentId, out var member))
            return;
        Handling.Pass(now, Slots.Taken);
        Count(member, -1);
        Unlist(member);
        _members.Remove(agentId);
    }

    /// <summary>A match asks it for a place: no other match takes it meanwhile.</summary>
    public void Ask(string agentId)
    {
        if (!_members.TryGetValue(agentId, out var member))
            return;
        member.Asked = true;
        member.Turn = ++_turns;
        List(member);
    }

    /// <summary>It answered, or could not be reached: then it is in doubt until its next report.</summary>
    public void Answered(string agentId, AgentAvailability? after, DateTimeOffset now)
    {
        if (!_members.TryGetValue(agentId, out var member))
            return;
        member.Asked = false;
        member.Doubtful = after is null;
        if (after is not null)
            Report(after, now, isAnswer: true);
        if (_members.ContainsKey(agentId))
            List(member);
    }

    private static bool IsOlder(AgentAvailability report, AgentAvailability known, bool isAnswer) =>
        report.Epoch == known.Epoch ? report.Revision < known.Revision : report.Epoch < known.Epoch && !isAnswer;

    private void Count(Member member, int sign)
    {
        if (member.Report is not { Status: AgentStatus.Online, Present: true } report)
            return;
        Online += sign;
        Slots = (Slots.All + sign * report.Capacity, Slots.Taken + sign * Math.Min(report.Load, report.Capacity));
    }

    private void List(Member member)
    {
        Unlist(member);
        if (member.Asked || member.Doubtful || !member.Report.MayServe)
            return;
        var report = member.Report;
        member.Listed = new Candidate(report.Agent.Id, report.Load, report.Capacity, report.IdleSince, member.Turn);
        _eligible.Add(member.Listed);
    }

    private void Unlist(Member member)
    {
        if (member.Listed is { } listed)
            _eligible.Remove(listed);
        member.Listed = null;
    }

    private sealed class Member(AgentAvailability report)
    {
        public AgentAvailability Report { get; set; } = report;

        public bool Asked { get; set; }

        public bool Doubtful { get; set; }

        public long Turn { get; set; }

        public Candidate? Listed { get; set; }
    }
}
