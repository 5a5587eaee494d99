using System.Collections.Immutable;
using System.Text;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;

namespace CustomerService.Storage.Tests;

/// <summary>Made-up things, each with an id of its own.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static string Id() => Guid.NewGuid().ToString("n");

    public static string Stream() => "conversation/" + Id();

    public static NewEvent Event(string text = "你好 hello", long? visible = null, string? client = null) =>
        new("conversation.message-posted.v1", Noon, Encoding.UTF8.GetBytes($$"""{"text":"{{text}}"}"""))
        {
            VisitorSequence = visible,
            Author = client is null ? null : "visitor:v1",
            ClientId = client,
            ContentHash = client is null ? default : new byte[] { 1, 2, 3 },
        };

    public static Append Append(string stream, long expected, params ImmutableArray<NewEvent> events) =>
        new(stream, expected, events.IsDefaultOrEmpty ? [Event()] : events);

    public static OwedEffect Effect(string stream, long version, DateTimeOffset? dueAt = null, int n = 0) =>
        new($"{stream}#{version}#{n}", "agent.release.v1", "agent/a1", "{}"u8.ToArray(), dueAt ?? Noon);

    public static ConversationRow Row(string id, long version = 1, string queue = "default", string state = "waiting") =>
        new()
        {
            Id = id,
            Version = version,
            SiteId = "demo",
            VisitorId = "v-" + id,
            QueueId = queue,
            State = state,
            EnqueuedAt = Noon,
            StartedAt = Noon,
            Locale = "zh-CN",
        };
}
