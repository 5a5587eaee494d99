using System.Text;
using CustomerService.Load.Wire;

namespace CustomerService.Unit.Tests.Load;

/// <summary>SignalR's frames as they come off a socket: split anywhere, several at once.</summary>
public sealed class WireTests
{
    [Fact]
    public void Frames_are_whole_wherever_they_are_split()
    {
        string[] frames = ["{}", "{\"type\":6}", "{\"text\":\"您好，the parcel 📦\"}", ""];
        var bytes = Encoding.UTF8.GetBytes(string.Concat(frames.Select(f => f + "\u001e")));
        for (var size = 1; size <= bytes.Length; size++)
        {
            var sink = new Sink();
            var reader = new FrameReader();
            foreach (var part in bytes.Chunk(size))
                reader.Push(part, sink);
            Assert.Equal(frames, sink.Frames);
        }
    }

    [Fact]
    public void A_frame_without_end_is_refused()
    {
        var reader = new FrameReader(frameBytesMax: 100);
        Assert.Throws<InvalidDataException>(() => reader.Push(new byte[101], new Sink()));
    }

    [Fact]
    public void A_push_is_read_whatever_the_order_of_its_members()
    {
        var frame = """
            {"type":1,"target":"Events","arguments":[{"events":[
              {"sequence":7,"at":"2026-01-01T00:00:00Z","type":"messagePosted","text":"#42 您好","author":{"id":"a","kind":"agent"},"more":[{"x":1}]},
              {"sequence":8,"type":"assigned","agent":{"id":"a"}}],"head":8,"conversationId":"c_1"}]}
            """u8;
        var head = HubMessage.ReadHead(frame);
        Assert.Equal(HubMessage.Invocation, head.Type);
        Assert.True(head.Target.SequenceEqual("Events"u8));
        var events = new List<WireEvent>();
        Assert.Equal(8, HubMessage.ReadEvents(frame[head.Body..], events));
        Assert.Equal([new(7, WireEventType.MessagePosted, 42, true), new(8, WireEventType.Assigned, -1, false)], events);
        Assert.True(HubMessage.Text(frame[head.Body..], "conversationId"u8).SequenceEqual("c_1"u8));
    }

    [Fact]
    public void Answers_are_read_with_and_without_an_error()
    {
        var frame = """{"type":3,"invocationId":"12","result":{"error":null,"sequence":5,"at":"2026-01-01T00:00:00Z"}}"""u8;
        var head = HubMessage.ReadHead(frame);
        Assert.Equal((HubMessage.Completion, 12), (head.Type, head.Id));
        Assert.Equal((true, 5L), (HubMessage.ReadReply(frame[head.Body..]).Ok, HubMessage.ReadReply(frame[head.Body..]).Sequence));

        var refused = """{"error":{"code":"RateLimited","message":"Too many.","retryAfterMs":1200}}"""u8;
        var reply = HubMessage.ReadReply(refused);
        Assert.Equal((false, "RateLimited", 1200), (reply.Ok, reply.Code, reply.RetryAfterMs));
    }

    [Fact]
    public void Texts_carry_their_number_and_have_their_length()
    {
        var text = LoadText.Make(123_456, "请问 my parcel 到哪里了？📦", 120);
        Assert.Equal(120, text.Length);
        Assert.Equal(123_456, HubMessage.IndexOf(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(-1, HubMessage.IndexOf("hello"u8));
    }

    private sealed class Sink : IFrameSink
    {
        public List<string> Frames { get; } = [];

        public void Frame(ReadOnlySpan<byte> frame) => Frames.Add(Encoding.UTF8.GetString(frame));
    }
}
