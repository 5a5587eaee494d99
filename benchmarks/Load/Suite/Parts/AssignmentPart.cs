using System.Collections.Concurrent;
using System.Diagnostics;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Load.Schedules;

namespace CustomerService.Load.Suite.Parts;

/// <summary>
/// One queue with many waiting and every agent full. Places are freed at a fixed rate, by agents who close what they hold,
/// over the protocol; measured is the time from when a close was due until that agent has its next conversation. Visitors
/// begin and leave again, because who waits need not be connected.
/// </summary>
public static class AssignmentPart
{
    private const int Capacity = 4;

    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        var size = suite.Size;
        await using var contender = await suite.OnPostgres("product", cancellationToken);
        using var deployment = contender.Deployment();
        suite.Say($"assignment: {size.QueueAgents} agents sign in");
        await deployment.Prepare(size.QueueAgents, 0, Capacity, static _ => { }, cancellationToken);
        var record = new RunRecord(0, 1);
        var desks = new Desk[size.QueueAgents];
        await Each(desks.Length, 16, async i =>
        {
            desks[i] = new Desk(deployment, i, record);
            await desks[i].Client.Connect(cancellationToken);
            await desks[i].Client.Insist(
                "SetStatus", "online", static (json, status) => json.WriteString("status"u8, status), cancellationToken);
        }, cancellationToken);

        // A quarter of the rate first: what it is like where there is room, and what compiles.
        double[] rates = [size.AssignmentRate / 4, .. Enumerable.Repeat(size.AssignmentRate, size.AssignmentLoads)];
        var supply = (desks.Length * Capacity) + size.Waiting + (int)(rates.Sum() * (size.AssignmentSeconds + 1));
        suite.Say($"assignment: {supply:N0} conversations begin");
        await Each(supply, 32, _ => Begin(deployment, record, cancellationToken), cancellationToken);
        var settled = Stopwatch.StartNew();
        while (desks.Any(d => d.Held < Capacity) && settled.Elapsed < TimeSpan.FromSeconds(60))
            await Task.Delay(100, cancellationToken);
        suite.Sample("assignment", "assignment.heldBefore", desks.Sum(d => d.Held));
        foreach (var rate in rates)
        {
            var (achieved, latencies) = await Load(desks, rate, size.AssignmentSeconds, cancellationToken);
            var name = rate == size.AssignmentRate ? "assignment" : "assignment.quarter";
            suite.Sample("assignment", $"{name}.rate", achieved);
            suite.Sample("assignment", $"{name}.p50", latencies.P50Ms);
            suite.Sample("assignment", $"{name}.p99", latencies.P99Ms);
        }
        await Each(desks.Length, 16, async i => await desks[i].Client.Drop(), cancellationToken);
    }

    private static async Task<(double Rate, LatencySummary Latencies)> Load(
        Desk[] desks, double rate, double seconds, CancellationToken cancellationToken)
    {
        const double warmup = 1;
        var arrivals = Schedule.Arrivals(new ScheduleConfig { Rate = rate }, warmup + seconds, 1);
        var latencies = new Latencies(warmup + seconds);
        var start = Stopwatch.GetTimestamp();
        foreach (var desk in desks)
            desk.Measure(latencies, start, warmup);
        var next = 0;
        await Task.Factory.StartNew(() =>
        {
            foreach (var at in arrivals)
            {
                var intended = start + (long)(at * Stopwatch.Frequency);
                while (Stopwatch.GetTimestamp() is var now && now < intended && !cancellationToken.IsCancellationRequested)
                    Thread.Sleep((intended - now) * 1000 / Stopwatch.Frequency > 1 ? 1 : 0);
                // The next agent that holds something; if none does, the server is behind and this one waits for its turn.
                for (var tried = 0; tried < desks.Length; tried++)
                {
                    if (desks[next++ % desks.Length].TryClose(intended))
                        break;
                    if (tried == desks.Length - 1)
                        desks[next % desks.Length].Owe(intended);
                }
            }
        }, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var assigned = desks.Sum(d => d.AssignedInTime(start, warmup, seconds));
        var settling = Stopwatch.StartNew();
        while (desks.Any(d => d.Awaited > 0) && settling.Elapsed < TimeSpan.FromSeconds(20))
            await Task.Delay(50, cancellationToken);
        // Who was never served waits at least as long as this took.
        foreach (var desk in desks)
            desk.GiveUp();
        return (assigned / seconds, LatencySummary.Of(latencies.Merged(), latencies.Slices()));
    }

    private static async Task Begin(Deployment deployment, RunRecord record, CancellationToken cancellationToken)
    {
        var visitor = await deployment.NewVisitor(record, cancellationToken);
        await visitor.Connect(cancellationToken);
        await visitor.Insist("StartConversation", Guid.NewGuid().ToString("N"),
            static (json, id) => json.WriteString("clientId"u8, id), cancellationToken);
        await visitor.Drop();
    }

    private static Task Each(int count, int atATime, Func<int, Task> one, CancellationToken cancellationToken) =>
        Parallel.ForAsync(0, count,
            new ParallelOptions { MaxDegreeOfParallelism = atATime, CancellationToken = cancellationToken },
            async (i, _) => await one(i));

    /// <summary>An agent that closes what it holds when told to.</summary>
    private sealed class Desk
    {
        private readonly ConcurrentQueue<string> _held = new();
        private readonly ConcurrentQueue<long> _awaited = new();
        private readonly ConcurrentQueue<long> _owed = new();
        private readonly ConcurrentQueue<long> _assignedAt = new();
        private readonly HashSet<string> _known = [];
        private Latencies? _latencies;
        private long _start;
        private double _warmup;

        public Desk(Deployment deployment, int number, RunRecord record) => Client = deployment.NewInbox(number, record, Added);

        public HubClient Client { get; }

        public int Held => _held.Count;

        public int Awaited => _awaited.Count;

        public void Measure(Latencies latencies, long start, double warmup)
        {
            (_latencies, _start, _warmup) = (latencies, start, warmup);
            _assignedAt.Clear();
        }

        public bool TryClose(long intended)
        {
            if (!_held.TryDequeue(out var id))
                return false;
            _awaited.Enqueue(intended);
            Close(id);
            return true;
        }

        public void Owe(long intended) => _owed.Enqueue(intended);

        public int AssignedInTime(long start, double warmup, double seconds) => _assignedAt.Count(at =>
            Stopwatch.GetElapsedTime(start, at).TotalSeconds is var into && into >= warmup && into < warmup + seconds);

        public void GiveUp()
        {
            _owed.Clear();
            while (_awaited.TryDequeue(out var intended))
                Record(intended);
        }

        private void Close(string id) => Client.Invoke("Close", id,
            static (json, id) => json.WriteString("conversationId"u8, id),
            reply =>
            {
                if (!reply.Ok && Outbox.MayRetry(reply.Code))
                    _ = Again(id, reply.RetryAfterMs);
            });

        private async Task Again(string id, int afterMs)
        {
            await Task.Delay(Math.Max(50, afterMs));
            Close(id);
        }

        private void Added(string id)
        {
            lock (_known)
            {
                if (!_known.Add(id))
                    return;
            }
            _assignedAt.Enqueue(Stopwatch.GetTimestamp());
            if (_awaited.TryDequeue(out var intended))
                Record(intended);
            if (_owed.TryDequeue(out var owed))
            {
                _awaited.Enqueue(owed);
                Close(id);
            }
            else
            {
                _held.Enqueue(id);
            }
        }

        private void Record(long intended)
        {
            var into = Stopwatch.GetElapsedTime(_start, intended).TotalSeconds;
            if (into >= _warmup)
                _latencies?.Record(intended, Stopwatch.GetTimestamp(), into);
        }
    }
}
