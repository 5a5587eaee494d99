using System.Text.Json.Serialization;

namespace CustomerService.Checker.History;

/// <summary>One line of a history: a flat shape whose unused members are null and not written. docs/history-format.md
/// says which kinds there are and what each member means.</summary>
public sealed record HistoryLine
{
    /// <summary>Number of the line, dense from 1: a missing or moved line shows.</summary>
    public long N { get; set; }

    /// <summary>The run the line belongs to: a foreign line shows.</summary>
    public string Run { get; set; } = "";

    /// <summary>Milliseconds since the run began; never falls from line to line.</summary>
    public long T { get; set; }

    /// <summary>See <see cref="LineKinds"/>.</summary>
    public string Kind { get; init; } = "";

    public int? Format { get; init; }
    public string? Source { get; init; }
    public long? Seed { get; init; }
    public string? Client { get; init; }
    public string? Actor { get; init; }
    public string? Audience { get; init; }
    public bool? Fresh { get; init; }
    public bool? Supervisor { get; init; }
    public string[]? Queues { get; init; }
    public string? Op { get; init; }
    public string? Do { get; init; }
    public string? Conversation { get; init; }
    public string? Id { get; init; }
    public string? Lane { get; init; }
    public string? Content { get; init; }
    public long? After { get; init; }
    public long? Sequence { get; init; }
    public string? Code { get; init; }
    public bool? Recovered { get; init; }
    public long? Head { get; init; }
    public long? Count { get; init; }
    public long? First { get; init; }
    public long? Last { get; init; }
    public long? From { get; init; }
    public string? Fact { get; init; }
    public long? Version { get; init; }
    public string? Author { get; init; }
    public string? Agent { get; init; }
    public string? Reservation { get; init; }
    public string? Queue { get; init; }
    public string? Skip { get; init; }
    public int? Priority { get; init; }
    public long? Enqueued { get; init; }
    public long? Until { get; init; }
    public long? At { get; init; }
    public long? Position { get; init; }
    public bool? ByHand { get; init; }
    public long? Idle { get; init; }
    public bool? Removed { get; init; }
    public string? State { get; init; }
    public int? Capacity { get; init; }
    public int? Load { get; init; }
    public int? Waiting { get; init; }
    public string? Reader { get; init; }
    public long? UpTo { get; init; }
    public long? Unread { get; init; }
    public string? Stream { get; init; }
    public string? Whole { get; init; }
    public string? Tail { get; init; }
    public int? Schema { get; init; }
    public string? What { get; init; }
    public long? Lines { get; init; }
}

/// <summary>How lines are written: compact, camel case, unknown members refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(HistoryLine))]
internal sealed partial class HistoryJson : JsonSerializerContext;

/// <summary>The history itself is broken: it proves nothing, neither a violation nor a pass.</summary>
public sealed class BadHistoryException(long line, string why)
    : Exception(line > 0 ? $"Line {line}: {why}" : why)
{
    /// <summary>Number of the offending line, from 1; 0 where it is the history as a whole.</summary>
    public long Line { get; } = line;
}
