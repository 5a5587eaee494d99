using System.Collections.Concurrent;
using CustomerService.Agents;
using CustomerService.Grains.Catalogue;
using CustomerService.Queues;

namespace CustomerService.WebFront.Endpoints;

/// <summary>How queues and agents stand, a second old at most: many clients ask, few grains should answer. A queue that
/// does not answer in time is shown as empty.</summary>
public sealed class QueueBoard(IGrainFactory grains, ICatalogueCache catalogue, TimeProvider clock)
{
    private static readonly TimeSpan s_ageMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_answerMax = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Look> _looks = new(StringComparer.Ordinal);

    /// <summary>One queue; null where it did not answer.</summary>
    public Task<QueueOverview?> Overview(string queueId)
    {
        var now = clock.GetTimestamp();
        var look = _looks.AddOrUpdate(
            queueId,
            id => new Look(now, new(() => Ask(id))),
            (id, old) => clock.GetElapsedTime(old.At, now) < s_ageMax ? old : new Look(now, new(() => Ask(id))));
        return look.Answer.Value;
    }

    /// <summary>Whether anybody is there for a queue.</summary>
    public async Task<bool> AnybodyOnline(string queueId) => await Overview(queueId) is { } overview
        && overview.Members.Any(member => member is { Status: AgentStatus.Online, Present: true });

    /// <summary>The newest word of each agent who serves a queue.</summary>
    public async Task<IReadOnlyDictionary<string, AgentAvailability>> Agents()
    {
        var queues = (await catalogue.Get()).Queues;
        var overviews = await Task.WhenAll(queues.Select(queue => Overview(queue.Id)));
        return overviews.OfType<QueueOverview>().SelectMany(overview => overview.Members)
            .GroupBy(member => member.Agent.Id, StringComparer.Ordinal)
            .ToDictionary(
                agent => agent.Key, agent => agent.MaxBy(word => (word.Epoch, word.Revision))!, StringComparer.Ordinal);
    }

    private async Task<QueueOverview?> Ask(string queueId)
    {
        try
        {
            return await grains.Of<IQueueGrain>(queueId).Overview().WaitAsync(s_answerMax);
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
        {
            return null;
        }
    }

    private sealed record Look(long At, Lazy<Task<QueueOverview?>> Answer);
}
