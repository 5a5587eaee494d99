using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using static CustomerService.Unit.Tests.Conversations.Given;

namespace CustomerService.Unit.Tests.Conversations;

/// <summary>Who may edit and remove what, and until when.</summary>
public class AmendingRulesTests
{
    private const long Sequence = 4;

    public static TheoryData<string, string, string, string> Edits => new()
    {
        // State, who wrote what, who edits it after how many seconds, what comes of it.
        { "assigned", "ann's message", "ann 0", "MessageEdited" },
        { "assigned", "ann's message", "ann 900", "MessageEdited" },
        { "assigned", "ann's message", "ann 901", "Conflict" },
        { "assigned", "ann's message", "bob 0", "Forbidden" },
        { "assigned", "ann's message", "boss 0", "Forbidden" },
        { "assigned", "ann's message", "outsider 0", "NotFound" },
        { "assigned", "ann's message", "visitor 0", "Forbidden" },
        { "assigned", "visitor's message", "ann 0", "Forbidden" },
        { "assigned", "visitor's message", "visitor 0", "Forbidden" },
        { "assigned", "ann's note", "ann 0", "NoteEdited" },
        { "assigned", "ann's removed", "ann 0", "Conflict" },
        { "assigned", "ann's same", "ann 0", "-" },
        { "assigned", "nothing", "ann 0", "NotFound" },
        { "waiting", "bob's message", "bob 0", "MessageEdited" },
        { "closed", "ann's message", "ann 0", "Closed" },
        { "closed", "ann's note", "ann 0", "NoteEdited" },
    };

    [Theory, MemberData(nameof(Edits))]
    public void Edits_its_own_within_the_time(string state, string what, string by, string expected) =>
        Assert.Equal(expected, Show(Decide(State(state), what, by, (actor, text) => new EditMessage(actor, "e1", Sequence, text))));

    public static TheoryData<string, string, string, string> Redactions => new()
    {
        { "assigned", "ann's message", "ann 999999", "MessageRedacted" },
        { "assigned", "visitor's message", "ann 0", "MessageRedacted" },
        { "assigned", "visitor's message", "boss 0", "MessageRedacted" },
        { "assigned", "visitor's message", "bob 0", "Forbidden" },
        { "assigned", "visitor's message", "visitor 0", "Forbidden" },
        { "assigned", "visitor's message", "outsider 0", "NotFound" },
        { "assigned", "bob's note", "bob 0", "NoteRedacted" },
        { "assigned", "bob's message", "bob 0", "Forbidden" },
        { "assigned", "visitor's removed", "ann 0", "-" },
        { "assigned", "nothing", "ann 0", "NotFound" },
        { "snoozed", "visitor's message", "ann 0", "MessageRedacted" },
        { "closed", "visitor's message", "ann 0", "MessageRedacted" },
        { "closed", "visitor's message", "bob 0", "Forbidden" },
        { "waiting", "visitor's message", "ann 0", "Forbidden" },
    };

    [Theory, MemberData(nameof(Redactions))]
    public void Removes_what_it_answers_for(string state, string what, string by, string expected) =>
        Assert.Equal(expected, Show(Decide(State(state), what, by, (actor, _) => new RedactMessage(actor, "x1", Sequence))));

    [Fact]
    public void The_message_is_asked_for_first()
    {
        var edit = ConversationRules.Decide(Assigned, new EditMessage(Ann, "e1", 3, "x"), Around());
        var redaction = ConversationRules.Decide(Assigned, new RedactMessage(Ann, "x1", 3), Around());
        Assert.Equal((new AskMessage(3), new AskMessage(3)), (edit.Ask, redaction.Ask));
    }

    [Theory]
    [InlineData("", false, "Invalid")]
    [InlineData(" ", false, "Invalid")]
    [InlineData("", true, "MessageEdited")]
    public void Only_a_message_with_files_goes_without_words(string text, bool files, string expected)
    {
        var fact = Message(Ann) with { Attachments = files ? [new Attachment("f1", "a.png", "image/png", 1)] : null };
        Assert.Equal(expected, Show(ConversationRules.Decide(
            Assigned, new EditMessage(Ann, "e1", Sequence, text), Around() with { Message = new MessageAnswer(fact) })));
    }

    [Fact]
    public void A_removed_message_leaves_no_word_of_any_of_its_wordings()
    {
        var now = Do(Do(Assigned, new PostMessage(Ann, "m1", "卡号 6222", null)), new PostMessage(Ann, "m2", "好", null));
        var fact = Message(Ann) with { Text = "卡号 6222", Attachments = [new Attachment("f1", "6222.png", "image/png", 1)] };
        var around = Around() with { Message = new MessageAnswer(fact) };
        foreach (var text in (string[])["卡号 6222 1", "卡号 6222 2"])
        {
            now = ConversationRules.Decide(now, new EditMessage(Ann, null, Sequence, text), around).Facts
                .Aggregate(now, (state, one) => state.Apply(one));
        }
        var decision = ConversationRules.Decide(now, new RedactMessage(Ann, "x1", Sequence), around);
        Assert.Equal([4L, 6, 7], decision.Erased.Select(one => one.Version));
        Assert.Equal("f1", Assert.Single(decision.Discarded));
        Assert.All(decision.Erased.Select(one => one.Fact).Concat(decision.Facts), one => Assert.DoesNotContain(
            "6222", System.Text.Encoding.UTF8.GetString(EventCodec<ConversationEvent>.Data(one)), StringComparison.Ordinal));
        Assert.All(decision.Erased, one => Assert.True(EventTable.ForAgents(one.Fact, 1).Redacted));
        Assert.Empty(decision.Facts.Aggregate(now, (state, one) => state.Apply(one)).Edits);
    }

    [Fact]
    public void The_preview_follows_the_last_message_only()
    {
        var now = Do(Do(Assigned, new PostMessage(Ann, "m1", "first", null)), new PostMessage(Ann, "m2", "second", null));
        Assert.Equal("second", Edit(now, 4, "other").Preview);
        Assert.Equal("other", Edit(now, 5, "other").Preview);
        var removed = ConversationRules.Decide(
            now, new RedactMessage(Ann, null, 5), Around() with { Message = new MessageAnswer(Message(Ann)) });
        var after = removed.Facts.Aggregate(now, (state, one) => state.Apply(one));
        Assert.Equal("", after.Preview);
        // The line says so in the same transaction; an edit is activity, which may lag.
        Assert.Equal("", ConversationEffects.Row(removed.Facts, after)!.Activity.Preview);
    }

    [Fact]
    public void A_conversation_keeps_so_many_edits()
    {
        var now = Do(Assigned, new PostMessage(Ann, "m1", "x", null));
        for (var i = 0; i < Limits.EditsMax; i++)
            now = Edit(now, 4, $"x{i}");
        var around = Around() with { Message = new MessageAnswer(Message(Ann)) };
        Assert.Equal("Conflict", Show(ConversationRules.Decide(now, new EditMessage(Ann, "e1", 4, "y"), around)));
        Assert.Equal(
            Limits.EditsMax + 1, ConversationRules.Decide(now, new RedactMessage(Ann, "x1", 4), around).Erased.Length);
    }

    [Theory]
    [InlineData(0, "x", RefusalCode.Invalid)]
    [InlineData(-1, "x", RefusalCode.Invalid)]
    public void A_malformed_one_is_refused(long sequence, string text, RefusalCode expected) =>
        Assert.Equal(expected, CommandChecks.Check(new EditMessage(Ann, "e1", sequence, text))?.Code);

    [Fact]
    public void Half_a_character_is_refused() => Assert.Equal(
        RefusalCode.Invalid, CommandChecks.Check(new EditMessage(Ann, "e1", 1, "half \ud800"))?.Code);

    [Fact]
    public void A_text_over_its_limit_is_refused() => Assert.Equal(
        RefusalCode.TooLong, CommandChecks.Check(new EditMessage(Ann, "e1", 1, new string('x', 4_001)))?.Code);

    private static Conversation Edit(Conversation now, long sequence, string text) => ConversationRules.Decide(
        now, new EditMessage(Ann, null, sequence, text), Around() with { Message = new MessageAnswer(Message(Ann)) })
        .Facts.Aggregate(now, (state, one) => state.Apply(one));

    private static MessagePosted Message(Actor by) => new("m", "c", Party.Of(by), "before", null) { At = At };

    private static Decision Decide(Conversation now, string what, string by, Func<Actor, string, ConversationCommand> command)
    {
        var words = by.Split(' ');
        var author = what.Split('\'')[0] switch { "ann" => Ann, "bob" => Bob, _ => Visitor };
        ConversationEvent? fact = what[(what.IndexOf(' ', StringComparison.Ordinal) + 1)..] switch
        {
            "message" or "same" => Message(author),
            "removed" => Message(author) with { Text = "", Removed = true },
            "note" => new NoteAdded("m", "c", Party.Of(author), "before") { At = At },
            _ => new ConversationReopened(Party.Of(author)) { At = At },
        };
        var actor = words[0] switch
        {
            "ann" => Ann, "bob" => Bob, "boss" => Boss, "outsider" => Outsider, _ => Visitor,
        };
        var around = Around(At.AddSeconds(int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture)));
        return ConversationRules.Decide(
            now, command(actor, what.EndsWith("same", StringComparison.Ordinal) ? "before" : "after"),
            around with { Message = new MessageAnswer(fact) });
    }

    private static string Show(Decision decision) => decision switch
    {
        { Refusal: { } refusal } => refusal.Code.ToString(),
        { Facts.IsEmpty: true } => "-",
        _ => decision.Facts.Single().GetType().Name,
    };
}
