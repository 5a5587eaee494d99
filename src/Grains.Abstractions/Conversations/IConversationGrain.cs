namespace CustomerService.Conversations;

/// <summary>
/// One conversation: owns its order, participants, assignment and state. Key: the conversation's id.
/// Calls are handled one at a time, in the order in which they arrive.
/// </summary>
[Alias("conversation")]
public interface IConversationGrain : IGrainWithStringKey
{
    /// <summary>
    /// Decides and stores. When the task completes with no refusal the effect is on disk, its announcement is on its way
    /// and what it owes to others is owed durably. Safe to retry with the same ids after any failure: an exception or
    /// <c>Unavailable</c> means the outcome is unknown until the same id is answered.
    /// </summary>
    [Alias("execute")]
    Task<ConversationReceipt> Execute(ConversationCommand command);

    /// <summary>
    /// Announces further events to a front until it unwatches or this activation ends. Soft state: a later answer or
    /// envelope with another epoch means that the front must watch again. Wakes the grain; reads nothing of its history.
    /// </summary>
    [Alias("watch")]
    Task<WatchReceipt> Watch(string frontId, Audience audience);

    /// <summary>Ends the announcements to a front for one audience. Lost, it only costs superfluous pushes.</summary>
    [Alias("unwatch"), Orleans.Concurrency.OneWay]
    Task Unwatch(string frontId, Audience audience);

    /// <summary>Tells other watchers something that may be lost: typing, for example. With
    /// <see cref="Feed.SignalView.ReceivedUpTo"/> it raises the caller's delivered mark (capped at the head, never lowered)
    /// and tells the other side, in its numbering, where that is news.</summary>
    [Alias("signal"), Orleans.Concurrency.OneWay]
    Task Signal(Actor by, Feed.SignalView signal);

    /// <summary>
    /// Raises the caller's read mark (in the caller's numbering, capped at the head) and signals it to the other side.
    /// Written within a second; a lost one is repeated by the client's next.
    /// </summary>
    [Alias("mark-read")]
    Task<Refusal?> MarkRead(Actor by, long upTo);

    /// <summary>Its line as agents see it, or null where it does not exist or the agent may not see it.</summary>
    [Alias("describe")]
    Task<ConversationView?> Describe(Actor by);

    /// <summary>Tells the lists about the newest message once more: sent after a crash, in which that may have been lost.
    /// </summary>
    [Alias("refresh-activity")]
    Task RefreshActivity();
}

/// <summary>The answer to <see cref="IConversationGrain.Watch"/>.</summary>
/// <param name="Epoch">Names this activation.</param>
/// <param name="Version">Its version now.</param>
/// <param name="VisitorHead">Its last visitor sequence now.</param>
/// <param name="State">Its state now.</param>
/// <param name="VisitorId">Its visitor; empty where it does not exist.</param>
/// <param name="QueueId">Its queue; empty where it does not exist.</param>
/// <param name="AgentId">Who holds it.</param>
[GenerateSerializer, Immutable, Alias("watch-receipt")]
public sealed record WatchReceipt(
    [property: Id(0)] string Epoch,
    [property: Id(1)] long Version,
    [property: Id(2)] long VisitorHead,
    [property: Id(3)] ConversationState State,
    [property: Id(4)] string VisitorId,
    [property: Id(5)] string QueueId,
    [property: Id(6)] string? AgentId)
{
    /// <summary>How far clients of the other side hold it, in the audience's numbering; 0: nothing is known, or the silo
    /// does not know such marks yet.</summary>
    [Id(7)] public long DeliveredUpTo { get; init; }
}
