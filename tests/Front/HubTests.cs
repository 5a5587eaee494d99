using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.Support;
using Microsoft.AspNetCore.SignalR;

namespace CustomerService.FrontTests;

/// <summary>Shapes and codes on the wire.</summary>
public sealed class HubTests
{
    [Fact]
    public async Task Answers_have_the_shapes_of_the_protocol()
    {
        await using var front = await TestFront.Start();
        var visitor = await front.Visitor();
        var started = await visitor.Call(
            "StartConversation",
            new { clientId = "k1", form = new { name = "维拉" }, message = new { clientMessageId = "m1", text = "你好" } });
        Assert.Equal(
            """{"error":null,"conversationId":"c-k1","head":2,"state":"waiting","sequence":2}""",
            started.GetRawText());
        var sent = await visitor.Call(
            "SendMessage", new { conversationId = "c-k1", clientMessageId = "m2", text = "在吗？" });
        Assert.Equal("""{"error":null,"sequence":3,"at":"1970-01-01T00:00:00Z"}""", sent.GetRawText());
        var resumed = await visitor.Call("Resume", new { conversationId = "c-k1", after = 2 });
        Assert.Equal(
            """
            {"error":null,"recovered":true,"events":[{"sequence":3,"at":"1970-01-01T00:00:00Z","type":"messagePosted","messageId":"mm2","clientMessageId":"m2","author":{"kind":"visitor","id":"vera","name":"vera"},"text":"在吗？","attachments":[]}],"head":3}
            """,
            resumed.GetRawText());
        var agent = await front.Agent();
        Assert.Equal(
            """{"error":null,"status":"online"}""",
            (await agent.Call("SetStatus", new { status = "online" })).GetRawText());
        var inbox = await agent.Call("Inbox");
        Assert.Equal(7, inbox.GetProperty("version").GetInt64());
        Assert.Equal("assigned", inbox.GetProperty("conversations")[0].GetProperty("state").GetString());
        Assert.Equal(
            """{"error":null,"head":3,"state":"waiting"}""",
            (await agent.Call("Accept", new { conversationId = "c-k1" })).GetRawText());
        Assert.Equal("""{"error":null}""",
            (await visitor.Call("MarkRead", new { conversationId = "c-k1", upTo = 3 })).GetRawText());
    }

    [Fact]
    public async Task Pushes_have_the_shapes_of_the_protocol()
    {
        await using var front = await TestFront.Start(("Feed:HeadsSeconds", "1"));
        var visitor = await front.Visitor();
        var agent = await front.Agent();
        await visitor.Call("StartConversation", new { clientId = "k1" });
        Assert.Null(await agent.Error("Subscribe", new { conversationId = "c-k1", after = 0 }));
        await visitor.Call("SendMessage", new { conversationId = "c-k1", clientMessageId = "m1", text = "hi" });
        Assert.Equal(
            """{"conversationId":"c-k1","events":[{"sequence":2,"at":"1970-01-01T00:00:00Z","type":"messagePosted","messageId":"mm1","author":{"kind":"visitor","id":"vera","name":"vera"},"text":"hi","attachments":[]}],"head":2}""",
            (await agent.Until("Events")).GetRawText());
        Assert.Equal(
            """{"conversationId":"c-k1","type":"queue","position":3,"etaSeconds":[10,40],"agentsOnline":2}""",
            (await visitor.Until("Signal")).GetRawText());
        Assert.Equal("""[{"conversationId":"c-k1","head":2}]""", (await visitor.Until("Heads")).GetRawText());
        Assert.Equal("""[{"conversationId":"c-k1","head":2}]""", (await agent.Until("Heads")).GetRawText());
        Assert.Equal("""{"version":7}""", (await agent.Until("InboxHead")).GetRawText());
        front.World.Push(new CustomerService.Feed.InboxEnvelope("ann", 8, "added", Lines.One));
        var inbox = await agent.Until("InboxChanged");
        Assert.Equal((8, "added"), (inbox.GetProperty("version").GetInt64(), inbox.GetProperty("change").GetString()));
        Assert.Equal("c-1", inbox.GetProperty("conversation").GetProperty("conversationId").GetString());
        Assert.Empty(visitor.Told("InboxChanged"));
    }

    [Fact]
    public async Task Heads_with_a_second_argument_were_dropped_by_clients_that_bind_one()
    {
        await using var front = await TestFront.Start(("Feed:HeadsSeconds", "1"));
        var agent = await front.Agent();
        Assert.Equal("[]", (await agent.Until("Heads")).GetRawText());
        Assert.Equal("""{"version":7}""", (await agent.Until("InboxHead")).GetRawText());
    }

    [Theory]
    // hub, method, argument as JSON, code
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-1","clientMessageId":"m","text":"ok"}""", null)]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-1","clientMessageId":"m"}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-1","text":"x"}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"clientMessageId":"m","text":"x"}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":"","clientMessageId":"m","text":"x"}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":5,"clientMessageId":"m","text":"x"}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":["c-1"],"clientMessageId":{},"text":"x"}""", "Invalid")]
    [InlineData("visitor", "SendMessage", "\"c-1\"", "Invalid")]
    [InlineData("visitor", "SendMessage", "null", "Invalid")]
    [InlineData("visitor", "SendMessage", "[]", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-1","clientMessageId":"m","text":"a\u0000b"}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-1","clientMessageId":"m","text":"x","attachmentIds":["f","f"]}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-1","clientMessageId":"m","attachmentIds":["1","2","3","4","5","6","7","8","9","10","11"]}""", "Invalid")]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-1","clientMessageId":"m","text":"x","attachmentIds":[]}""", null)]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-other","clientMessageId":"m","text":"x"}""", "NotFound")]
    [InlineData("visitor", "SendMessage", """{"conversationId":"c-none","clientMessageId":"m","text":"x"}""", "NotFound")]
    [InlineData("visitor", "Resume", """{"conversationId":"c-1","after":-1}""", "Invalid")]
    [InlineData("visitor", "Resume", """{"conversationId":"c-1","after":"x"}""", "Invalid")]
    [InlineData("visitor", "Resume", """{"conversationId":"c-1","after":99999999999999999999}""", "Invalid")]
    [InlineData("visitor", "Resume", """{"conversationId":"c-other","after":0}""", "NotFound")]
    [InlineData("visitor", "Resume", """{"conversationId":"c-none","after":0}""", "NotFound")]
    [InlineData("visitor", "Rate", """{"conversationId":"c-1","score":6}""", "Invalid")]
    [InlineData("visitor", "Rate", """{"conversationId":"c-1"}""", "Invalid")]
    [InlineData("visitor", "Rate", """{"conversationId":"c-1","score":5}""", null)]
    [InlineData("visitor", "StartConversation", """{"clientId":"k","message":{"text":"x"}}""", "Invalid")]
    [InlineData("visitor", "StartConversation", """{"clientId":"k","form":{"a":5}}""", "Invalid")]
    [InlineData("visitor", "StartConversation", """{"clientId":"k","form":{"a":null}}""", "Invalid")]
    [InlineData("visitor", "StartConversation", """{}""", "Invalid")]
    [InlineData("visitor", "EndConversation", """{"conversationId":"c-1"}""", null)]
    [InlineData("visitor", "LeaveMessage", """{"conversationId":"c-1"}""", null)]
    [InlineData("visitor", "LeaveMessage", """{"conversationId":"c-1","form":{"email":"a@b.example"}}""", null)]
    [InlineData("visitor", "LeaveMessage", """{"conversationId":"c-1","form":{"":"x"}}""", "Invalid")]
    [InlineData("visitor", "LeaveMessage", """{"conversationId":"c-1","form":"x"}""", "Invalid")]
    [InlineData("visitor", "LeaveMessage", """{}""", "Invalid")]
    [InlineData("visitor", "Typing", """{"conversationId":"c-1"}""", null)]
    [InlineData("agent", "SetStatus", """{"status":"asleep"}""", "Invalid")]
    [InlineData("agent", "SetStatus", """{"status":1}""", "Invalid")]
    [InlineData("agent", "SetStatus", """{}""", "Invalid")]
    [InlineData("agent", "Subscribe", """{"conversationId":"c-vip","after":0}""", "NotFound")]
    [InlineData("agent", "Subscribe", """{"conversationId":"c-1","after":0}""", null)]
    [InlineData("agent", "Unsubscribe", """{"conversationId":"c-never"}""", null)]
    [InlineData("agent", "Transfer", """{"conversationId":"c-1"}""", "Invalid")]
    [InlineData("agent", "Transfer", """{"conversationId":"c-1","toQueue":"a","toAgent":"b"}""", "Invalid")]
    [InlineData("agent", "Transfer", """{"conversationId":"c-1","toQueue":"a"}""", null)]
    [InlineData("agent", "AddNote", """{"conversationId":"c-1","clientMessageId":"n","text":"note"}""", null)]
    [InlineData("agent", "Snooze", """{"conversationId":"c-1","until":"2030-01-01T00:00:00Z"}""", null)]
    [InlineData("agent", "Snooze", """{"conversationId":"c-1"}""", "Invalid")]
    [InlineData("agent", "Snooze", """{"conversationId":"c-1","until":"soon"}""", "Invalid")]
    [InlineData("agent", "Tag", """{"conversationId":"c-1","add":["a"],"remove":[]}""", null)]
    [InlineData("agent", "Tag", """{"conversationId":"c-1","add":"a"}""", "Invalid")]
    public async Task Codes(string hub, string method, string argument, string? code)
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        front.World.Start("c-other", "victor");
        front.World.Start("c-vip").QueueId = "vip";
        var client = hub == "visitor" ? await front.Visitor() : await front.Agent();
        Assert.Equal(code, await client.Error(method, JsonDocument.Parse(argument).RootElement));
        if (code == "NotFound")
            Assert.Empty(front.Connections.All.Single().Subscriptions);
    }

    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "Invalid")]
    public async Task Ids_have_64_characters_at_most(int length, string? code)
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        var client = await front.Visitor();
        Assert.Equal(code, await client.Error(
            "SendMessage", new { conversationId = "c-1", clientMessageId = new string('x', length), text = "x" }));
    }

    [Theory]
    [InlineData(4_000, null)]
    [InlineData(4_001, "TooLong")]
    public async Task Texts_have_4000_units_at_most(int length, string? code)
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        var client = await front.Visitor();
        Assert.Equal(code, await client.Error(
            "SendMessage", new { conversationId = "c-1", clientMessageId = "m", text = new string('字', length) }));
    }

    [Fact]
    public async Task Whatever_fails_inside_is_unavailable_and_says_when_to_retry()
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        var client = await front.Visitor();
        front.World.Failure = new TimeoutException("secret detail");
        var error = (await client.Call(
            "SendMessage", new { conversationId = "c-1", clientMessageId = "m", text = "x" })).GetProperty("error");
        Assert.Equal("Unavailable", error.GetProperty("code").GetString());
        Assert.InRange(error.GetProperty("retryAfterMs").GetInt32(), 1, 60_000);
        Assert.DoesNotContain("secret", error.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("Unavailable", await client.Error("Resume", new { conversationId = "c-1", after = 0 }));
        front.World.Failure = null;
        Assert.Null(await client.Error("Resume", new { conversationId = "c-1", after = 0 }));
    }

    [Fact]
    public async Task A_call_that_a_silo_took_along_is_made_again_once_the_silo_is_known_to_be_lost()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var client = await front.Visitor();
        var never = new TaskCompletionSource();
        conversation.Blocked = never.Task;
        var call = client.Error("SendMessage", new { conversationId = "c-1", clientMessageId = "m", text = "x" });
        await Await.Until("the call is under way", () => conversation.Begun == 1);
        conversation.Blocked = null;
        front.World.LoseSilo();
        Assert.Null(await call);
        Assert.Equal(2, conversation.Begun);
        never.SetResult();
    }

    [Fact]
    public async Task Wrong_names_and_counts_of_arguments_fail_without_details_and_the_connection_lives()
    {
        await using var front = await TestFront.Start();
        front.World.Start("c-1");
        var client = await front.Visitor();
        var unknown = await Assert.ThrowsAsync<HubException>(() => client.Call("DropTables", new { }));
        var count = await Assert.ThrowsAsync<HubException>(() => client.Call("SendMessage"));
        var agents = await Assert.ThrowsAsync<HubException>(() => client.Call("AddNote", new { conversationId = "c-1" }));
        foreach (var failure in new[] { unknown, count, agents })
            Assert.DoesNotContain("CustomerService", failure.Message, StringComparison.Ordinal);
        Assert.Null(await client.Error("MarkRead", new { conversationId = "c-1", upTo = 1 }));
    }

    [Fact]
    public async Task A_visitors_calls_are_answered_one_after_the_other()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var client = await front.Visitor();
        var gate = new TaskCompletionSource();
        conversation.Blocked = gate.Task;
        var sends = Enumerable.Range(1, 5).Select(i => client.Call(
            "SendMessage", new { conversationId = "c-1", clientMessageId = $"m{i}", text = $"{i}" })).ToList();
        await Task.Yield();
        gate.SetResult();
        await Task.WhenAll(sends);
        Assert.Equal(
            ["m1", "m2", "m3", "m4", "m5"], conversation.Commands.OfType<PostMessage>().Select(c => c.CommandId));
    }

    [Fact]
    public async Task Typing_is_passed_on_once_a_second_and_to_followed_conversations_only()
    {
        await using var front = await TestFront.Start();
        var conversation = front.World.Start("c-1");
        var client = await front.Visitor();
        await client.Call("Typing", new { conversationId = "c-1", text = "never" });
        await client.Call("Resume", new { conversationId = "c-1", after = 0 });
        await client.Call("Typing", new { conversationId = "c-1", text = "first" });
        await client.Call("Typing", new { conversationId = "c-1", text = "second" });
        var signal = Assert.Single(conversation.Signals);
        Assert.Equal(("typing", "first", "vera"), (signal.Type, signal.Text, signal.By?.Id));
    }
}
