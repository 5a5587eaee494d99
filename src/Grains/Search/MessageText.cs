using System.Text.Json;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Search;

namespace CustomerService.Grains.Search;

/// <summary>Which events can be found by their text: messages and notes, and which take the place of earlier ones. Who may
/// see a conversation may see both, because only agents search.</summary>
public static class MessageText
{
    private static readonly HashSet<string> Types =
    [
        Name(typeof(MessagePosted)),
        Name(typeof(NoteAdded)),
        Name(typeof(MessageEdited)),
        Name(typeof(NoteEdited)),
        Name(typeof(MessageRedacted)),
        Name(typeof(NoteRedacted)),
    ];

    /// <summary>What of a stored event can be found; null where nothing.</summary>
    public static Searchable? Of(StoredEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (!Types.Contains(stored.Type)
            || !stored.Stream.StartsWith(StreamNames.ConversationPrefix, StringComparison.Ordinal))
        {
            return null;
        }
        var (text, amends) = Members(stored.Data.Span);
        return text is null && amends is null
            ? null
            : new Searchable(stored.Stream[StreamNames.ConversationPrefix.Length..], text ?? "") { Amends = amends };
    }

    /// <summary>The members <c>text</c> and <c>message</c> alone: the index reads every message there is, and needs nothing
    /// else of it.</summary>
    private static (string? Text, long? Amends) Members(ReadOnlySpan<byte> json)
    {
        var (text, amends) = ((string?)null, (long?)null);
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
                    continue;
                var isText = reader.ValueTextEquals("text"u8);
                var isMessage = reader.ValueTextEquals("message"u8);
                reader.Read();
                if (isText && reader.TokenType == JsonTokenType.String)
                    text = reader.GetString();
                else if (isMessage && reader.TokenType == JsonTokenType.Number)
                    amends = reader.GetInt64();
                else
                    reader.Skip();
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or FormatException)
        {
            // Its conversation says so; the others' messages are found all the same.
            return default;
        }
        return (text, amends);
    }

    /// <summary>The message or note that a hit is; null where it can't be read.</summary>
    public static FoundMessage? Read(StoredEvent stored)
    {
        try
        {
            return EventCodec<ConversationEvent>.Instance.Decode(stored) switch
            {
                MessagePosted e => new FoundMessage("messagePosted", stored.Version, e.MessageId, e.Author, e.Text),
                NoteAdded e => new FoundMessage("noteAdded", stored.Version, e.MessageId, e.Author, e.Text),
                MessageEdited e => new FoundMessage("messagePosted", e.Message, e.MessageId, e.By, e.Text),
                NoteEdited e => new FoundMessage("noteAdded", e.Message, e.MessageId, e.By, e.Text),
                _ => null,
            };
        }
        catch (StreamQuarantinedException)
        {
            return null;
        }
    }

    private static string Name(Type type) =>
        ((AliasAttribute)Attribute.GetCustomAttribute(type, typeof(AliasAttribute))!).Alias;
}

/// <summary>A message or a note, as search shows it.</summary>
/// <param name="Type">As on the wire: <c>messagePosted</c> or <c>noteAdded</c>.</param>
/// <param name="Version">Which event it was posted by: of an edited one that it is of, not the edit's own.</param>
/// <param name="MessageId">Its id.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Text">What.</param>
public sealed record FoundMessage(string Type, long Version, string MessageId, Party Author, string Text);
