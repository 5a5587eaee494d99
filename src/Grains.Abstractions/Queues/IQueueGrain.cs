using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;

namespace CustomerService.Queues;

/// <summary>
/// One queue: keeps the waiting order and proposes matches. Key: the queue's id. A cache of the conversations table and
/// of its members' availability: it writes no stream, and nothing is lost with its activation.
/// Calls are acknowledged first; matching happens in later turns.
/// </summary>
[Alias("queue")]
public interface IQueueGrain : IGrainWithStringKey
{
    /// <summary>A conversation waits here, or does not any more. Idempotent: a lower version of the same conversation is
    /// ignored.</summary>
    [Alias("conversation-changed")]
    Task ConversationChanged(WaitingConversation conversation);

    /// <summary>A member's availability changed. An older report of the same agent is ignored.</summary>
    [Alias("agent-changed"), Orleans.Concurrency.OneWay]
    Task AgentChanged(AgentAvailability agent);

    /// <summary>The settings changed: reads them again.</summary>
    [Alias("settings-changed")]
    Task SettingsChanged();

    /// <summary>Places of up to 1,000 waiting conversations, in the order asked; null for one that does not wait here.
    /// Logarithmic in the length of the queue.</summary>
    [Alias("positions")]
    Task<ImmutableArray<WaitingPosition?>> Positions(ImmutableArray<string> conversationIds);

    /// <summary>Counts and members, for lists and transfer targets.</summary>
    [Alias("overview")]
    Task<QueueOverview> Overview();

    /// <summary>Looks at everything again: members, order, matches. Sent now and then by the sweep, against what a lost
    /// report could leave behind.</summary>
    [Alias("reconcile")]
    Task Reconcile();
}

/// <summary>What a conversation tells its queue.</summary>
/// <param name="ConversationId">Which.</param>
/// <param name="Version">Its version when it said so.</param>
/// <param name="Waits">Whether it waits in this queue.</param>
/// <param name="Priority">Higher is served first.</param>
/// <param name="EnqueuedAt">Start of the wait.</param>
/// <param name="SkippedAgentId">An agent to be passed over once.</param>
[GenerateSerializer, Immutable, Alias("queue.waiting-conversation")]
public sealed record WaitingConversation(
    [property: Id(0)] string ConversationId,
    [property: Id(1)] long Version,
    [property: Id(2)] bool Waits,
    [property: Id(3)] int Priority,
    [property: Id(4)] DateTimeOffset EnqueuedAt,
    [property: Id(5)] string? SkippedAgentId);

/// <summary>A place in the waiting order.</summary>
/// <param name="Position">From 1.</param>
/// <param name="EtaSecondsLow">Estimated wait, low end.</param>
/// <param name="EtaSecondsHigh">Estimated wait, high end.</param>
/// <param name="AgentsOnline">Members online and connected.</param>
[GenerateSerializer, Immutable, Alias("queue.position")]
public sealed record WaitingPosition(
    [property: Id(0)] int Position,
    [property: Id(1)] int EtaSecondsLow,
    [property: Id(2)] int EtaSecondsHigh,
    [property: Id(3)] int AgentsOnline);

/// <summary>A queue at a glance.</summary>
[GenerateSerializer, Immutable, Alias("queue.overview")]
public sealed record QueueOverview(
    [property: Id(0)] QueueRef Queue,
    [property: Id(1)] int Waiting,
    [property: Id(2)] DateTimeOffset? OldestEnqueuedAt,
    [property: Id(3)] ImmutableArray<AgentAvailability> Members);
