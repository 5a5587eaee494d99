using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Routing;
using CustomerService.Queues;

namespace CustomerService.Grains.Queues;

/// <summary>
/// What a queue decides: who is matched with whom, and in which order. No clock, I/O or randomness: the grain tells it
/// what happened and does what it says. Not safe for calls from several threads.
/// <para>Order: matches start in waiting order and many are under way at a time, but a conversation is only told once
/// everyone who waits longer has got an agent or can't have this one. So a refusal half-way lets nobody overtake.</para>
/// </summary>
public sealed class QueueBoard(string queueId, string strategy)
{
    /// <summary>Matches under way at a time. Each takes two commits and often a conversation's activation between: with 64 and
    /// a loaded database, at 30 ms a commit, a queue could not assign a thousand a second however many cores it has.</summary>
    public const int MatchesMax = 256;

    /// <summary>An agent that has not answered for so long is not waited for: its silo may be gone, and those behind must
    /// not stand still with it.</summary>
    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(1);

    /// <summary>A match whose agent or conversation has not answered for so long is given up: the call or its answer may be
    /// lost, and a call's own time is half a minute, for which neither would be matched with anybody.</summary>
    public static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

    /// <summary>Waiters looked at for one match, where the only agents free are ones they pass over.</summary>
    private const int ScanMax = 256;

    /// <summary>Agents that one conversation passes over at a time: with one more refusal it rests. So few that a choice
    /// finds whoever else is free.</summary>
    private const int SkippedMax = RoutingRules.ExplainedMax - 1;

    private static readonly TimeSpan s_restMin = TimeSpan.FromSeconds(1), s_restMax = TimeSpan.FromSeconds(8);

    private readonly SortedDictionary<WaitingKey, Match> _matches = [];

    /// <summary>The agents.</summary>
    public MemberPool Members { get; } = new(queueId, strategy);

    /// <summary>The conversations.</summary>
    public WaitingRoom Waiting { get; } = new();

    /// <summary>Matches under way.</summary>
    public int MatchCount => _matches.Count;

    /// <summary>When the board should be asked again although nothing happens; null for never. Later than now, as long
    /// as what is due now was done: a board that wants to be asked at once, again and again, costs a core.</summary>
    public DateTimeOffset? NextWake(DateTimeOffset now)
    {
        var next = Waiting.NextWake;
        foreach (var match in _matches.Values)
        {
            if (match.Stage == MatchStage.Reserved)
                continue;
            var slow = match.StartedAt + SlowAfter;
            var at = match.Stage == MatchStage.Reserving && slow > now ? slow : match.AskedAt + AnswerMax;
            if (next is null || at < next)
                next = at;
        }
        return next;
    }

    /// <summary>The next match to begin; null where nobody who waits can have anybody who is free.</summary>
    public Match? Next(Func<string> newReservationId, DateTimeOffset now)
    {
        if (_matches.Count >= MatchesMax || Members.Eligible.Count == 0)
            return null;
        Waiter? waiter = null;
        RoutingChoice? choice = null;
        foreach (var candidate in Waiting.Free.Take(ScanMax))
        {
            choice = RoutingRules.Choose(
                Members.Strategy, Members.Eligible, Members.Eligible.Count, candidate.Skipped(now));
            if (choice is not null && !_matches.ContainsKey(candidate.Key))
            {
                waiter = candidate;
                break;
            }
        }
        if (waiter is null || choice is null)
            return null;
        var match = new Match(waiter.Key, Members.Ref(choice.AgentId), newReservationId(), choice.Why, now);
        _matches.Add(match.Key, match);
        Waiting.Begin(waiter, match);
        Members.Ask(choice.AgentId);
        return match;
    }

    /// <summary>The agent answered a match, or could not be reached (null).</summary>
    /// <returns>True where the place must be given back, in case it was taken all the same.</returns>
    public bool Reserved(Match match, AgentReceipt? receipt, DateTimeOffset now)
    {
        var unreachable = receipt is null
            or { Refusal.Code: RefusalCode.Unavailable or RefusalCode.Overloaded or RefusalCode.RateLimited };
        if (!IsUnderWay(match))
            return unreachable || receipt!.Refusal is null;
        Members.Answered(match.Agent.Id, unreachable ? null : receipt!.Availability, now);
        if (!unreachable && receipt!.Refusal is null)
        {
            match.Stage = MatchStage.Reserved;
            return false;
        }
        // Free for others and yet refused: it has something against this conversation, an older place of it for example.
        if (!unreachable && receipt!.Availability.MayServe)
            PassOver(match, now);
        else
            End(match, rest: false, now);
        return unreachable;
    }

    /// <summary>What is to be done with matches whose turn has come, in waiting order.</summary>
    public ImmutableArray<MatchStep> Advance(DateTimeOffset now)
    {
        var steps = ImmutableArray.CreateBuilder<MatchStep>();
        foreach (var match in _matches.Values)
        {
            if (match.Stage == MatchStage.Reserving && now - match.StartedAt < SlowAfter)
                break;
            if (match.Stage == MatchStage.Reserved)
                steps.Add(new MatchStep(match, Holder(match) is not null && !IsOvertaking(match, now)));
        }
        foreach (var step in steps)
        {
            if (step.Assign)
                (step.Match.Stage, step.Match.AskedAt) = (MatchStage.Assigning, now);
            else
                End(step.Match, rest: false, now);
        }
        return steps.ToImmutable();
    }

    /// <summary>The conversation answered a match, or the outcome is unknown (null).</summary>
    /// <returns>True where the place must be given back. An unknown outcome keeps it: the agent finds out.</returns>
    public bool Assigned(Match match, ConversationReceipt? receipt, DateTimeOffset now)
    {
        if (!IsUnderWay(match) && receipt is not { Refusal: null })
            return receipt is { Refusal.Code: not RefusalCode.Unavailable };
        if (receipt is null or { Refusal.Code: RefusalCode.Unavailable })
        {
            End(match, rest: true, now);
            return false;
        }
        if (receipt.Refusal is null)
        {
            Waiting.Leave(match.ConversationId, receipt.Version, now);
            foreach (var passed in Longer(match).Where(waiter => waiter.PassesOver(match.Agent.Id, now)))
                WaitingRoom.EndSkip(passed, match.Agent.Id);
            End(match, rest: false, now);
            return false;
        }
        var waitsOn = receipt.State == ConversationState.Waiting
            || receipt.Refusal.Code is RefusalCode.Overloaded or RefusalCode.RateLimited;
        // A notice that is newer than this answer says more.
        if (!waitsOn && Holder(match) is { } waiter
            && (receipt.Version == 0 || waiter.Told.Version <= receipt.Version))
            Waiting.Leave(match.ConversationId, 0, now);
        End(match, rest: true, now);
        return true;
    }

    /// <summary>Ends the matches that nobody answered in time. What comes of them is settled by who owns it: a place that
    /// was taken is given back or found out about by its agent, and a conversation that was told after all says so.</summary>
    /// <returns>Those whose agent is in doubt now: its place is to be given back, and it is to be asked how it stands.
    /// </returns>
    public ImmutableArray<Match> GiveUp(DateTimeOffset now)
    {
        ImmutableArray<Match> late = [.. _matches.Values
            .Where(match => match.Stage != MatchStage.Reserved && now - match.AskedAt >= AnswerMax)];
        foreach (var match in late)
        {
            if (match.Stage == MatchStage.Reserving)
                Members.Answered(match.Agent.Id, null, now);
            End(match, rest: match.Stage == MatchStage.Assigning, now);
        }
        return late.RemoveAll(match => match.Stage != MatchStage.Reserving);
    }

    /// <summary>Places of conversations with estimates, in the order asked.</summary>
    public ImmutableArray<WaitingPosition?> Positions(ImmutableArray<string> conversationIds, DateTimeOffset now)
    {
        Members.Handling.Pass(now, Members.Slots.Taken);
        Waiting.GivingUp.Pass(now, Waiting.Count);
        var (all, taken) = Members.Slots;
        var (handled, givenUp) = (Members.Handling.PerSecond, Waiting.GivingUp.PerSecond);
        return [.. conversationIds.Select(Of)];

        WaitingPosition? Of(string id)
        {
            if (Waiting.Place(id) is not { } place)
                return null;
            var (low, high) = WaitEstimate.Range(place - (all - taken), all, handled, givenUp);
            return new WaitingPosition(place, low, high, Members.Online);
        }
    }

    /// <summary>
    /// Compares with what the database holds: adds who is missing, drops who is not there. What was heard after the read
    /// began is newer than it.
    /// </summary>
    /// <param name="rows">The first waiting ones, in order.</param>
    /// <param name="isWhole">Whether these are all.</param>
    /// <param name="heardBefore"><see cref="WaitingRoom.Heard"/> when the read began.</param>
    public void Compare(
        IReadOnlyList<WaitingConversation> rows, bool isWhole, long heardBefore, DateTimeOffset now)
    {
        var ids = rows.Select(row => row.ConversationId).ToHashSet(StringComparer.Ordinal);
        var last = rows.Count > 0
            ? new WaitingKey(rows[^1].Priority, rows[^1].EnqueuedAt, rows[^1].ConversationId)
            : default;
        var gone = new List<string>();
        for (var place = 0; place < Waiting.Count; place++)
        {
            var waiter = Waiting.At(place);
            if (!isWhole && waiter.Key > last)
                break;
            if (waiter.Match is null && waiter.HeardAt <= heardBefore && !ids.Contains(waiter.Key.Id))
                gone.Add(waiter.Key.Id);
        }
        foreach (var id in gone)
            Waiting.Leave(id, 0, now);
        foreach (var row in rows)
            Waiting.Hear(row, now);
    }

    /// <summary>The waiter a match is for; null where it left or another match has it.</summary>
    private Waiter? Holder(Match match) =>
        Waiting.Find(match.ConversationId) is { } waiter && waiter.Match == match ? waiter : null;

    /// <summary>Whether somebody who waits longer is free and could have this agent.</summary>
    private bool IsOvertaking(Match match, DateTimeOffset now) =>
        Longer(match).Any(waiter => !waiter.PassesOver(match.Agent.Id, now));

    /// <summary>Who is free and waits longer.</summary>
    private IEnumerable<Waiter> Longer(Match match) =>
        Waiting.Free.Take(ScanMax).TakeWhile(waiter => waiter.Key < match.Key);

    /// <summary>False once it was given up; another may be under way for the same conversation by then.</summary>
    private bool IsUnderWay(Match match) => ReferenceEquals(_matches.GetValueOrDefault(match.Key), match);

    private void End(Match match, bool rest, DateTimeOffset now)
    {
        if (!IsUnderWay(match))
            return;
        _matches.Remove(match.Key);
        if (Holder(match) is not { } waiter)
            return;
        Waiting.End(waiter, rest ? now + Pause(waiter, now) : null);
    }

    /// <summary>Ends a match that its agent refused: the conversation may have any other at once.</summary>
    private void PassOver(Match match, DateTimeOffset now)
    {
        if (Holder(match) is not { } waiter || waiter.Skipped(now).Length >= SkippedMax)
        {
            End(match, rest: true, now);
            return;
        }
        _matches.Remove(match.Key);
        Waiting.PassOver(waiter, match.Agent.Id, now + Pause(waiter, now));
    }

    /// <summary>Longer with each failure that follows on another, so that nothing spins; failures of long ago, when the
    /// database was away for example, are not held against it.</summary>
    private static TimeSpan Pause(Waiter waiter, DateTimeOffset now)
    {
        if (now - waiter.FailedAt > 2 * s_restMax)
            waiter.Failures = 0;
        waiter.FailedAt = now;
        var pause = s_restMin * Math.Pow(2, Math.Min(waiter.Failures++, 3));
        return pause < s_restMax ? pause : s_restMax;
    }
}
