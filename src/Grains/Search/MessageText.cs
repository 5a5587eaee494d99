using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Search;

namespace CustomerService.Grains.Search;

/// <summary>Which events can be found by their text: messages and notes. Who may see a conversation may see both, because
/// only agents search.</summary>
public static class MessageText
{
    private static readonly HashSet<string> Types =
    [
        Name(typeof(MessagePosted)),
        Name(typeof(NoteAdded)),
    ];

    /// <summary>What of a stored event can be found; null where nothing.</summary>
    public static Searchable? Of(StoredEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return Types.Contains(stored.Type)
            && stored.Stream.StartsWith(StreamNames.ConversationPrefix, StringComparison.Ordinal)
            && Read(stored) is { } message
            ? new Searchable(stored.Stream[StreamNames.ConversationPrefix.Length..], message.Text)
            : null;
    }

    /// <summary>The message or note that a hit is; null where it can't be read.</summary>
    public static FoundMessage? Read(StoredEvent stored)
    {
        try
        {
            return EventCodec<ConversationEvent>.Instance.Decode(stored) switch
            {
                MessagePosted e => new FoundMessage("messagePosted", e.MessageId, e.Author, e.Text),
                NoteAdded e => new FoundMessage("noteAdded", e.MessageId, e.Author, e.Text),
                _ => null,
            };
        }
        catch (StreamQuarantinedException)
        {
            // Its conversation says so; the others' messages are found all the same.
            return null;
        }
    }

    private static string Name(Type type) =>
        ((AliasAttribute)Attribute.GetCustomAttribute(type, typeof(AliasAttribute))!).Alias;
}

/// <summary>A message or a note, as search shows it.</summary>
/// <param name="Type">As on the wire: <c>messagePosted</c> or <c>noteAdded</c>.</param>
/// <param name="MessageId">Its id.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Text">What.</param>
public sealed record FoundMessage(string Type, string MessageId, Party Author, string Text);
