using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CustomerService.References;

/// <summary>Makes a message durable, in the way its reference stands for.</summary>
public interface ISaver
{
    Task Prepare();
    Task Begin(string conversation);
    Task Save(string conversation, long sequence, bool byAgent, string messageId, string text, DateTimeOffset at);
}

/// <summary>The floor: transport alone.</summary>
public sealed class SaveNothing : ISaver
{
    public Task Prepare() => Task.CompletedTask;
    public Task Begin(string conversation) => Task.CompletedTask;
    public Task Save(string conversation, long sequence, bool byAgent, string messageId, string text, DateTimeOffset at) =>
        Task.CompletedTask;
}

/// <summary>One prepared INSERT, committed by itself.</summary>
public sealed class SaveByInsert(NpgsqlDataSource source) : ISaver
{
    public async Task Prepare()
    {
        await using var command = source.CreateCommand(
            """
            create table if not exists messages (
              conversation text not null, sequence bigint not null, by_agent boolean not null,
              message_id text not null, body text not null, at timestamptz not null,
              primary key (conversation, sequence))
            """);
        await command.ExecuteNonQueryAsync();
    }

    public Task Begin(string conversation) => Task.CompletedTask;

    public async Task Save(string conversation, long sequence, bool byAgent, string messageId, string text, DateTimeOffset at)
    {
        await using var command = source.CreateCommand(
            "insert into messages (conversation, sequence, by_agent, message_id, body, at) values ($1, $2, $3, $4, $5, $6)");
        command.Parameters.Add(new() { Value = conversation });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = sequence });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = byAgent });
        command.Parameters.Add(new() { Value = messageId });
        command.Parameters.Add(new() { Value = text });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = at.UtcDateTime });
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>The usual way: add the message, change the conversation, save.</summary>
public sealed class SaveByEntityFramework(IDbContextFactory<ChatContext> contexts) : ISaver
{
    public async Task Prepare()
    {
        await using var context = await contexts.CreateDbContextAsync();
        await context.Database.EnsureCreatedAsync();
    }

    public async Task Begin(string conversation)
    {
        await using var context = await contexts.CreateDbContextAsync();
        context.Conversations.Add(new ConversationRow { Id = conversation, Preview = "" });
        await context.SaveChangesAsync();
    }

    public async Task Save(string conversation, long sequence, bool byAgent, string messageId, string text, DateTimeOffset at)
    {
        await using var context = await contexts.CreateDbContextAsync();
        context.Conversations.Update(new ConversationRow { Id = conversation, Head = sequence, Preview = text, LastMessageAt = at });
        context.Messages.Add(new MessageRow
        {
            ConversationId = conversation, Sequence = sequence, ByAgent = byAgent, MessageId = messageId, Text = text, At = at,
        });
        await context.SaveChangesAsync();
    }
}

public sealed class ChatContext(DbContextOptions<ChatContext> options) : DbContext(options)
{
    public DbSet<ConversationRow> Conversations => Set<ConversationRow>();
    public DbSet<MessageRow> Messages => Set<MessageRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<MessageRow>().HasIndex(m => new { m.ConversationId, m.Sequence }).IsUnique();
}

public sealed class ConversationRow
{
    public required string Id { get; set; }
    public long Head { get; set; }
    public required string Preview { get; set; }
    public DateTimeOffset LastMessageAt { get; set; }
}

public sealed class MessageRow
{
    public long Id { get; set; }
    public required string ConversationId { get; set; }
    public long Sequence { get; set; }
    public bool ByAgent { get; set; }
    public required string MessageId { get; set; }
    public required string Text { get; set; }
    public DateTimeOffset At { get; set; }
}
