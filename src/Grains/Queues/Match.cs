using CustomerService.Conversations;

namespace CustomerService.Grains.Queues;

/// <summary>How far a match has come.</summary>
public enum MatchStage
{
    /// <summary>The agent is asked for a place.</summary>
    Reserving,

    /// <summary>It has one; whoever waits longer is decided first.</summary>
    Reserved,

    /// <summary>The conversation is told.</summary>
    Assigning,
}

/// <summary>One conversation and one agent on their way together.</summary>
/// <param name="Key">Its place in the waiting order when the match began.</param>
/// <param name="Why">How the agent was chosen.</param>
public sealed record Match(
    WaitingKey Key, AgentRef Agent, string ReservationId, string Why, DateTimeOffset StartedAt)
{
    /// <summary>Which conversation.</summary>
    public string ConversationId => Key.Id;

    /// <summary>How far it has come.</summary>
    public MatchStage Stage { get; set; } = MatchStage.Reserving;

    /// <summary>When whoever is to answer was asked.</summary>
    public DateTimeOffset AskedAt { get; set; } = StartedAt;
}

/// <summary>What the grain is to do with a match.</summary>
/// <param name="Assign">True: tell the conversation. False: give the place back.</param>
public readonly record struct MatchStep(Match Match, bool Assign);
