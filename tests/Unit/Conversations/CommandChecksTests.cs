using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using static CustomerService.Unit.Tests.Conversations.Given;

namespace CustomerService.Unit.Tests.Conversations;

public class CommandChecksTests
{
    public static TheoryData<string, string, RefusalCode?> Texts => new()
    {
        { "m1", "你好", null },
        { "m1", new string('好', Limits.TextLengthMax), null },
        { "m1", new string('好', Limits.TextLengthMax + 1), RefusalCode.TooLong },
        { "m1", "", RefusalCode.Invalid },
        { "m1", " \n\t　", RefusalCode.Invalid },
        { "m1", "whole 📦", null },
        { "m1", "nul \0", RefusalCode.Invalid },
        { "", "hi", RefusalCode.Invalid },
        { new string('x', 64), "hi", null },
        { new string('x', 65), "hi", RefusalCode.Invalid },
    };

    [Theory, MemberData(nameof(Texts))]
    public void Messages(string id, string text, RefusalCode? expected)
    {
        Assert.Equal(expected, CommandChecks.Check(new PostMessage(Visitor, id, text, null))?.Code);
        Assert.Equal(expected, CommandChecks.Check(new AddNote(Ann, id, text))?.Code);
    }

    [Fact]
    public void Half_a_character_is_none()
    {
        // Not rows of the table: the test runner would replace them on the way.
        foreach (var text in (string[])["half \ud83d", "\udce6 half", "\ud83d\ud83d\udce6"])
            Assert.Equal(RefusalCode.Invalid, CommandChecks.Check(new PostMessage(Visitor, "m1", text, null))?.Code);
    }

    [Fact]
    public void A_message_needs_an_id() =>
        Assert.Equal(RefusalCode.Invalid, CommandChecks.Check(new PostMessage(Visitor, null, "hi", null))?.Code);

    [Theory]
    [InlineData(0, RefusalCode.Invalid)]
    [InlineData(1, null)]
    [InlineData(5, null)]
    [InlineData(6, RefusalCode.Invalid)]
    public void Scores(int score, RefusalCode? expected) =>
        Assert.Equal(expected, CommandChecks.Check(new RateConversation(Visitor, null, score, null))?.Code);

    [Theory]
    [InlineData(null, null, RefusalCode.Invalid)]
    [InlineData("q", "a", RefusalCode.Invalid)]
    [InlineData("q", null, null)]
    [InlineData(null, "a", null)]
    public void A_transfer_has_one_target(string? queue, string? agent, RefusalCode? expected) =>
        Assert.Equal(expected, CommandChecks.Check(new TransferConversation(Ann, null, queue, agent, null))?.Code);

    [Fact]
    public void Reasons_and_forms_are_bounded()
    {
        Assert.Equal(RefusalCode.TooLong, CommandChecks.Check(
            new CloseConversation(Ann, null, new string('x', Limits.ReasonLengthMax + 1)))?.Code);
        var form = Enumerable.Range(0, Limits.FormFieldsMax + 1).ToImmutableDictionary(i => $"f{i}", _ => "x");
        Assert.Equal(RefusalCode.Invalid, CommandChecks.Check(Given.Start with { Form = form })?.Code);
        Assert.Equal(RefusalCode.Invalid, CommandChecks.Check(Given.Leave with { Form = form })?.Code);
        var long1 = ImmutableDictionary<string, string>.Empty.Add("f", new string('x', 2_001));
        Assert.Equal(RefusalCode.Invalid, CommandChecks.Check(Given.Start with { Form = long1 })?.Code);
    }

    public static TheoryData<string[], string[], RefusalCode?> TagChanges => new()
    {
        { ["退款"], [], null },
        { [], ["a b"], null },
        { [], [], RefusalCode.Invalid },
        { ["a"], ["a"], RefusalCode.Invalid },
        { [" a"], [], RefusalCode.Invalid },
        { ["  "], [], RefusalCode.Invalid },
        { ["a\nb"], [], RefusalCode.Invalid },
        { [new string('x', Limits.TagLengthMax)], [], null },
        { [new string('x', Limits.TagLengthMax + 1)], [], RefusalCode.TooLong },
        { [.. Enumerable.Range(0, 41).Select(n => $"t{n}")], [], RefusalCode.Invalid },
    };

    [Theory, MemberData(nameof(TagChanges))]
    public void Tags(string[] add, string[] remove, RefusalCode? expected) =>
        Assert.Equal(expected, CommandChecks.Check(new TagConversation(Ann, null, [.. add], [.. remove]))?.Code);

    [Fact]
    public void Tags_and_snoozes_have_hashes_of_their_content()
    {
        var hash = CommandChecks.ContentHash(new TagConversation(Ann, null, ["a"], ["b"]));
        Assert.NotEqual(hash, CommandChecks.ContentHash(new TagConversation(Ann, null, ["a", "b"], [])));
        Assert.NotEqual(
            CommandChecks.ContentHash(new SnoozeConversation(Ann, null, At)),
            CommandChecks.ContentHash(new SnoozeConversation(Ann, null, At.AddSeconds(1))));
    }

    [Fact]
    public void A_message_left_has_a_hash_of_its_form()
    {
        var hash = CommandChecks.ContentHash(Given.Leave);
        Assert.Equal(hash, CommandChecks.ContentHash(Given.Leave with { CommandId = "again" }));
        Assert.NotEqual(hash, CommandChecks.ContentHash(
            Given.Leave with { Form = Given.Leave.Form.SetItem("email", "mei@example.com") }));
    }

    [Fact]
    public void Other_content_has_another_hash()
    {
        var hash = CommandChecks.ContentHash(new PostMessage(Visitor, "m1", "hi", null));
        Assert.Equal(hash, CommandChecks.ContentHash(new PostMessage(Visitor, "m2", "hi", null)));
        Assert.NotEqual(hash, CommandChecks.ContentHash(new PostMessage(Visitor, "m1", "ho", null)));
        Assert.NotEqual(hash, CommandChecks.ContentHash(new PostMessage(Visitor, "m1", "hi", "")));
        Assert.NotEqual(hash, CommandChecks.ContentHash(new AddNote(Ann, "m1", "hi")));
    }
}
