using System.Text;

namespace CustomerService.Storage.Search;

/// <summary>Where an indexed message is stored.</summary>
/// <param name="Position">In the journal.</param>
/// <param name="ConversationId">Its conversation.</param>
/// <param name="Version">In its stream.</param>
/// <param name="At">When, microseconds.</param>
internal readonly record struct IndexedMessage(long Position, string ConversationId, long Version, long At);

/// <summary>A block's messages by their numbers: 32 a page, because a search needs a few from many places.</summary>
internal static class DirectoryPages
{
    public const int MessagesPerPage = 32;

    public static byte[] Encode(ReadOnlySpan<IndexedMessage> messages)
    {
        var bytes = new List<byte>(MessagesPerPage * 40);
        var (position, id) = (0L, "");
        foreach (var message in messages)
        {
            VarInts.Write(bytes, (ulong)(message.Position - position));
            VarInts.Write(bytes, (ulong)message.Version);
            VarInts.Write(bytes, (ulong)message.At);
            var same = message.ConversationId == id;
            var utf8 = same ? [] : Encoding.UTF8.GetBytes(message.ConversationId);
            VarInts.Write(bytes, (ulong)utf8.Length);
            bytes.AddRange(utf8);
            (position, id) = (message.Position, message.ConversationId);
        }
        return [.. bytes];
    }

    public static List<IndexedMessage> Decode(ReadOnlySpan<byte> data)
    {
        var messages = new List<IndexedMessage>(MessagesPerPage);
        var (position, id) = (0L, "");
        for (var at = 0; at < data.Length;)
        {
            position += (long)VarInts.Read(data, ref at);
            var version = (long)VarInts.Read(data, ref at);
            var when = (long)VarInts.Read(data, ref at);
            var length = (int)VarInts.Read(data, ref at);
            if (length > 0)
                id = Encoding.UTF8.GetString(data.Slice(at, length));
            at += length;
            messages.Add(new IndexedMessage(position, id, version, when));
        }
        return messages;
    }
}
