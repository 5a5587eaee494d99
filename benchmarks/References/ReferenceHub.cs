using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace CustomerService.References;

/// <summary>As much of the protocol as two people need to chat: the same client drives it and the product.</summary>
public sealed class ReferenceHub(Rooms rooms, ISaver saver) : Hub
{
    public async Task<object> StartConversation(StartArguments start)
    {
        var room = rooms.Of(start.ClientId);
        room.Visitor = Context.ConnectionId;
        await saver.Begin(start.ClientId);
        return new { error = (object?)null, conversationId = start.ClientId, head = 0, state = "assigned" };
    }

    public Task<object> Resume(SubscribeArguments resume)
    {
        rooms.Of(resume.ConversationId).Visitor = Context.ConnectionId;
        return Subscribed(resume);
    }

    public Task<object> Subscribe(SubscribeArguments subscribe)
    {
        rooms.Of(subscribe.ConversationId).Agent = Context.ConnectionId;
        return Subscribed(subscribe);
    }

    public async Task<object> SendMessage(SendArguments send)
    {
        var room = rooms.Of(send.ConversationId);
        var byAgent = Context.ConnectionId == room.Agent;
        // A sender has one message in flight, and visitor and agent may write at once: their order is made here.
        await room.Gate.WaitAsync();
        long sequence;
        var at = DateTimeOffset.UtcNow;
        try
        {
            sequence = room.Head + 1;
            await saver.Save(send.ConversationId, sequence, byAgent, send.ClientMessageId, send.Text, at);
            room.Head = sequence;
            var fact = new
            {
                sequence, at, type = "messagePosted", messageId = send.ClientMessageId,
                author = new { kind = byAgent ? "agent" : "visitor", id = Context.ConnectionId, name = "" },
                text = send.Text, attachments = Array.Empty<string>(),
            };
            var push = new { conversationId = send.ConversationId, events = new[] { fact }, head = sequence };
            if ((byAgent ? room.Visitor : room.Agent) is { } peer)
                await Clients.Client(peer).SendAsync("Events", push);
        }
        finally
        {
            room.Gate.Release();
        }
        return new { error = (object?)null, sequence, at };
    }

    public static object Typing(JsonElement typing) => new { error = (object?)null };

    private Task<object> Subscribed(SubscribeArguments subscribe)
    {
        // Nothing is read back: a reference that loses a push would be found out, and none of its work is reading.
        var head = Math.Min(subscribe.After, rooms.Of(subscribe.ConversationId).Head);
        return Task.FromResult<object>(new { error = (object?)null, recovered = true, events = Array.Empty<object>(), head });
    }
}

public sealed record StartArguments(string ClientId);

public sealed record SubscribeArguments(string ConversationId, long After);

public sealed record SendArguments(string ConversationId, string ClientMessageId, string Text);

/// <summary>Who is in which conversation, in memory.</summary>
public sealed class Rooms
{
    private readonly ConcurrentDictionary<string, Room> _rooms = new();

    public Room Of(string conversation) => _rooms.GetOrAdd(conversation, _ => new Room());
}

public sealed class Room
{
    public string? Visitor { get; set; }
    public string? Agent { get; set; }
    public long Head { get; set; }
    public SemaphoreSlim Gate { get; } = new(1);
}
