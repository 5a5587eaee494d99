using System.Text.Json;

namespace CustomerService.Checker.History;

/// <summary>Where a run writes what it sees. Numbers the lines itself. Not for calls from many threads at once: whoever
/// records from many takes a lock, so that the order of lines is the order of what they tell.</summary>
/// <param name="run">Names the run on every line.</param>
/// <param name="millisecondsSinceStart">The run's clock; what falls back is written as the last value.</param>
/// <param name="sink">Gets each line as it comes: a list, or a <see cref="HistoryWriter"/>.</param>
public sealed class HistoryRecorder(string run, Func<long> millisecondsSinceStart, Action<HistoryLine> sink)
{
    private long _n;
    private long _t;

    /// <summary>Number of the last line written.</summary>
    public long Last => _n;

    /// <summary>The first line.</summary>
    public void Begin(string source, long? seed = null) => Add(new HistoryLine
    {
        Kind = LineKinds.History, Format = HistoryReader.Format, Source = source, Seed = seed,
    });

    /// <summary>One more line; number, run and time are filled in, so a line is recorded once.</summary>
    public void Add(HistoryLine line)
    {
        _t = Math.Max(_t, millisecondsSinceStart());
        (line.N, line.Run, line.T) = (++_n, run, _t);
        sink(line);
    }

    /// <summary>The last line, without which a history is taken for cut off.</summary>
    public void End() => Add(new HistoryLine { Kind = LineKinds.End, Lines = _n + 1 });
}

/// <summary>Writes lines as JSON, each ended by a line feed.</summary>
public sealed class HistoryWriter(Stream stream) : IDisposable
{
    private readonly BufferedStream _buffered = new(stream, 1 << 16);

    /// <summary>One line.</summary>
    public void Write(HistoryLine line)
    {
        JsonSerializer.Serialize(_buffered, line, HistoryJson.Default.HistoryLine);
        _buffered.WriteByte((byte)'\n');
    }

    /// <inheritdoc/>
    public void Dispose() => _buffered.Dispose();
}
