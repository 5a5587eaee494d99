using System.Diagnostics;
using CustomerService.Checker.History;

namespace CustomerService.Checker.Tests;

/// <summary>A million lines are checked in seconds.</summary>
public sealed class SizeTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int Conversations = 2_000, MessagesEach = 125;

    [Fact, Trait("Category", "Slow")]
    public void A_million_lines_take_seconds()
    {
        var story = new Story();
        var op = 0;
        for (var c = 0; c < Conversations; c++)
        {
            story.Client($"v{c}", $"visitor:{c}", "visitors").Join($"v{c}", $"c{c}", 0);
            for (var m = 1; m <= MessagesEach; m++)
            {
                story.Send($"v{c}", (++op).ToString(null as IFormatProvider), $"c{c}", $"m{c}-{m}", "hello").Ok($"v{c}", op.ToString(null as IFormatProvider), m);
                story.Apply($"v{c}", $"c{c}", m, "message", "hello");
            }
        }
        for (var c = 0; c < Conversations; c++)
        {
            story.Stored($"c{c}", 1, null, "started", "", 0, new HistoryLine { Author = $"visitor:{c}", Queue = "q", Enqueued = 0, Position = c });
            for (var m = 1; m <= MessagesEach; m++)
                story.Stored($"c{c}", m + 1, m, "message", "hello", 0, new HistoryLine { Author = $"visitor:{c}", Id = $"m{c}-{m}", Position = c });
        }
        using var stream = new MemoryStream();
        var writer = new HistoryWriter(stream);
        foreach (var line in story.End())
            writer.Write(line);
        using (writer)
        {
        }
        var bytes = stream.ToArray();
        // Processor time: what else the machine is at must not fail this.
        var before = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var report = HistoryChecker.Check(HistoryReader.Read(new MemoryStream(bytes)));
        var worked = Environment.CpuUsage.TotalTime - before;
        output.WriteLine($"{report.Lines} lines in {watch.Elapsed.TotalSeconds:f1} s, {worked.TotalSeconds:f1} s of them at work");
        Assert.True(report.Lines >= 1_000_000);
        Assert.Empty(report.Violations);
        Assert.True(worked < TimeSpan.FromSeconds(60), $"took {worked} of processor time");
    }
}
