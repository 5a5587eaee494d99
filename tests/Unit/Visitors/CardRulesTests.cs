using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Effects;
using CustomerService.Grains.Visitors;
using CustomerService.Storage.Catalogue;
using CustomerService.Unit.Tests.Conversations;
using CustomerService.Visitors;
using Person = CustomerService.Grains.Visitors.Visitor;
using static CustomerService.Unit.Tests.Conversations.Given;

namespace CustomerService.Unit.Tests.Visitors;

/// <summary>What agents do to a visitor's card, and what follows.</summary>
public class CardRulesTests
{
    private static readonly ImmutableDictionary<string, string> Names =
        ImmutableDictionary<string, string>.Empty.Add("en", "x");

    private static readonly ImmutableArray<CustomerField> Known =
    [
        new("company", "text", Names, [], Max: 10),
        new("age", "number", Names, [], 0, 150),
        new("tier", "choice", Names, ["gold", "silver"]),
    ];

    private static readonly ConversationView Line = Grains.Conversations.ConversationLines.View(Assigned);

    [Theory]
    [InlineData("ann", true, "VisitorBlocked")]
    [InlineData("boss", true, "VisitorBlocked")]
    [InlineData("bob", true, "Forbidden")]
    [InlineData("visitor", true, "Forbidden")]
    [InlineData("ann", false, "-")]
    public void Who_holds_it_or_a_supervisor_blocks(string by, bool blocked, string expected) =>
        Assert.Equal(expected, Show(CardRules.Block(Person.Start, ActorOf(by), Line, blocked, "spam", At)));

    [Fact]
    public void Blocking_twice_is_nothing_new_and_unblocking_is()
    {
        var blocked = Person.Start.Apply(new VisitorBlocked(Party.Of(Ann), "c1", null));
        Assert.True(blocked.IsBlocked);
        Assert.Equal("-", Show(CardRules.Block(blocked, Ann, Line, true, null, At)));
        Assert.Equal("VisitorUnblocked", Show(CardRules.Block(blocked, Ann, Line, false, null, At)));
        Assert.Equal("TooLong", Show(CardRules.Block(Person.Start, Ann, Line, true, new string('x', 501), At)));
    }

    [Fact]
    public void Where_it_was_decided_and_the_open_one_learn_of_it()
    {
        var fact = new VisitorBlocked(Party.Of(Ann), "c1", "spam");
        Assert.Equal(["c1"], CardRules.Owed(Person.Start, fact).Select(effect => effect.Target));
        var open = Person.Start.Apply(new VisitorConversationOpened("c2", "x", "default", "", "", Given.Start.Form));
        var owed = CardRules.Owed(open, fact);
        Assert.Equal(["c1", "c2"], owed.Select(effect => effect.Target));
        Assert.All(owed, effect => Assert.Equal(Effect.ConversationHearBlock, effect.Kind));
        Assert.Empty(CardRules.Owed(open, new VisitorConversationClosed("c2", 4)));
    }

    [Fact]
    public void A_blocked_visitor_writes_nothing_until_that_is_lifted_and_old_news_means_nothing()
    {
        var post = new PostMessage(Given.Visitor, "m1", "你好", null);
        var blocked = Do(Assigned, Heard(true, 5));
        var refusal = ConversationRules.Decide(blocked, post, Around()).Refusal;
        Assert.Equal((RefusalCode.Forbidden, "blocked"), (refusal?.Code, refusal?.Reason));
        Assert.Null(ConversationRules.Decide(blocked, new PostMessage(Ann, "m2", "x", null), Around()).Refusal);
        Assert.Empty(ConversationRules.Decide(blocked, Heard(false, 4), Around()).Facts);
        Assert.Empty(ConversationRules.Decide(blocked, Heard(true, 5), Around()).Facts);
        Assert.NotEmpty(ConversationRules.Decide(Do(blocked, Heard(false, 6)), post, Around()).Facts);
        Assert.Equal(
            RefusalCode.Forbidden,
            ConversationRules.Decide(Assigned, Heard(true, 5) with { By = Ann }, Around()).Refusal?.Code);
    }

    public static TheoryData<string, string, string> Values => new()
    {
        { "company", "ACME", "VisitorFieldsSet" },
        { "company", "ACME and sons", "Invalid" },
        { "company", "a\tb", "Invalid" },
        { "company", new string('x', 501), "TooLong" },
        { "company", "", "-" },
        { "age", "42", "VisitorFieldsSet" },
        { "age", "151", "Invalid" },
        { "age", "-1", "Invalid" },
        { "age", "many", "Invalid" },
        { "tier", "gold", "VisitorFieldsSet" },
        { "tier", "lead", "Invalid" },
        { "unknown", "x", "Invalid" },
    };

    [Theory, MemberData(nameof(Values))]
    public void A_value_fits_its_field(string key, string value, string expected) =>
        Assert.Equal(expected, Show(Set(Person.Start, 0, key, value)));

    [Fact]
    public void Of_two_editors_the_second_is_told()
    {
        var first = Set(Person.Start, 0, "tier", "gold");
        var now = Person.Start.Apply(first.Fact!);
        Assert.Equal((1, "gold"), (now.FieldsRevision, now.Fields.Single().Value));
        Assert.Equal("Conflict", Show(Set(now, 0, "tier", "silver")));
        Assert.Equal("-", Show(Set(now, 1, "tier", "gold")));
        var emptied = now.Apply(Set(now, 1, "tier", "").Fact!);
        Assert.Empty(emptied.Fields);
        Assert.Equal("Forbidden", Show(CardRules.SetFields(
            now, Given.Visitor, Known, 1, ImmutableDictionary<string, string>.Empty.Add("tier", "silver"), At)));
        Assert.Equal("Invalid", Show(CardRules.SetFields(now, Ann, Known, 1, ImmutableDictionary<string, string>.Empty, At)));
    }

    [Fact]
    public void A_trail_has_so_many_pages_and_the_same_page_again_only_renews_it()
    {
        var pages = ImmutableArray<PageView>.Empty;
        for (var i = 0; i < 30; i++)
            pages = CardRules.Walked(pages, new PageView($"https://shop.example/{i}", "", At));
        Assert.Equal((Limits.PagesMax, "https://shop.example/29"), (pages.Length, pages[^1].Url));
        var renewed = CardRules.Walked(pages, new PageView("https://shop.example/29", "Lamps", At.AddMinutes(1)));
        Assert.Equal((Limits.PagesMax, "Lamps", "https://shop.example/10"), (renewed.Length, renewed[^1].Title, renewed[0].Url));
    }

    private static CardDecision Set(Person now, long revision, string key, string value) => CardRules.SetFields(
        now, Ann, Known, revision, ImmutableDictionary<string, string>.Empty.Add(key, value), At);

    private static HearBlock Heard(bool blocked, long version) =>
        new(Actor.System, null, blocked, AnnRef, "spam", version);

    private static Actor ActorOf(string name) => name switch
    {
        "ann" => Ann, "bob" => Bob, "boss" => Boss, _ => Given.Visitor,
    };

    private static string Show(CardDecision decision) =>
        decision.Refusal?.Code.ToString() ?? decision.Fact?.GetType().Name ?? "-";
}
