using System.Text.Json;
using CustomerService.Grains.Conversations;
using static CustomerService.Unit.Tests.Conversations.Given;

namespace CustomerService.Unit.Tests.Conversations;

/// <summary>The table of event types: complete, and tight towards visitors.</summary>
public class EventTableTests
{
    private const string Secret = "只给同事看";

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static TheoryData<string> ForAgentsOnly =>
    [
        nameof(ConversationStarted), nameof(NoteAdded), nameof(ConversationOffered), nameof(OfferDeclined),
        nameof(ConversationReleased), nameof(ReservationRefused),
        nameof(ConversationSnoozed), nameof(ConversationWoken), nameof(ConversationTagged),
        nameof(NoteEdited), nameof(NoteRedacted), nameof(ConversationVisitorBlocked), nameof(ConversationVisitorUnblocked),
    ];

    [Fact]
    public void Every_event_type_is_in_the_table()
    {
        var types = typeof(ConversationEvent).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(ConversationEvent)));
        Assert.Equal(types.Select(type => type.Name).Order(), EventTable.Types.Select(type => type.Name).Order());
    }

    [Theory, MemberData(nameof(ForAgentsOnly))]
    public void Internal_events_are_not_for_visitors(string name)
    {
        var fact = Facts().Single(fact => fact.GetType().Name == name);
        Assert.False(EventTable.IsForVisitors(fact));
        Assert.Throws<InvalidOperationException>(() => EventTable.ForVisitors(fact, 1));
    }

    [Fact]
    public void Nothing_internal_of_any_event_reaches_visitors()
    {
        foreach (var fact in Facts().Where(EventTable.IsForVisitors))
        {
            var view = EventTable.ForVisitors(fact, 7);
            Assert.Equal((7, fact.At), (view.Sequence, view.At));
            Assert.DoesNotContain(Secret, JsonSerializer.Serialize(view, Readable), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Agents_see_notes_and_reasons()
    {
        var views = Facts().Select((fact, index) => EventTable.ForAgents(fact, index + 1)).ToList();
        Assert.Equal(Secret, views.Single(view => view.Type == "closed").Reason);
        Assert.Equal(Secret, views.Single(view => view.Type == "transferred").Note);
        Assert.Equal(Secret, views.Single(view => view.Type == "noteAdded").Text);
        Assert.Equal(Secret, views.Single(view => view.Type == "assigned").Why);
        Assert.Equal(Secret, views.Single(view => view.Type == "messageLeft").Form!["email"]);
        Assert.Equal("agent", views.Single(view => view.Type == "closed").By);
    }

    /// <summary>One of each, what is internal carrying the secret.</summary>
    private static List<ConversationEvent> Facts()
    {
        var (ann, visitor) = (Party.Of(Ann), Party.Of(Visitor));
        ConversationEvent[] facts =
        [
            new ConversationStarted(
                "c1", "demo", "v1", "韩梅梅", Default, "zh-CN", Given.Start.Form.Add("topic", Secret), 0),
            new ConversationQueued(Default, At, Secret),
            new MessagePosted("m", "cm", visitor, "你好", null),
            new NoteAdded("n", "cn", ann, Secret),
            new MessageEdited("m", 3, ann, "你好！"),
            new NoteEdited("n", 4, ann, Secret),
            new MessageRedacted("m", 3, new Party(ActorKind.Agent, "ann", Secret)),
            new NoteRedacted("n", 4, ann),
            new ConversationOffered(AnnRef, "r", At, Secret),
            new OfferDeclined(AnnRef, "r", Secret),
            new ConversationAssigned(AnnRef, "r", Secret),
            new ConversationReleased(AnnRef, "r", Secret),
            new ReservationRefused("ann", "r"),
            new ConversationTransferred(ann, null, BobRef, Secret, Secret, Secret),
            new ConversationClosed(ann, Secret),
            new ConversationReopened(visitor),
            new ConversationSnoozed(ann, AnnRef, At),
            new MessageLeft(visitor, Given.Start.Form.Add("email", Secret), At),
            new ConversationWoken(Secret),
            new ConversationVisitorBlocked(ann, Secret, 5),
            new ConversationVisitorUnblocked(ann, 6),
            new ConversationTagged(ann, [Secret], [Secret]),
            new ConversationRated(5, "好"),
        ];
        return [.. facts.Select(fact => fact with { At = At })];
    }
}
