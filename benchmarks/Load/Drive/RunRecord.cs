using System.Collections.Concurrent;
using System.Diagnostics;
using CustomerService.Load.Measure;

namespace CustomerService.Load.Drive;

/// <summary>What is measured while one load runs, shared by all clients. Everything in it may be called by any thread.</summary>
public sealed class RunRecord
{
    public const string Ack = "ack", Delivery = "delivery", Assignment = "assignment", Resume = "resume",
        FirstMessage = "firstMessage", Watchers = "watchers", Lag = "generatorLag";

    private const int ChunkBits = 16;
    private readonly ConcurrentDictionary<string, Latencies> _kinds = new();
    private readonly ConcurrentDictionary<string, long> _refusals = new();
    private readonly long[]?[] _intended = new long[1 << 14][];
    private readonly double _seconds;
    private readonly double _warmup;
    private readonly long _firstIndex;
    private long _lastIndex;

    /// <param name="firstIndex">Numbers go on over several loads of one crowd: each client's must only rise.</param>
    public RunRecord(double warmupSeconds, double seconds, long firstIndex = 0)
    {
        (_warmup, _seconds) = (warmupSeconds, warmupSeconds + seconds);
        (_firstIndex, _lastIndex) = (firstIndex, firstIndex - 1);
    }

    /// <summary>The number after the last one given.</summary>
    public long NextIndex => Volatile.Read(ref _lastIndex) + 1;

    /// <summary>Stopwatch ticks of the first moment.</summary>
    public long Start { get; private set; } = long.MaxValue;

#pragma warning disable CA1051 // Counters for Interlocked, which takes fields.
    public long Sent, Acked, Delivered, Begun, Failed;
#pragma warning restore CA1051

    public IReadOnlyDictionary<string, Latencies> Kinds => _kinds;

    /// <summary>How often each code was answered.</summary>
    public IReadOnlyDictionary<string, long> Refusals => _refusals;

    /// <summary>Nothing is tried again any more.</summary>
    public bool Over { get; set; }

    public void Begin() => Start = Stopwatch.GetTimestamp();

    /// <summary>A number for a message that is due at a moment.</summary>
    public long NewIndex(long intended)
    {
        var index = Interlocked.Increment(ref _lastIndex);
        var place = index - _firstIndex;
        ref var chunk = ref _intended[place >> ChunkBits];
        if (chunk is null)
            Interlocked.CompareExchange(ref chunk, new long[1 << ChunkBits], null);
        Volatile.Write(ref chunk[place & ((1 << ChunkBits) - 1)], intended);
        return index;
    }

    /// <summary>When a message was due; 0 where the number is none of this run.</summary>
    public long Intended(long index) => index < _firstIndex || index > Volatile.Read(ref _lastIndex) ? 0
        : _intended[(index - _firstIndex) >> ChunkBits] is { } chunk
            ? Volatile.Read(ref chunk[(index - _firstIndex) & ((1 << ChunkBits) - 1)]) : 0;

    /// <summary>Measures from the intended time until now; what was due in the warm-up is left out.</summary>
    public void Measure(string kind, long intended)
    {
        if (intended == 0)
            return;
        var into = Stopwatch.GetElapsedTime(Start, intended).TotalSeconds;
        if (into < _warmup || intended < Start)
            return;
        _kinds.GetOrAdd(kind, _ => new Latencies(_seconds)).Record(intended, Stopwatch.GetTimestamp(), into);
    }

    public void Refused(string code) => _refusals.AddOrUpdate(code, 1, static (_, n) => n + 1);
}
