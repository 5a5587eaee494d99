using CustomerService.Checker.History;

namespace CustomerService.Checker.Tests;

/// <summary>One thing of the good history changed breaks one invariant, and the checker names it.</summary>
public sealed class InvariantTests
{
    private delegate IEnumerable<HistoryLine> Change(List<HistoryLine> good);

    [Fact]
    public void All_is_well_and_everything_that_exists_was_looked_at()
    {
        var report = HistoryChecker.Check(Story.Good());
        Assert.Empty(report.Violations);
        Assert.Equal(["I19", "I21", "I22"],
            report.Results.Where(result => result.Verdict == Verdict.NotApplicable).Select(result => result.Id));
        Assert.Equal("no webhooks yet", report.Results.Single(result => result.Id == "I19").Why);
    }

    private static IEnumerable<HistoryLine> Edit(List<HistoryLine> lines, Func<HistoryLine, bool> which, Func<HistoryLine, HistoryLine> edit)
    {
        Assert.Contains(lines, line => which(line));
        return lines.Select(line => which(line) ? edit(line) : line);
    }

    private static IEnumerable<HistoryLine> Drop(List<HistoryLine> lines, Func<HistoryLine, bool> which)
    {
        Assert.Contains(lines, line => which(line));
        return lines.Where(line => !which(line));
    }

    private static IEnumerable<HistoryLine> After(List<HistoryLine> lines, Func<HistoryLine, bool> which, params HistoryLine[] added)
    {
        Assert.Contains(lines, line => which(line));
        return lines.SelectMany(line => which(line) ? [line, .. added] : new[] { line });
    }

    private static readonly Dictionary<string, (string Invariant, Change Change)> Cases = new()
    {
        ["an acked send is not stored"] = ("I1", good => Drop(good, line => line is { Kind: "stored", Fact: "closed" } or { Kind: "stored", Id: "m2" })),
        ["an acked send is stored elsewhere"] = ("I1", good => Edit(good, line => line is { Kind: "ok", Op: "1" }, line => line with { Sequence = 4 })),
        ["another text is stored"] = ("I1", good => Edit(good, line => line is { Kind: "invoke", Op: "1" }, line => line with { Content = "bye" })),
        ["a refused send is stored"] = ("I2", good => Edit(good, line => line is { Kind: "ok", Op: "1" },
            line => line with { Kind = "fail", Code = "Invalid", Sequence = null })),
        ["nobody sent what is stored"] = ("I2", good => Drop(good, line => line.Op == "4")),
        ["an unknown send twice"] = ("I2", good => Edit(good, line => line is { Kind: "stored", Id: "n1" },
            line => line with { Id = "m2", Fact = "message" })),
        ["an id acked at two sequences"] = ("I3", good => After(good, line => line is { Kind: "ok", Op: "1" },
            new HistoryLine { Kind = "invoke", T = 100, Client = "v1", Op = "1b", Do = "send", Conversation = "c", Id = "m1" },
            new HistoryLine { Kind = "ok", T = 100, Client = "v1", Op = "1b", Sequence = 4 })),
        ["a push applied twice"] = ("I3", good => After(good, line => line is { Kind: "apply", Client: "v1", Sequence: 3 },
            new HistoryLine { Kind = "apply", T = 100, Client = "v1", Conversation = "c", Sequence = 3, Fact = "assigned", Content = "bo" })),
        ["two contents"] = ("I4", good => Edit(good, line => line is { Kind: "apply", Client: "v1", Sequence: 4 }, line => line with { Content = "ho" })),
        ["a hole in visitors' numbers"] = ("I5", good => Edit(good, line => line is { Kind: "stored", Fact: "closed" }, line => line with { Sequence = 6 })),
        ["a reader goes back"] = ("I5", good => After(good, line => line is { Kind: "apply", Client: "v1", Sequence: 4 },
            new HistoryLine { Kind = "apply", T = 300, Client = "v1", Conversation = "c", Sequence = 2, Fact = "message", Content = "hello" })),
        ["a hole in a view"] = ("I6", good => Drop(good, line => line is { Kind: "apply", Client: "v1", Sequence: 3 })),
        ["a sender's order turned"] = ("I7", good => Swap(good, "n1", "m2")),
        ["acked before, stored after"] = ("I8", good => Edit(good, line => line is { Kind: "stored", Id: "m1" } or { Kind: "stored", Id: "m2" },
            line => line with { Version = line.Id == "m1" ? 6 : 3 })),
        ["a live client stays behind"] = ("I9", good => Drop(good, line => line is { Kind: "apply", Client: "v1", Sequence: 5 })),
        ["recovered but something is missing"] = ("I10", good => Edit(good, line => line is { Kind: "ok", Op: "2" }, line => line with { Count = 3, Last = 3 })),
        ["a resume older than an ack"] = ("I10", good => Edit(good, line => line is { Kind: "ok", Op: "2" } or { Kind: "invoke", Op: "2" } or { Kind: "ok", Op: "4" },
            line => line.Op == "4" ? line with { Sequence = 6 } : line).Concat([
                new HistoryLine { Kind = "invoke", Client = "a1", Op = "9", Do = "resume", Conversation = "c", After = 5 },
                new HistoryLine { Kind = "ok", Client = "a1", Op = "9", Recovered = true, Head = 5, Count = 0 }])),
        ["two agents hold it"] = ("I11", good => Edit(good, line => line is { Kind: "stored", Fact: "note" },
            line => line with { Fact = "assigned", Agent = "li", Reservation = "r2", Id = null })),
        ["capacity exceeded"] = ("I12", good => After(good, line => line is { Kind: "agent-stored", Version: 1 },
            new HistoryLine { Kind = "agent-stored", Agent = "bo", Version = 2, Fact = "reserved", Reservation = "r0", Conversation = "d", At = 20, Position = 0 })
            .Select(line => line is { Kind: "agent-stored", Position: > 0 } ? line with { Version = line.Version + 1 } : line)),
        ["held without a reservation"] = ("I12", good => Edit(good, line => line is { Kind: "stored", Fact: "assigned" }, line => line with { Reservation = "r7" })),
        ["the place freed too early"] = ("I12", good => Edit(good, line => line is { Kind: "agent-stored", Fact: "released" }, line => line with { Position = 6 })),
        ["an idle agent while someone waits"] = ("I13", good => Drop(good, line =>
            line is { Kind: "stored", Version: >= 4 } or { Kind: "agent-stored", Version: >= 2 })),
        ["an earlier one is passed over"] = ("I14", good => PassedOver(good, 400_000)),
        ["an earlier one is passed over for long"] = ("I14", good => PassedOver(good, 150, 40_000)),
        ["one that came back earlier is passed over"] = ("I14", good => Back(good, backAt: 50)),
        ["a requeue loses its place"] = ("I14", good => Edit(good, line => line is { Kind: "stored", Fact: "note" },
            line => line with { Fact = "released", Enqueued = 300, Id = null })),
        ["a message after the close"] = ("I15", good => good.Concat([
            new HistoryLine { Kind = "stored", Conversation = "c", Version = 8, Sequence = 6, Fact = "message", Content = "x", At = 500, Position = 11 }])),
        ["assigned before it began"] = ("I15", good => Edit(good, line => line is { Kind: "stored", Fact: "started" }, line => line with { Fact = "rated" })),
        ["open at the end"] = ("I16", good => Drop(good, line => line is { Kind: "stored", Fact: "closed" })),
        ["an orphan reservation"] = ("I16", good => Drop(good, line => line is { Kind: "agent-stored", Fact: "released" })),
        ["a row behind its events"] = ("I17", good => Edit(good, line => line.Kind == "row", line => line with { State = "assigned", Agent = "bo" })),
        ["a wrong load"] = ("I17", good => Edit(good, line => line.Kind == "load", line => line with { Load = 1 })),
        ["a wrong queue length"] = ("I17", good => Edit(good, line => line.Kind == "queue-length", line => line with { Waiting = 1 })),
        ["a wrong unread count"] = ("I17", good => Edit(good, line => line.Kind == "unread", line => line with { Unread = 2 })),
        ["a snapshot that differs"] = ("I18", good => Edit(good, line => line.Kind == "fold", line => line with { Tail = "abd" })),
        ["a note to a visitor"] = ("I20", good => After(good, line => line is { Kind: "apply", Client: "v1", Sequence: 4 },
            new HistoryLine { Kind = "push", T = 300, Client = "v1", Conversation = "c", Sequence = 5, Fact = "note" })),
        ["a stranger gets it"] = ("I20", good => Edit(good, line => line is { Kind: "client", Client: "v1" }, line => line with { Actor = "visitor:eve" })),
        ["pushed long after revoked"] = ("I20", good => After(good, line => line is { Kind: "apply", Client: "v1", Sequence: 1 },
            new HistoryLine { Kind = "revoked", T = 100, Client = "a1" })
            .SelectMany(line => line is { Kind: "mark", What: "drained" }
                ? [line, new HistoryLine { Kind = "push", T = 500_000, Client = "a1", Conversation = "c", Sequence = 7, Fact = "closed" }] : new[] { line })),
    };

    /// <summary>While one waits from early to late, others that came after it are assigned at these times.</summary>
    private static IEnumerable<HistoryLine> PassedOver(List<HistoryLine> good, params long[] assignedAt) =>
        Edit(good, line => line is { Kind: "stored", Fact: "assigned" }, line => line with { At = assignedAt[0] })
            .Select(line => line is { Kind: "mark", What: "healed" } && assignedAt.Length > 1 ? line with { T = 300_000 } : line)
            .Concat([
                Other(1, null, "started", -500_000) with { Author = "visitor:d", Queue = "sales", Enqueued = -500_000 },
                Other(2, 1, "closed", 450_000) with { Position = 90 }])
            .Concat(assignedAt.Skip(1).SelectMany((at, i) => new[]
            {
                Other(1, null, "started", 90) with { Conversation = $"e{i}", Author = "visitor:e", Queue = "sales", Enqueued = 90, Position = 91 },
                Other(2, 1, "assigned", at) with { Conversation = $"e{i}", Agent = "bo", Reservation = $"r{i}", Position = 92 },
            }));

    /// <summary>The good story's conversation waits from 90 to 400,000, and another one, reopened to its agent at
    /// <paramref name="backAt"/>, was handed to the same queue soon after and stays there longer.</summary>
    private static IEnumerable<HistoryLine> Back(IEnumerable<HistoryLine> good, long backAt) =>
        Edit([.. good], line => line is { Kind: "stored", Fact: "assigned" }, line => line with { At = 400_000 }).Concat([
            Other(1, null, "started", 20) with { Author = "visitor:d", Queue = "sales", Enqueued = 20 },
            Other(2, 1, "closed", 30),
            Other(3, 2, "reopened", backAt),
            Other(4, 3, "assigned", backAt) with { Agent = "bo", Reservation = "r0" },
            Other(5, 4, "transferred", backAt + 10) with { Queue = "sales" },
            Other(6, 5, "closed", 450_000) with { Position = 90 }]);

    private static HistoryLine Other(long version, long? sequence, string fact, long at) => new()
    {
        Kind = "stored", Conversation = "d", Version = version, Sequence = sequence, Fact = fact, Content = "", At = at,
        Position = version - 9,
    };

    private static IEnumerable<HistoryLine> Swap(List<HistoryLine> lines, string one, string other) =>
        Edit(lines, line => line.Kind == "invoke" && (line.Id == one || line.Id == other) || line.Kind == "stored" && (line.Id == one || line.Id == other),
            line => line.Kind == "stored" ? line with { Id = line.Id == one ? other : one } : line);

    public static TheoryData<string> Names() => new(Cases.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_promise_is_named(string what)
    {
        var (invariant, change) = Cases[what];
        var report = HistoryChecker.Check(Story.Renumbered(change(Story.Good())));
        Assert.Contains(invariant, report.Violated);
        var violation = report.Violations.First(each => each.Invariant == invariant);
        Assert.NotEmpty(violation.Lines);
        Assert.EndsWith(".", violation.Sentence, StringComparison.Ordinal);
    }

    /// <summary>Asking an agent for it was lost while faults went on, and its queue waited for the answer.</summary>
    [Fact]
    public void One_whose_match_was_lost_on_its_way_was_thought_to_be_passed_over() => Assert.DoesNotContain(
        "I14", HistoryChecker.Check(Story.Renumbered(PassedOver(Story.Good(), 150))).Violated);

    [Fact]
    public void One_that_came_back_later_was_thought_to_be_passed_over() => Assert.DoesNotContain(
        "I14", HistoryChecker.Check(Story.Renumbered(Back(Story.Good(), backAt: 40_000))).Violated);

    [Fact]
    public void One_that_came_back_on_a_silo_whose_clock_was_ahead_was_thought_to_be_passed_over()
    {
        var story = Back(Story.Good(), backAt: 50).Select(
            line => line.Fact == "reopened" ? line with { Enqueued = 100 } : line);
        Assert.DoesNotContain("I14", HistoryChecker.Check(Story.Renumbered(story)).Violated);
    }

    [Theory]
    [InlineData(600_000L, false)]
    [InlineData(499_000L, true)] // Its time was over, and nobody woke it.
    [InlineData(null, true)]
    public void Only_a_message_left_whose_time_is_still_to_come_may_stay(long? until, bool isViolation)
    {
        var story = Story.Good().Concat([
            Other(1, null, "started", 20) with { Author = "visitor:d", Queue = "sales", Enqueued = 20 },
            Other(2, 1, "queued", 20) with { Queue = "sales", Enqueued = 20 },
            Other(3, 2, "messageLeft", 30) with { Until = until }]);
        Assert.Equal(isViolation, HistoryChecker.Check(Story.Renumbered(story)).Violated.Contains("I16"));
    }

    /// <summary>Refused when a connection was new, because the conversation was closed; the call before it was still on its
    /// way, and arrived when it was open again.</summary>
    [Theory]
    [InlineData(LineKinds.Fail, false)]
    [InlineData(LineKinds.Unknown, true)]
    public void What_was_given_up_and_came_late_was_thought_to_be_out_of_order(string answer, bool isViolation)
    {
        var story = new Story();
        story.Client("v1", "visitor:anna", "visitors").Send("v1", "1", "c", "m1", "late");
        story.Add(new HistoryLine { Kind = LineKinds.Unknown, Client = "v1", Op = "1" });
        story.Send("v1", "2", "c", "m1", "late");
        story.Add(new HistoryLine { Kind = answer, Client = "v1", Op = "2", Code = answer == LineKinds.Fail ? "Closed" : null });
        story.Send("v1", "3", "c", "m2", "next").Ok("v1", "3", 1);
        story.Stored("c", 1, 1, "message", "next", 0, new HistoryLine { Author = "visitor:anna", Id = "m2" });
        story.Stored("c", 2, 2, "message", "late", 0, new HistoryLine { Author = "visitor:anna", Id = "m1" });
        Assert.Equal(isViolation, HistoryChecker.Check(story.End()).Violated.Contains("I7"));
    }

    [Fact]
    public void Starts_of_two_conversations_that_nobody_answered_were_thought_to_be_of_one()
    {
        var story = new Story();
        story.Client("v1", "visitor:anna", "visitors");
        foreach (var id in (string[])["m1", "m2"])
        {
            story.Add(new HistoryLine { Kind = LineKinds.Invoke, Client = "v1", Op = id, Do = "start", Id = id, Content = id });
            story.Add(new HistoryLine { Kind = LineKinds.Unknown, Client = "v1", Op = id });
        }
        story.Stored("c1", 1, 1, "message", "other", 0, new HistoryLine { Author = "agent:bo", Id = "a1" });
        story.Stored("c1", 2, 2, "message", "m1", 0, new HistoryLine { Author = "visitor:anna", Id = "m1" });
        story.Stored("c2", 1, 1, "message", "m2", 0, new HistoryLine { Author = "visitor:anna", Id = "m2" });
        Assert.DoesNotContain("I7", HistoryChecker.Check(story.End()).Violated);
    }

    /// <summary>Idle for 1,000 ms is too long here.</summary>
    [Theory]
    [InlineData(100, 600, false)] // Asked for at 100, decided then, and committed late.
    [InlineData(500, 600, true)]
    public void One_whose_last_message_was_long_on_its_way_to_the_disk_was_thought_to_be_closed_too_soon(
        long asked, long committed, bool isViolation)
    {
        var story = new Story();
        story.Client("v1", "visitor:anna", "visitors");
        story.At(asked).Send("v1", "1", "c", "m1", "hello").At(committed).Ok("v1", "1", 1);
        story.Stored("c", 1, null, "started", "", 0, new HistoryLine { Author = "visitor:anna", Queue = "sales", Enqueued = 0 });
        story.Stored("c", 2, 1, "message", "hello", committed, new HistoryLine { Author = "visitor:anna", Id = "m1" });
        story.Stored("c", 3, 2, "closed", "system", 900, new HistoryLine { Idle = 1_000 });
        Assert.Equal(isViolation, HistoryChecker.Check(story.End()).Violated.Contains("I15"));
    }

    [Fact]
    public void Each_invariant_has_a_case() => Assert.Equal(
        Invariants.All.Select(each => each.Id).Except(["I19", "I21", "I22"]).Order(StringComparer.Ordinal),
        Cases.Values.Select(each => each.Invariant).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void What_a_history_can_not_show_is_said_and_not_passed()
    {
        var report = HistoryChecker.Check(Story.Renumbered(Story.Good().Where(line => line.Kind is not ("stored" or "agent-stored" or "row" or "load" or "queue-length" or "unread" or "fold"))));
        Assert.Equal(Verdict.NotApplicable, report.Results.Single(result => result.Id == "I1").Verdict);
        Assert.Equal(Verdict.NotApplicable, report.Results.Single(result => result.Id == "I18").Verdict);
    }
}
