using System.Collections.Immutable;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Queues;
using CustomerService.Queues;

namespace CustomerService.Micro;

/// <summary>A queue's work for one assignment and for one visitor's place, however many wait.</summary>
[MemoryDiagnoser]
public class QueueBenchmarks
{
    private const int Agents = 500;
    private static readonly DateTimeOffset s_start = new(2026, 1, 2, 9, 0, 0, TimeSpan.Zero);

    private QueueBoard _board = null!;
    private long _next;
    private long _revision;

    [Params(1_000, 100_000)]
    public int Waiting { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _board = new QueueBoard("q", "longest-idle");
        _revision = 1;
        for (var n = 0; n < Agents; n++)
            _board.Members.Report(Agent(n, load: 0), s_start);
        for (_next = 0; _next < Waiting; _next++)
            _board.Waiting.Hear(Waits(_next, true, 1), s_start);
    }

    /// <summary>A whole match: pick, reserve, assign, the conversation leaves, another one comes, the place is freed.
    /// </summary>
    [Benchmark]
    public bool Match()
    {
        var match = _board.Next(() => "r", s_start)!;
        var number = int.Parse(match.Agent.Id, CultureInfo.InvariantCulture);
        _board.Reserved(match, new AgentReceipt(null, Agent(number, load: 1)), s_start);
        _board.Advance(s_start);
        var done = _board.Assigned(
            match, new ConversationReceipt(null, 2, 0, ConversationState.Assigned, 2, s_start), s_start);
        _board.Waiting.Hear(Waits(_next++, true, 1), s_start);
        _board.Members.Report(Agent(number, load: 0), s_start);
        return done;
    }

    /// <summary>The place and the estimate of one who waits in the middle.</summary>
    [Benchmark]
    public ImmutableArray<WaitingPosition?> Position() =>
        _board.Positions([Id(_next - (Waiting / 2))], s_start);

    private AgentAvailability Agent(int number, int load) => new(
        new AgentRef(number.ToString(CultureInfo.InvariantCulture), "A"), ++_revision, s_start, AgentStatus.Online, true, load,
        1, s_start.AddSeconds(_revision), ["q"]);

    private static WaitingConversation Waits(long number, bool waits, long version) =>
        new(Id(number), version, waits, 0, s_start.AddMilliseconds(number), null);

    private static string Id(long number) => number.ToString("c0000000000", CultureInfo.InvariantCulture);
}
