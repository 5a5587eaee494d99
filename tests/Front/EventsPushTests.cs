using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using CustomerService.Conversations;
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

    private static readonly EventView Everything = Message with
    {
        Agent = new AgentRef("a1", "Ann"),
        Queue = new QueueRef("q", "Help"),
        By = "agent",
        Reason = "done",
        Note = "n",
        Score = 5,
        Comment = "c",
        Why = "{\"rule\":\"idle\"}",
        Form = ImmutableDictionary<string, string>.Empty.Add("Name", "维"),
    };

    [Fact]
    public void Every_member_is_written_as_the_serializer_does()
    {
        Assert.DoesNotContain(null, typeof(EventView).GetProperties().Select(p => p.GetValue(Everything)));
        Assert.Equal(Serialized("visitor:v1", Everything), Frame("visitor:v1", Everything));
        Assert.Equal(Serialized("visitor:v1", new EventView(1, At, "queued")), Frame("visitor:v1", new EventView(1, At, "queued")));
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
