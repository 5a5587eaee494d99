using System.Text;
using System.Text.Json;

namespace CustomerService.Checker.History;

/// <summary>Reads a history and refuses a broken one: every line must parse, belong to the run, and be where it belongs;
/// the last must be the end line. Streams, so that a million lines need no second copy.</summary>
public static class HistoryReader
{
    /// <summary>The only format there is.</summary>
    public const int Format = 1;

    /// <summary>Longest line accepted, bytes.</summary>
    private const int LineBytesMax = 64 * 1024;

    /// <summary>Lines of a file.</summary>
    /// <exception cref="BadHistoryException">While enumerating: the history is broken there.</exception>
    public static IEnumerable<HistoryLine> Read(Stream stream) => Verify(Parse(stream));

    /// <summary>Lines of a text.</summary>
    public static IEnumerable<HistoryLine> Read(string text) => Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    /// <summary>Passes lines on while they are in order; what a recorder kept in memory goes through here too.</summary>
    public static IEnumerable<HistoryLine> Verify(IEnumerable<HistoryLine> lines)
    {
        long n = 0, t = 0;
        string? run = null;
        var ended = false;
        foreach (var line in lines)
        {
            n++;
            if (ended)
                throw new BadHistoryException(n, "follows the end line.");
            if (line.N != n)
                throw new BadHistoryException(n, $"is numbered {line.N}: lines are missing, repeated or reordered.");
            LineKinds.Check(line);
            if (n == 1 && line.Kind != LineKinds.History)
                throw new BadHistoryException(n, "a history begins with a line of kind 'history'.");
            if (n > 1 && line.Kind == LineKinds.History)
                throw new BadHistoryException(n, "a second beginning: two histories were put together.");
            if (n == 1 && line.Format != Format)
                throw new BadHistoryException(n, $"format {line.Format} is unknown; this program reads {Format}.");
            run ??= line.Run;
            if (line.Run != run || run.Length == 0)
                throw new BadHistoryException(n, $"belongs to run '{line.Run}', not to '{run}'.");
            if (line.T < t)
                throw new BadHistoryException(n, $"time falls from {t} to {line.T} ms: lines were reordered.");
            t = line.T;
            if (line.Kind == LineKinds.End)
            {
                if (line.Lines != n)
                    throw new BadHistoryException(n, $"the end line counts {line.Lines} lines, there are {n}.");
                ended = true;
            }
            yield return line;
        }
        if (n == 0)
            throw new BadHistoryException(0, "The history is empty.");
        if (!ended)
            throw new BadHistoryException(n, "the history stops without an end line: it was cut off.");
    }

    private static IEnumerable<HistoryLine> Parse(Stream stream)
    {
        var pool = new StringPool();
        var buffer = new byte[1 << 20];
        int start = 0, end = 0;
        long n = 0;
        while (true)
        {
            var newline = Array.IndexOf(buffer, (byte)'\n', start, end - start);
            if (newline < 0)
            {
                if (end - start > LineBytesMax)
                    throw new BadHistoryException(n + 1, $"longer than {LineBytesMax} bytes.");
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
                var read = stream.Read(buffer, end, buffer.Length - end);
                if (read == 0)
                    break;
                end += read;
                continue;
            }
            n++;
            yield return pool.Share(Parse(buffer.AsSpan(start, newline - start), n));
            start = newline + 1;
        }
        if (end > start)
            throw new BadHistoryException(n + 1, "has no line feed at its end: the history was cut off.");
    }

    private static HistoryLine Parse(ReadOnlySpan<byte> bytes, long n)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, HistoryJson.Default.HistoryLine)
                ?? throw new BadHistoryException(n, "is null.");
        }
        catch (JsonException error)
        {
            throw new BadHistoryException(n, $"is not a history line: {error.Message}");
        }
    }

    /// <summary>Ids repeat a million times: one string each.</summary>
    private sealed class StringPool
    {
        private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

        public HistoryLine Share(HistoryLine line) => line with
        {
            Run = Of(line.Run)!, Kind = Of(line.Kind)!, Client = Of(line.Client), Do = Of(line.Do), Fact = Of(line.Fact),
            Conversation = Of(line.Conversation), Author = Of(line.Author), Lane = Of(line.Lane), Id = Of(line.Id),
            Op = line.Op, Content = Of(line.Content), Agent = Of(line.Agent), Queue = Of(line.Queue),
        };

        private string? Of(string? text)
        {
            if (text is null)
                return null;
            if (_known.TryGetValue(text, out var known))
                return known;
            _known.Add(text, text);
            return text;
        }
    }
}
