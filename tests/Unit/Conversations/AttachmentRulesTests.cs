using System.Text.Json.Nodes;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;

namespace CustomerService.Unit.Tests.Conversations;

/// <summary>Files of a message: what may be posted, how it is stored, previewed, and told from a retry.</summary>
public class AttachmentRulesTests
{
    private static readonly Attachment Photo = new("f1", "照片.jpg", "image/jpeg", 1_234, 640, 480, true);

    private static PostMessage Post(string text, params Attachment[] files) =>
        new(new Actor(ActorKind.Visitor, "v", ""), "m1", text, null) { Attachments = [.. files] };

    [Fact]
    public void A_message_with_files_needs_no_text_and_one_without_does()
    {
        Assert.Null(CommandChecks.Check(Post("", Photo)));
        Assert.Null(CommandChecks.Check(Post("看", Photo)));
        Assert.Equal(RefusalCode.Invalid, CommandChecks.Check(Post(""))?.Code);
        Assert.Equal(RefusalCode.Invalid, CommandChecks.Check(Post("  ", Photo))?.Code);
        Assert.Equal(RefusalCode.TooLong, CommandChecks.Check(Post(new string('x', 4_001), Photo))?.Code);
    }

    [Fact]
    public void Too_many_files_and_overlong_names_are_refused()
    {
        Assert.Null(CommandChecks.Check(Post("", [.. Enumerable.Repeat(Photo, Limits.AttachmentsMax)])));
        Assert.Equal(
            RefusalCode.Invalid,
            CommandChecks.Check(Post("", [.. Enumerable.Repeat(Photo, Limits.AttachmentsMax + 1)]))?.Code);
        Assert.Equal(
            RefusalCode.TooLong, CommandChecks.Check(Post("", Photo with { Name = new string('x', 121) }))?.Code);
    }

    [Fact]
    public void The_files_are_part_of_what_a_message_says()
    {
        var plain = new PostMessage(new Actor(ActorKind.Visitor, "v", ""), "m1", "x", null);
        Assert.Equal(CommandChecks.ContentHash(plain), CommandChecks.ContentHash(Post("x")));
        Assert.NotEqual(CommandChecks.ContentHash(plain), CommandChecks.ContentHash(Post("x", Photo)));
        Assert.NotEqual(
            CommandChecks.ContentHash(Post("x", Photo)), CommandChecks.ContentHash(Post("x", Photo with { Id = "f2" })));
        // Only the id counts: a front that words the same file differently must not make a retry a conflict.
        Assert.Equal(
            CommandChecks.ContentHash(Post("x", Photo)), CommandChecks.ContentHash(Post("x", Photo with { Name = "b" })));
    }

    [Fact]
    public void It_is_stored_read_and_shown_with_its_files_and_previewed_by_name()
    {
        var fact = new MessagePosted(
            "m", "c", new Party(ActorKind.Visitor, "v", ""), "", null, [Photo]) { At = DateTimeOffset.UnixEpoch };
        var stored = EventCodec<ConversationEvent>.Instance.Encode(new NewFact<ConversationEvent>(fact));
        Assert.Equal(
            """
            {"id":"f1","name":"照片.jpg","type":"image/jpeg","bytes":1234,"width":640,"height":480,"preview":true}
            """, JsonNode.Parse(stored.Data.Span)!["attachments"]![0]!.ToJsonString(new()
            {
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }));
        Assert.Equal(Photo, Assert.Single(EventTable.ForVisitors(fact, 1).Attachments!.Value));
        Assert.Equal(Photo, Assert.Single(EventTable.ForAgents(fact, 1).Attachments!.Value));
        Assert.Equal("📎 照片.jpg", Conversation.Start.Apply(fact).Preview);
        Assert.Equal("text", Conversation.Start.Apply(fact with { Text = "text" }).Preview);
    }
}
