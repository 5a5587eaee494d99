using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CustomerService.Load.Wire;

/// <summary>What the load tester tells apart; all other event types are counted by their sequence alone.</summary>
public enum WireEventType
{
    Other,
    MessagePosted,
    Assigned,
    Closed,
}

/// <summary>An event as far as a load client needs it.</summary>
/// <param name="Sequence">In the receiver's own numbering.</param>
/// <param name="Index">The number that the load client wrote at the beginning of the text, or -1.</param>
/// <param name="ByAgent">Whether an agent wrote the message.</param>
public readonly record struct WireEvent(long Sequence, WireEventType Type, long Index, bool ByAgent);

/// <summary>The answer to a call: the envelope's members that any scenario reads.</summary>
public sealed record HubReply(string? Code, string? Message, int RetryAfterMs, long Sequence, long Head,
    string? ConversationId, string? State, bool Recovered, IReadOnlyList<WireEvent> Events, IReadOnlyList<string> Conversations)
{
    /// <summary>The connection went before the answer came: the outcome is unknown.</summary>
    public static HubReply Lost { get; } = new("ConnectionLost", null, 200, 0, 0, null, null, false, [], []);

    public bool Ok => Code is null;
}

/// <summary>Reads frames of the SignalR JSON protocol without making objects of what nobody looks at.</summary>
public static class HubMessage
{
    public const int Invocation = 1, Completion = 3, Ping = 6, Close = 7;

    /// <summary>Type, target, invocation id, and where arguments or result begin (0: none).</summary>
    public readonly ref struct Head(int type, ReadOnlySpan<byte> target, int id, int body, string? failure)
    {
        public int Type { get; } = type;
        public ReadOnlySpan<byte> Target { get; } = target;
        public int Id { get; } = id;
        public int Body { get; } = body;
        public string? Failure { get; } = failure;
    }

    public static Head ReadHead(ReadOnlySpan<byte> frame)
    {
        var reader = new Utf8JsonReader(frame);
        int type = 0, id = 0, body = 0;
        string? failure = null;
        ReadOnlySpan<byte> target = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("target"u8))
            {
                reader.Read();
                target = reader.ValueSpan;
            }
            else if (reader.ValueTextEquals("invocationId"u8))
            {
                reader.Read();
                _ = int.TryParse(reader.ValueSpan, CultureInfo.InvariantCulture, out id);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                failure = reader.GetString();
            }
            else
            {
                var isBody = reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("result"u8);
                reader.Read();
                if (isBody)
                {
                    body = (int)reader.TokenStartIndex;
                    // The server writes the body last; where all else is known it need not be walked through here.
                    if ((type == Invocation && !target.IsEmpty) || (type == Completion && id != 0))
                        break;
                }
                reader.Skip();
            }
        }
        return new Head(type, target, id, body, failure);
    }

    /// <summary>Finds one top-level string member of the object that begins the body (or its first argument).</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> body, ReadOnlySpan<byte> member)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
            reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(member);
            reader.Read();
            if (found && reader.TokenType == JsonTokenType.String)
                return reader.ValueSpan;
            reader.Skip();
        }
        return default;
    }

    /// <summary>Calls back for each event of a push.</summary>
    public static long ReadEvents(ReadOnlySpan<byte> body, List<WireEvent> into)
    {
        var reader = new Utf8JsonReader(body);
        long head = 0;
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
            reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("events"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                    into.Add(ReadEvent(ref reader));
            }
            else if (reader.ValueTextEquals("head"u8))
            {
                reader.Read();
                head = reader.GetInt64();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return head;
    }

    public static HubReply ReadReply(ReadOnlySpan<byte> body)
    {
        string? code = null, message = null, conversation = null, state = null;
        int retryAfter = 0;
        long sequence = 0, head = 0;
        var recovered = true;
        List<WireEvent>? events = null;
        List<string>? conversations = null;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("sequence"u8) && reader.Read())
                sequence = reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : 0;
            else if (reader.ValueTextEquals("head"u8) && reader.Read())
                head = reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : 0;
            else if (reader.ValueTextEquals("conversationId"u8) && reader.Read())
                conversation = reader.GetString();
            else if (reader.ValueTextEquals("state"u8) && reader.Read())
                state = reader.GetString();
            else if (reader.ValueTextEquals("recovered"u8) && reader.Read())
                recovered = reader.GetBoolean();
            else if (reader.ValueTextEquals("events"u8) && reader.Read())
            {
                events = [];
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                    events.Add(ReadEvent(ref reader));
            }
            else if (reader.ValueTextEquals("conversations"u8) && reader.Read())
            {
                conversations = [];
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                    conversations.Add(ReadConversationId(ref reader));
            }
            else if (reader.ValueTextEquals("error"u8) && reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                    (code, message, retryAfter) = ReadError(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return new HubReply(code, message, retryAfter, sequence, head, conversation, state, recovered,
            events ?? [], conversations ?? []);
    }

    /// <summary>The number written by <see cref="LoadText"/>, or -1.</summary>
    public static long IndexOf(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != (byte)'#')
            return -1;
        var end = text.IndexOf((byte)' ');
        return end > 1 && long.TryParse(text[1..end], CultureInfo.InvariantCulture, out var index) ? index : -1;
    }

    private static WireEvent ReadEvent(ref Utf8JsonReader reader)
    {
        long sequence = 0, index = -1;
        var type = WireEventType.Other;
        var byAgent = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("sequence"u8))
            {
                reader.Read();
                sequence = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.ValueTextEquals("messagePosted"u8) ? WireEventType.MessagePosted
                    : reader.ValueTextEquals("assigned"u8) ? WireEventType.Assigned
                    : reader.ValueTextEquals("closed"u8) ? WireEventType.Closed : WireEventType.Other;
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                reader.Read();
                index = IndexOf(reader.ValueSpan);
            }
            else if (reader.ValueTextEquals("author"u8))
            {
                reader.Read();
                byAgent = ReadAuthorIsAgent(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return new WireEvent(sequence, type, index, byAgent);
    }

    private static bool ReadAuthorIsAgent(ref Utf8JsonReader reader)
    {
        var agent = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var kind = reader.ValueTextEquals("kind"u8);
            reader.Read();
            if (kind)
                agent = reader.ValueTextEquals("agent"u8);
            reader.Skip();
        }
        return agent;
    }

    private static string ReadConversationId(ref Utf8JsonReader reader)
    {
        var id = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("conversationId"u8);
            reader.Read();
            if (isId)
                id = reader.GetString() ?? "";
            reader.Skip();
        }
        return id;
    }

    private static (string? Code, string? Message, int RetryAfterMs) ReadError(ref Utf8JsonReader reader)
    {
        string? code = "Unknown", message = null;
        var retry = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("code"u8) && reader.Read())
                code = reader.GetString();
            else if (reader.ValueTextEquals("message"u8) && reader.Read())
                message = reader.GetString();
            else if (reader.ValueTextEquals("retryAfterMs"u8) && reader.Read())
                retry = reader.GetInt32();
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return (code, message, retry);
    }
}

/// <summary>Texts that carry the number of their message, so that whoever receives one knows when it was due.</summary>
public static class LoadText
{
    /// <summary>"#index " and then the content, cut or repeated to <paramref name="length"/> UTF-16 units.</summary>
    public static string Make(long index, string content, int length)
    {
        var text = new StringBuilder(length + 8).Append('#').Append(index).Append(' ');
        while (text.Length < length && content.Length > 0)
            text.Append(content, 0, Math.Min(content.Length, length - text.Length)).Append(text.Length < length ? " " : "");
        // A pair cut in two would be no text.
        if (text.Length > 0 && char.IsHighSurrogate(text[^1]))
            text[^1] = '.';
        return text.ToString();
    }
}
