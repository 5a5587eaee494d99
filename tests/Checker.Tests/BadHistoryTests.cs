using CustomerService.Checker.History;

namespace CustomerService.Checker.Tests;

/// <summary>A broken history gets a clear error, never a pass.</summary>
public sealed class BadHistoryTests
{
    private static string GoodText => Story.Text(Story.Good());

    [Fact]
    public void The_good_history_survives_being_written_and_read()
    {
        var read = HistoryReader.Read(GoodText).ToList();
        Assert.Equal(GoodText, Story.Text(read));
        Assert.Empty(HistoryChecker.Check(read).Violations);
    }

    public static TheoryData<string, string, string> Broken()
    {
        var good = GoodText;
        var lines = good.Split('\n')[..^1];
        string Join(IEnumerable<string> some) => string.Join('\n', some) + "\n";
        return new TheoryData<string, string, string>
        {
            { "empty", "", "empty" },
            { "a line is missing", Join(lines.Where((_, i) => i != 10)), "Line 11: is numbered 12" },
            { "two lines swapped", Join([.. lines[..5], lines[6], lines[5], .. lines[7..]]), "Line 6: is numbered 7" },
            { "a line twice", Join([.. lines[..5], lines[4], .. lines[5..]]), "Line 6: is numbered 5" },
            { "a foreign line", good.Replace("\"n\":8,\"run\":\"story\"", "\"n\":8,\"run\":\"other\"", StringComparison.Ordinal),
                "Line 8: belongs to run 'other'" },
            { "an unknown kind", good.Replace("\"kind\":\"note-read\"", "", StringComparison.Ordinal)
                .Replace("\"kind\":\"join\"", "\"kind\":\"joined\"", StringComparison.Ordinal), "unknown kind 'joined'" },
            { "an unknown member", good.Replace("\"kind\":\"join\"", "\"kind\":\"join\",\"colour\":1", StringComparison.Ordinal),
                "is not a history line" },
            { "a member twice", good.Replace("\"kind\":\"join\"", "\"kind\":\"join\",\"kind\":\"join\"", StringComparison.Ordinal),
                "is not a history line" },
            { "not JSON", Join([.. lines[..3], "hello", .. lines[4..]]), "Line 4: is not a history line" },
            { "an empty line", Join([.. lines[..3], "", .. lines[3..]]), "Line 4: is not a history line" },
            { "the last line cut off", good[..^20], "has no line feed" },
            { "the end missing", Join(lines[..^1]), "stops without an end line" },
            { "lines after the end", good + lines[^1] + "\n", "follows the end line" },
            { "no beginning", Join(lines[1..]), "Line 1: is numbered 2" },
            { "a later format", good.Replace("\"format\":1", "\"format\":2", StringComparison.Ordinal), "format 2 is unknown" },
            { "time runs back", good.Replace("\"n\":9,\"run\":\"story\",\"t\":100", "\"n\":9,\"run\":\"story\",\"t\":1", StringComparison.Ordinal),
                "time falls" },
            { "two histories", good + good, "follows the end line" },
            { "a kind lacks what it needs", good.Replace("\"fact\":\"queued\",", "", StringComparison.Ordinal), "needs a valid 'fact'" },
        };
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_text_is_refused(string what, string text, string says)
    {
        var error = Assert.Throws<BadHistoryException>(() => HistoryChecker.Check(HistoryReader.Read(text)));
        Assert.True(error.Message.Contains(says, StringComparison.Ordinal), $"{what}: {error.Message}");
    }

    public static TheoryData<string, Func<List<HistoryLine>, IEnumerable<HistoryLine>>, string> Contradictions() => new()
    {
        { "an answer missing", lines => lines.Where(line => line is not { Kind: "ok", Op: "1" }), "has no answer" },
        { "an answer twice", lines => lines.SelectMany(line => line is { Kind: "ok", Op: "1" } ? [line, line] : new[] { line }),
            "answers operation '1' again" },
        { "an answer to nothing", lines => lines.Where(line => line is not { Kind: "invoke", Op: "1" }), "never invoked" },
        { "an invocation twice", lines => lines.SelectMany(line => line is { Kind: "invoke", Op: "1" } ? [line, line] : new[] { line }),
            "was invoked before" },
        { "an answer to someone else", lines => lines.Select(line => line is { Kind: "ok", Op: "1" } ? line with { Client = "a1" } : line),
            "but 'v1' invoked it" },
        { "an unknown client", lines => lines.Where(line => line is not { Kind: "client", Client: "v1" }), "was not introduced" },
        { "a client twice", lines => lines.SelectMany(line => line is { Kind: "client", Client: "v1" } ? [line, line] : new[] { line }),
            "was introduced before" },
        { "an ack without a sequence", lines => lines.Select(line => line is { Kind: "ok", Op: "1" } ? line with { Sequence = null } : line),
            "needs a sequence" },
        { "an unknown fact", lines => lines.Select(line => line is { Kind: "stored", Fact: "note" } ? line with { Fact = "nota" } : line),
            "'nota' is unknown" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_history_that_contradicts_itself_is_refused(
        string what, Func<List<HistoryLine>, IEnumerable<HistoryLine>> change, string says)
    {
        var error = Assert.Throws<BadHistoryException>(() => HistoryChecker.Check(Story.Renumbered(change(Story.Good()))));
        Assert.True(error.Message.Contains(says, StringComparison.Ordinal), $"{what}: {error.Message}");
    }

    [Fact]
    public void The_command_refuses_a_broken_history_and_an_unknown_invariant()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, GoodText[..^5]);
            Assert.Equal(2, Cli.Program.Run([new FileInfo(path)], [], false, TextWriter.Null, TextWriter.Null));
            File.WriteAllText(path, GoodText);
            Assert.Equal(0, Cli.Program.Run([new FileInfo(path)], ["I1-I18", "I20"], false, TextWriter.Null, TextWriter.Null));
            Assert.Equal(1, Cli.Program.Run([new FileInfo(path)], ["I19"], false, TextWriter.Null, TextWriter.Null));
            Assert.Equal(2, Cli.Program.Run([new FileInfo(path)], ["I99"], false, TextWriter.Null, TextWriter.Null));
            Assert.Equal(2, Cli.Program.Run([new FileInfo(path + ".gone")], [], false, TextWriter.Null, TextWriter.Null));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
