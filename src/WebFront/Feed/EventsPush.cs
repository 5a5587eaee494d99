using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using CustomerService.Conversations;
using CustomerService.WebFront.Hubs;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// <c>Events</c>: what most pushes are. Messages are written member by member, which costs a third of what the serializer
/// does; a test holds them against it. A client's own id goes back to its author only.
/// </summary>
internal static class EventsPush
{
    /// <summary>The event type that is written by hand: its members are those of the protocol's table.</summary>
    private const string Message = "messagePosted";

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    /// <summary>The events as one reader may see them.</summary>
    public static ImmutableArray<EventView> For(string? readerKey, ImmutableArray<EventView> events) =>
        events.IsDefaultOrEmpty ? []
        : !events.Any(view => Hides(view, readerKey)) ? events
        : [.. events.Select(view => Hides(view, readerKey) ? view with { ClientMessageId = null } : view)];

    /// <summary>Whether the event carries an id that its author, this reader, chose.</summary>
    public static bool IsOwn(EventView view, string readerKey) =>
        view is { ClientMessageId: not null, Author: { } author }
        && readerKey.Length == author.Kind.Length + 1 + author.Id.Length
        && readerKey[author.Kind.Length] == ':'
        && readerKey.StartsWith(author.Kind, StringComparison.Ordinal)
        && readerKey.EndsWith(author.Id, StringComparison.Ordinal);

    /// <summary>The whole frame, as one reader may see it; null: somebody who wrote none of the events.</summary>
    public static byte[] Frame(string conversationId, ImmutableArray<EventView> events, long head, string? readerKey)
    {
        var buffer = s_buffer ??= new ArrayBufferWriter<byte>(1_024);
        var json = s_writer ??= new Utf8JsonWriter(buffer, Wire.WriterOptions);
        buffer.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteNumber("type"u8, 1);
        json.WriteString("target"u8, "Events"u8);
        json.WriteStartArray("arguments"u8);
        json.WriteStartObject();
        json.WriteString("conversationId"u8, conversationId);
        json.WriteStartArray("events"u8);
        foreach (var view in events)
            Write(json, view, Hides(view, readerKey));
        json.WriteEndArray();
        json.WriteNumber("head"u8, head);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        buffer.Write([Wire.FrameEnd]);
        var frame = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > 64 * 1_024)
            (s_buffer, s_writer) = (null, null);
        return frame;
    }

    private static bool Hides(EventView view, string? readerKey) =>
        view.ClientMessageId is not null && (readerKey is null || !IsOwn(view, readerKey));

    private static void Write(Utf8JsonWriter json, EventView view, bool hidesId)
    {
        if (view.Type != Message)
        {
            JsonSerializer.Serialize(json, hidesId ? view with { ClientMessageId = null } : view, Wire.Options);
            return;
        }
        json.WriteStartObject();
        json.WriteNumber("sequence"u8, view.Sequence);
        Span<byte> at = stackalloc byte[Wire.TimeBytesMax];
        json.WriteString("at"u8, at[..Wire.Format(view.At, at)]);
        json.WriteString("type"u8, view.Type);
        Text(json, "messageId"u8, view.MessageId);
        Text(json, "clientMessageId"u8, hidesId ? null : view.ClientMessageId);
        if (view.Author is { } author)
        {
            json.WriteStartObject("author"u8);
            json.WriteString("kind"u8, author.Kind);
            json.WriteString("id"u8, author.Id);
            json.WriteString("name"u8, author.Name);
            json.WriteEndObject();
        }
        Text(json, "text"u8, view.Text);
        if (view.Attachments is { } attachments)
        {
            json.WriteStartArray("attachments"u8);
            foreach (var attachment in attachments)
                JsonSerializer.Serialize(json, attachment, Wire.Options);
            json.WriteEndArray();
        }
        Text(json, "replyTo"u8, view.ReplyTo);
        if (view.Redacted is { } redacted)
            json.WriteBoolean("redacted"u8, redacted);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
