using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>What a rule looks at besides state and command.</summary>
/// <param name="ConversationId">Which conversation it is: a command does not carry it.</param>
/// <param name="At">Now.</param>
/// <param name="Policy">Settings of the conversation's queue.</param>
public sealed record Circumstances(string ConversationId, DateTimeOffset At, ConversationPolicy Policy)
{
    /// <summary>The answer to <see cref="AskPlace"/>; null before it was asked.</summary>
    public PlaceAnswer? Place { get; init; }

    /// <summary>The answer to <see cref="AskMessage"/>; null before it was asked.</summary>
    public MessageAnswer? Message { get; init; }

    /// <summary>The answer to <see cref="AskQueue"/>; null before it was asked.</summary>
    public QueueAnswer? TargetQueue { get; init; }
}

/// <summary>What a rule decides: facts, a refusal, nothing to do, or something to be asked first.</summary>
public sealed record Decision
{
    /// <summary>What happens; empty for a refusal and for a no-op.</summary>
    public ImmutableArray<ConversationEvent> Facts { get; private init; } = [];

    /// <summary>What earlier events say from now on, by version; empty for all but a redaction.</summary>
    public ImmutableArray<(long Version, ConversationEvent Fact)> Erased { get; init; } = [];

    /// <summary>Files that no message has any more, by id; empty for all but a redaction.</summary>
    public ImmutableArray<string> Discarded { get; init; } = [];

    /// <summary>Why not.</summary>
    public Refusal? Refusal { get; private init; }

    /// <summary>To be answered before the rule can decide: ask, then decide again.</summary>
    public Ask? Ask { get; private init; }

    /// <summary>It is already so.</summary>
    public static Decision NothingToDo { get; } = new();

    public static Decision Accept(params ImmutableArray<ConversationEvent> facts) => new() { Facts = facts };

    public static Decision Refuse(Refusal refusal) => new() { Refusal = refusal };

    public static Decision Refuse(RefusalCode code, string message) => new() { Refusal = new Refusal(code, message) };

    public static Decision First(Ask ask) => new() { Ask = ask };

    /// <summary>The conversation is over.</summary>
    public static Decision Closed { get; } = Refuse(RefusalCode.Closed, "The conversation is closed.");

    /// <summary>Unknown, or not for this caller.</summary>
    public static Decision NotFound { get; } = Refuse(Refusal.NotFound);
}

/// <summary>A question to another grain.</summary>
public abstract record Ask;

/// <summary>Reserve a place with that agent.</summary>
public sealed record AskPlace(string AgentId, bool ByHand) : Ask;

/// <summary>Does that queue exist, and is anybody there?</summary>
public sealed record AskQueue(string QueueId) : Ask;

/// <summary>What is stored under that version: the conversation remembers no messages.</summary>
public sealed record AskMessage(long Version) : Ask;

/// <summary>The message or note; null where there is none.</summary>
public sealed record MessageAnswer(ConversationEvent? Fact);

/// <summary>A reserved place, or why there is none.</summary>
public sealed record PlaceAnswer(AgentRef Agent, string ReservationId, Refusal? Refusal);

/// <summary>A queue; null where it does not exist.</summary>
public sealed record QueueAnswer(QueueRef? Queue, bool AnyoneOnline);
