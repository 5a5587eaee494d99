using System.Runtime.CompilerServices;
using CustomerService.Conversations;
using CustomerService.Storage.Catalogue;

namespace CustomerService.Grains.Conversations;

/// <summary>The settings of a conversation's queue that its rules look at.</summary>
/// <param name="Queue">The queue and its name.</param>
/// <param name="Offers">Whether agents are asked first.</param>
/// <param name="Offer">How long an offer stands.</param>
/// <param name="IdleClose">Nobody does anything for this long: closed.</param>
/// <param name="Edit">How long an agent may change the wording of a message of its own; zero: never.</param>
/// <param name="Reopen">How long after closing its visitor may reopen it.</param>
public sealed record ConversationPolicy(
    QueueRef Queue, bool Offers, TimeSpan Offer, TimeSpan IdleClose, TimeSpan Reopen,
    TimeSpan Edit)
{
    /// <summary>How long the agent's place stays taken after a person closed it.</summary>
    public TimeSpan WrapUp { get; init; }

    /// <summary>The policy of a queue; one that is gone from the catalogue has the defaults and its id as its name.
    /// </summary>
    public static ConversationPolicy Of(string queueId, QueueSettings? settings) => settings is null
        ? Of(new QueueSettings { Id = queueId, Name = queueId })
        : Known.GetValue(settings, static settings => Of(settings));

    // Every command asks, and settings change seldom.
    private static readonly ConditionalWeakTable<QueueSettings, ConversationPolicy> Known = [];

    private static ConversationPolicy Of(QueueSettings settings) => new(
        new QueueRef(settings.Id, settings.Name), settings.Offers, TimeSpan.FromSeconds(settings.OfferSeconds),
        TimeSpan.FromSeconds(settings.IdleCloseSeconds), TimeSpan.FromSeconds(settings.ReopenSeconds),
        TimeSpan.FromSeconds(settings.EditSeconds))
    {
        WrapUp = TimeSpan.FromSeconds(settings.WrapUpSeconds),
    };
}
