using System.Collections.Immutable;
using CustomerService.Grains.Visitors;
using CustomerService.Unit.Tests.Conversations;
using CustomerService.Visitors;

namespace CustomerService.Unit.Tests.Visitors;

public class VisitorRulesTests
{
    private static readonly StartRequest Request =
        new(Given.Visitor, "c1", "zh-CN", ImmutableDictionary<string, string>.Empty, null, null);

    [Fact]
    public void A_client_id_is_bound_to_the_open_one_the_reopened_one_or_a_new_one()
    {
        Assert.IsType<VisitorConversationOpened>(Bind(null));
        Assert.IsType<VisitorConversationJoined>(Bind(new KnownConversation("x", false, 9, false)));
        Assert.IsType<VisitorConversationOpened>(Bind(new KnownConversation("x", true, 9, false)));
        var reopened = Assert.IsType<VisitorConversationReopened>(Bind(new KnownConversation("x", true, 9, true)));
        Assert.Equal(("x", 9), (reopened.ConversationId, reopened.ClosedVersion));

        static VisitorEvent Bind(KnownConversation? last) => VisitorRules.Bind("demo", Request, last, "default", Given.At);
    }

    [Fact]
    public void A_close_heard_late_does_not_close_what_was_reopened_since()
    {
        var now = Visitor.Start
            .Apply(new VisitorConversationOpened("x", "c1", "default", "", "", Request.Form));
        Assert.True(VisitorRules.IsNews(now, "x", 5));
        now = now.Apply(new VisitorConversationClosed("x", 5));
        Assert.Equal((null, "x"), (now.OpenId, now.LastId));
        Assert.False(VisitorRules.IsNews(now, "x", 5));
        now = now.Apply(new VisitorConversationReopened("x", "c2", 5));
        Assert.Equal("x", now.OpenId);
        Assert.False(VisitorRules.IsNews(now, "x", 5));
        Assert.True(VisitorRules.IsNews(now, "x", 9));
        Assert.False(VisitorRules.IsNews(now, "y", 9));
    }

    [Theory]
    [InlineData("m1", "你好", null)]
    [InlineData("m1", " ", RefusalCode.Invalid)]
    [InlineData("m1", null, RefusalCode.Invalid)]
    [InlineData(null, "你好", RefusalCode.Invalid)]
    [InlineData(null, null, null)]
    public void A_malformed_message_creates_nothing(string? id, string? text, RefusalCode? expected) =>
        Assert.Equal(expected, VisitorRules.Check(Request with { ClientMessageId = id, Text = text })?.Code);

    [Fact]
    public void Ids_follow_from_the_clients()
    {
        Assert.Equal(VisitorRules.ConversationId("demo", "v1", "c1"), VisitorRules.ConversationId("demo", "v1", "c1"));
        Assert.NotEqual(VisitorRules.ConversationId("demo", "v1", "c1"), VisitorRules.ConversationId("demo", "v2", "c1"));
        Assert.Equal(26, VisitorRules.ReopenId(new string('x', 64)).Length);
    }
}
