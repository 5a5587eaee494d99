using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace CustomerService.References;

/// <summary>The least that makes messages durable in SQLite at a good rate: one thread, one prepared INSERT, and one
/// commit (WAL, synced) for all that waits.</summary>
public sealed class SaveBySqliteGroup(string file) : ISaver, IDisposable
{
    private const int BatchMax = 1_000;

    private sealed record Item(
        string Conversation, long Sequence, bool ByAgent, string MessageId, string Text, DateTimeOffset At)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly Channel<Item> _waiting = Channel.CreateBounded<Item>(20_000);
    private readonly SqliteConnection _connection = new($"Data Source={file};Pooling=False");

    public Task Prepare()
    {
        _connection.Open();
        foreach (var sql in (string[])
        [
            "pragma journal_mode = wal", "pragma synchronous = full", "pragma cache_size = -65536",
            "pragma wal_autocheckpoint = 4000",
            """
            create table if not exists messages (
              conversation text not null, sequence integer not null, by_agent integer not null,
              message_id text not null, body text not null, at integer not null)
            """,
            "create unique index if not exists messages_key on messages (conversation, sequence)",
        ])
        {
            using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constants.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
        new Thread(Write) { IsBackground = true, Name = "writer" }.Start();
        return Task.CompletedTask;
    }

    public Task Begin(string conversation) => Task.CompletedTask;

    public async Task Save(
        string conversation, long sequence, bool byAgent, string messageId, string text, DateTimeOffset at)
    {
        var item = new Item(conversation, sequence, byAgent, messageId, text, at);
        await _waiting.Writer.WriteAsync(item);
        await item.Done.Task;
    }

    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        _connection.Dispose();
    }

    private void Write()
    {
        using var insert = _connection.CreateCommand();
        insert.CommandText =
            """
            insert into messages (conversation, sequence, by_agent, message_id, body, at)
            values ($conversation, $sequence, $by_agent, $message_id, $body, $at)
            """;
        foreach (var name in (string[])["$conversation", "$sequence", "$by_agent", "$message_id", "$body", "$at"])
            insert.Parameters.Add(new SqliteParameter(name, null));
        var batch = new List<Item>();
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batch.Count < BatchMax && _waiting.Reader.TryRead(out var item))
                batch.Add(item);
            using (var transaction = _connection.BeginTransaction())
            {
                insert.Transaction = transaction;
                foreach (var item in batch)
                {
                    (insert.Parameters[0].Value, insert.Parameters[1].Value) = (item.Conversation, item.Sequence);
                    (insert.Parameters[2].Value, insert.Parameters[3].Value) = (item.ByAgent, item.MessageId);
                    (insert.Parameters[4].Value, insert.Parameters[5].Value) = (item.Text, item.At.ToUnixTimeMilliseconds());
                    insert.ExecuteNonQuery();
                }
                transaction.Commit();
            }
            foreach (var item in batch)
                item.Done.SetResult();
            batch.Clear();
        }
    }
}
