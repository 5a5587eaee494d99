using System.Runtime.InteropServices;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Database;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Writer;
using Microsoft.Data.Sqlite;

namespace CustomerService.Storage.Sqlite;

/// <summary>The statements of the writer's hot path.</summary>
internal static class SqliteRows
{
    public static bool Exists(SqliteSession session, string stream, long version)
    {
        var command = session.Command(
            "select 1 from journal where stream = @stream and version = @version", "@stream", "@version");
        Set(command, stream, version);
        return command.ExecuteScalar() is not null;
    }

    public static void Events(SqliteSession session, PendingAppend pending)
    {
        var append = pending.Append;
        var command = session.Command(
            """
            insert into journal (stream, version, append_id, type, at, data, visitor_sequence, author, client_id,
                content_hash)
            values (@stream, @version, @append_id, @type, @at, @data, @visitor_sequence, @author, @client_id,
                @content_hash)
            """,
            "@stream", "@version", "@append_id", "@type", "@at", "@data", "@visitor_sequence", "@author", "@client_id",
            "@content_hash");
        var id = pending.Id.ToByteArray(bigEndian: true);
        for (var n = 0; n < append.Events.Length; n++)
        {
            var fact = append.Events[n];
            Set(command, append.Stream, append.ExpectedVersion + 1 + n, id, fact.Type, Times.ToMicros(fact.At),
                Bytes(fact.Data), fact.VisitorSequence, fact.Author, fact.ClientId,
                fact.ContentHash.IsEmpty ? null : Bytes(fact.ContentHash));
            command.ExecuteNonQuery();
        }
    }

    public static void Erase(SqliteSession session, string stream, Erasure erasure)
    {
        var command = session.Command(
            "update journal set data = @data, content_hash = null where stream = @stream and version = @version",
            "@stream", "@version", "@data");
        Set(command, stream, erasure.Version, Bytes(erasure.Data));
        command.ExecuteNonQuery();
    }

    public static void Discard(SqliteSession session, string upload)
    {
        var command = session.Command("update uploads set state = 'removed' where id = @id and state = 'used'", "@id");
        Set(command, upload);
        command.ExecuteNonQuery();
    }

    public static void Effect(SqliteSession session, Append append, OwedEffect effect)
    {
        var command = session.Command(
            """
            insert into outbox (id, stream, version, kind, target, payload, due_at, owed_at, attempts)
            values (@id, @stream, @version, @kind, @target, @payload, @due_at, @due_at, 0)
            """,
            "@id", "@stream", "@version", "@kind", "@target", "@payload", "@due_at");
        Set(command, effect.Id, append.Stream, append.ExpectedVersion + append.Events.Length, effect.Kind,
            effect.Target, Bytes(effect.Payload), Times.ToMicros(effect.DueAt));
        command.ExecuteNonQuery();
    }

    public static void Row(SqliteSession session, string stream, ConversationRow row)
    {
        var command = session.Command(
            $"insert into conversations ({ConversationColumns.Written}) values ({ConversationColumns.WrittenParameters}) "
            + ConversationColumns.OnConflict,
            ConversationColumns.WrittenParameterNames);
        Set(command, ConversationColumns.Values(stream, row));
        command.ExecuteNonQuery();
    }

    public static void Activity(SqliteSession session, string id, ConversationActivity activity)
    {
        var command = session.Command(
            """
            update conversations set activity_version = @version, visitor_head = @head, last_message_at = @at,
                preview = @preview, last_author = @author, messages = @messages,
                active_at = coalesce(@at, started_at)
            where id = @id and activity_version < @version
            """,
            "@id", "@version", "@head", "@at", "@preview", "@author", "@messages");
        Set(command, id, activity.Version, activity.VisitorHead, Times.ToMicros(activity.LastMessageAt),
            activity.Preview, activity.LastAuthor, activity.Messages);
        command.ExecuteNonQuery();
    }

    public static void Deadline(SqliteSession session, string stream, DateTimeOffset dueAt)
    {
        var command = session.Command(
            """
            insert into deadlines (stream, due_at) values (@stream, @due_at)
            on conflict (stream) do update set due_at = excluded.due_at
            """,
            "@stream", "@due_at");
        Set(command, stream, Times.ToMicros(dueAt));
        command.ExecuteNonQuery();
    }

    public static void NoDeadline(SqliteSession session, string stream)
    {
        var command = session.Command("delete from deadlines where stream = @stream", "@stream");
        Set(command, stream);
        command.ExecuteNonQuery();
    }

    public static void Coalesced(SqliteSession session, CoalescedWrites coalesced)
    {
        foreach (var (id, activity) in coalesced.Activities())
            Activity(session, id, activity);
        var mark = session.Command(
            """
            insert into read_marks (conversation_id, reader, up_to) values (@conversation, @reader, @up_to)
            on conflict (conversation_id, reader) do update set up_to = excluded.up_to
            where read_marks.up_to < excluded.up_to
            """,
            "@conversation", "@reader", "@up_to");
        foreach (var ((conversation, reader), upTo) in coalesced.Marks())
        {
            Set(mark, conversation, reader, upTo);
            mark.ExecuteNonQuery();
        }
        var delete = session.Command("delete from outbox where id = @id", "@id");
        foreach (var id in coalesced.Completed())
        {
            Set(delete, id);
            delete.ExecuteNonQuery();
        }
    }

    private static void Set(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
    }

    private static byte[] Bytes(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0
            && segment.Count == segment.Array!.Length
            ? segment.Array
            : memory.ToArray();
}
