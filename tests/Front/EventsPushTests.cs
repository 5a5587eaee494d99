using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.Hubs;

namespace CustomerService.FrontTests;

/// <summary>The frames written by hand are what the serializer would write.</summary>
public sealed class EventsPushTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 4, 40, TimeSpan.Zero);

    private static readonly EventView Message = new(7, At.AddTicks(1_234_567), "messagePosted")
    {
        MessageId = "m1",
        ClientMessageId = "mine",
        Author = new AuthorView("visitor", "v1", "Vera \"<b>\" 维"),
        Text = "在吗? \u001e \u2028 \n \ud83d\ude00 <script>",
        Attachments = ["a", "b"],
        ReplyTo = "m0",
    };

    [Fact]
    public void A_message_is_written_as_the_serializer_does()
    {
        var none = new EventView(1, At, "messagePosted");
        Assert.Equal(Serialized("visitor:v1", Message, none), Frame("visitor:v1", Message, none));
    }

    [Fact]
    public void A_message_has_no_member_that_is_not_written()
    {
        // Whoever gives messages another member in the table of events has to write it in EventsPush too.
        var fact = new MessagePosted("m1", "mine", new Party(ActorKind.Visitor, "v1", "Vera"), "text", "m0") { At = At };
        var (agents, visitors) = (EventTable.ForAgents(fact, 7), EventTable.ForVisitors(fact, 5));
        Assert.Equal(Serialized("visitor:v1", agents, visitors), Frame("visitor:v1", agents, visitors));
    }

    [Fact]
    public void Other_events_are_the_serializers()
    {
        var closed = new EventView(1, At, "closed") { By = "agent", Reason = "维", Author = new("agent", "a1", "Ann") };
        var note = Message with { Type = "noteAdded" };
        Assert.Equal(Serialized(null, closed, note), Frame(null, closed, note));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("visitor:v1", true)]
    [InlineData("visitor:v2", false)]
    [InlineData("agent:v1", false)]
    [InlineData("visitor:v11", false)]
    [InlineData("visitor:1", false)]
    public void The_clients_own_id_goes_to_its_author_only(string? reader, bool shown)
    {
        var other = Message with { Author = new AuthorView("agent", "a1", "Ann"), ClientMessageId = "hers" };
        var frame = Frame(reader, Message, other);
        Assert.Equal(shown, frame.Contains("\"mine\"", StringComparison.Ordinal));
        Assert.DoesNotContain("hers", frame);
        Assert.Equal(Serialized(reader, Message, other), frame);
    }

    [Theory]
    [InlineData(0, "2026-03-02T09:04:40Z")]
    [InlineData(9, "2026-03-02T09:04:40Z")]
    [InlineData(10, "2026-03-02T09:04:40.000001Z")]
    [InlineData(1_200_000, "2026-03-02T09:04:40.12Z")]
    [InlineData(9_999_999, "2026-03-02T09:04:40.999999Z")]
    public void Times_are_utc_to_the_microsecond(long ticks, string expected)
    {
        Span<byte> text = stackalloc byte[Wire.TimeBytesMax];
        var local = At.AddTicks(ticks).ToOffset(TimeSpan.FromHours(8));
        Assert.Equal(expected, Encoding.ASCII.GetString(text[..Wire.Format(local, text)]));
    }

    private static string Frame(string? reader, params ImmutableArray<EventView> events) =>
        Encoding.UTF8.GetString(EventsPush.Frame("c1", events, 9, reader));

    private static string Serialized(string? reader, params ImmutableArray<EventView> events)
    {
        var options = new JsonSerializerOptions();
        Wire.Configure(options);
        var push = new { conversationId = "c1", events = EventsPush.For(reader, events), head = 9 };
        return JsonSerializer.Serialize(new { type = 1, target = "Events", arguments = new[] { push } }, options) + "\u001e";
    }
}
