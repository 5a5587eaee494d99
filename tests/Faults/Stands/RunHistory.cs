using System.Diagnostics;
using System.Globalization;
using CustomerService.Checker;
using CustomerService.Checker.History;

namespace CustomerService.Faults.Stands;

/// <summary>The history of a run against real processes: many clients write, one lock orders them.</summary>
internal sealed class RunHistory
{
    /// <summary>A run here is short: whoever missed a push must have it with the next round of heads, 30 s later, and not
    /// only with the one after that.</summary>
    private static readonly CheckOptions Options = new() { CatchUpMsMax = 38_000 };

    private readonly List<HistoryLine> _lines = [];
    private readonly HistoryRecorder _recorder;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private long _ops;

    public RunHistory(string name)
    {
        _recorder = new HistoryRecorder(name, () => _clock.ElapsedMilliseconds, _lines.Add);
        _recorder.Begin("faults");
    }

    /// <summary>When it began.</summary>
    public DateTimeOffset Epoch { get; } = DateTimeOffset.UtcNow;

    /// <summary>Milliseconds since then.</summary>
    public long Now => _clock.ElapsedMilliseconds;

    /// <summary>Moments at which sends were acknowledged, in order.</summary>
    public List<long> Acks { get; } = [];

    public void Add(HistoryLine line)
    {
        lock (_lock)
        {
            _recorder.Add(line);
            if (line is { Kind: LineKinds.Fail, Code: { } code })
                _refusals[code] = _refusals.GetValueOrDefault(code) + 1;
        }
    }

    /// <summary>Refused sends and resumes so far, by code, in words.</summary>
    public string Refusals
    {
        get
        {
            lock (_lock)
                return _refusals.Count == 0 ? "none" : string.Join(", ", _refusals.Select(each => $"{each.Value} {each.Key}"));
        }
    }

    /// <summary>Writes an invocation; answers its name.</summary>
    public string Invoke(HistoryLine line)
    {
        var op = "o" + Interlocked.Increment(ref _ops).ToString(CultureInfo.InvariantCulture);
        Add(line with { Kind = LineKinds.Invoke, Op = op });
        return op;
    }

    public void Ok(HistoryLine line, bool isSend)
    {
        lock (_lock)
        {
            _recorder.Add(line with { Kind = LineKinds.Ok });
            if (isSend)
                Acks.Add(Now);
        }
    }

    /// <summary>Acknowledged sends so far.</summary>
    public int AckCount
    {
        get
        {
            lock (_lock)
                return Acks.Count;
        }
    }

    /// <summary>Milliseconds from a moment until the first ack after it; null where there was none.</summary>
    public long? FirstAckAfter(long moment)
    {
        lock (_lock)
        {
            var index = Acks.FindIndex(ack => ack >= moment);
            return index < 0 ? null : Acks[index] - moment;
        }
    }

    /// <summary>The longest time without any ack between two moments.</summary>
    public long LongestSilence(long from, long to)
    {
        lock (_lock)
        {
            long last = from, longest = 0;
            foreach (var ack in Acks.Where(ack => ack >= from && ack <= to).Append(to))
            {
                longest = Math.Max(longest, ack - last);
                last = ack;
            }
            return longest;
        }
    }

    /// <summary>Ends and checks it; keeps it in a file where one is named.</summary>
    public CheckReport Check(string? file)
    {
        lock (_lock)
        {
            _recorder.End();
            if (file is not null)
            {
                using var stream = File.Create(file);
                using var writer = new HistoryWriter(stream);
                foreach (var line in _lines)
                    writer.Write(line);
            }
            return HistoryChecker.Check(_lines, Options);
        }
    }
}
