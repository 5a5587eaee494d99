using System.Net.WebSockets;
using System.Text;
using CustomerService.Conversations;
using CustomerService.Support;

namespace CustomerService.FrontTests;

/// <summary>Frames no client of ours sends, and readers that do not read.</summary>
public sealed class SocketTests
{
    public static TheoryData<string> Frames => new(
        new string('x', 40_000),
        $$"""{"type":1,"invocationId":"1","target":"SendMessage","arguments":[{"text":"{{new string('x', 40_000)}}"}]}""",
        """{"type":1,"target":""",
        "nonsense",
        "{}",
        "[]",
        $$"""{"type":1,"invocationId":"1","target":"SendMessage","arguments":[{{new string('[', 1_000)}}{{new string(']', 1_000)}}]}""",
        "{\"type\":1,\"invocationId\":\"1\",\"target\":\"SendMessage\",\"arguments\":[{\"text\":\"\u0001\"}]}");

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task A_frame_that_is_none_closes_its_own_connection_at_most(string frame)
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        var bystander = await front.Visitor();
        using var socket = await front.Socket();
        await TestFront.Send(socket, frame);
        if (frame is not ("{}" or "[]"))
            await ReadToEnd(socket);
        Assert.Null(await bystander.Error("MarkRead", new { conversationId = "c-1", upTo = 1 }));
        await front.Visitor("victor");
    }

    [Theory]
    [InlineData(20, "Invalid")] // Over what a call may nest, under what the protocol reads.
    [InlineData(50, "Invalid")]
    public async Task A_deeply_nested_argument_is_refused(int depth, string code)
    {
        await using var front = await TestFront.Start();
        var client = await front.Visitor();
        var nested = System.Text.Json.JsonDocument.Parse(
            $$"""{"conversationId":"c","after":{{new string('[', depth)}}{{new string(']', depth)}}}""");
        Assert.Equal(code, await client.Error("Resume", nested.RootElement));
    }

    [Fact]
    public async Task A_message_in_fragments_is_read_and_an_endless_one_closes()
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        using var socket = await front.Socket();
        var call = Encoding.UTF8.GetBytes(
            """{"type":1,"invocationId":"1","target":"MarkRead","arguments":[{"conversationId":"c-1","upTo":1}]}""" + "\u001e");
        for (var i = 0; i < call.Length; i++)
        {
            await socket.SendAsync(
                call.AsMemory(i, 1), WebSocketMessageType.Text, i == call.Length - 1, CancellationToken.None);
        }
        Assert.Contains("\"error\":null", await ReadUntil(socket, "\"type\":3"), StringComparison.Ordinal);
        var junk = Encoding.UTF8.GetBytes(new string('x', 1_000));
        var ended = ReadToEnd(socket);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            for (var i = 0; i < 10_000; i++)
                await socket.SendAsync(junk, WebSocketMessageType.Text, false, CancellationToken.None);
        });
        await ended;
    }

    [Fact]
    public async Task The_event_of_an_own_message_leaves_with_its_answer_in_one_write()
    {
        await using var front = await TestFront.Start();
        using var socket = await Following(front);
        await TestFront.Send(
            socket,
            """{"type":1,"invocationId":"2","target":"SendMessage","arguments":[{"conversationId":"c-1","clientMessageId":"m1","text":"hi"}]}""");
        var message = await ReadMessage(socket);
        Assert.Equal(2, message.Count('\u001e'));
        Assert.StartsWith("""{"type":3,"invocationId":"2",""", message, StringComparison.Ordinal);
        Assert.Contains("""{"type":1,"target":"Events",""", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_event_of_an_own_message_comes_where_no_answer_is_asked_for()
    {
        await using var front = await TestFront.Start();
        using var socket = await Following(front);
        await TestFront.Send(
            socket,
            """{"type":1,"target":"SendMessage","arguments":[{"conversationId":"c-1","clientMessageId":"m1","text":"hi"}]}""");
        Assert.StartsWith("""{"type":1,"target":"Events",""", await ReadMessage(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_does_not_read_is_dropped_alone_with_bounded_memory()
    {
        await using var front = await TestFront.Start(
            ("Feed:OutboundMessagesMax", "50"), ("Feed:OutboundBytesMax", "262144"));
        var conversation = front.World.Start("c-1");
        using var slow = await front.Socket();
        await TestFront.Send(
            slow,
            """{"type":1,"invocationId":"1","target":"Resume","arguments":[{"conversationId":"c-1","after":0}]}""");
        var quick = await front.Visitor();
        await quick.Call("Resume", new { conversationId = "c-1", after = 0 });
        await Await.Until("both follow", () => front.Connections.All.All(c => c.Subscriptions.Count == 1));
        Assert.Equal(2, front.Connections.Count);
        var text = new string('x', 4_000);
        var sent = 0;
        await Await.Until(
            "the slow one is dropped",
            async () =>
            {
                for (var i = 0; i < 20; i++, sent++)
                {
                    conversation.Append(
                        new EventView(0, DateTimeOffset.UnixEpoch, "messagePosted") { Text = text }, isVisible: true);
                }
                var soFar = sent;
                await quick.Until("Events", e => e.GetProperty("head").GetInt64() >= soFar);
                return front.Connections.Count == 1;
            },
            TimeSpan.FromSeconds(30));
        conversation.Append(
            new EventView(0, DateTimeOffset.UnixEpoch, "messagePosted") { Text = "last" }, isVisible: true);
        await quick.Until("Events", e => e.GetProperty("head").GetInt64() == sent + 1);
        Assert.Equal(sent + 1, quick.Told("Events").Count);
    }

    /// <summary>A bare socket that follows a conversation in which nothing happens but what it does.</summary>
    private static async Task<ClientWebSocket> Following(TestFront front)
    {
        front.World.Start("c-1").State = ConversationState.Assigned;
        var socket = await front.Socket();
        await TestFront.Send(
            socket,
            """{"type":1,"invocationId":"1","target":"Resume","arguments":[{"conversationId":"c-1","after":0}]}""");
        await ReadUntil(socket, "\"type\":3");
        return socket;
    }

    private static async Task<string> ReadMessage(ClientWebSocket socket)
    {
        var buffer = new byte[8_192];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var read = await socket.ReceiveAsync(buffer, deadline.Token);
        return Encoding.UTF8.GetString(buffer, 0, read.Count);
    }

    private static async Task<string> ReadUntil(ClientWebSocket socket, string part)
    {
        var text = new StringBuilder();
        var buffer = new byte[8_192];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!text.ToString().Contains(part, StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer, deadline.Token);
            text.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
        }
        return text.ToString();
    }

    private static async Task ReadToEnd(ClientWebSocket socket)
    {
        var buffer = new byte[8_192];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            while ((await socket.ReceiveAsync(buffer, deadline.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (WebSocketException)
        {
            // Closed the hard way.
        }
    }
}
