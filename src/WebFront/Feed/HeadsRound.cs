using System.Collections.Concurrent;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Journal;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// The repair of everything that announcements may lose: asks the journal, in one key query for all conversations that
/// are followed here, where they stand; registers again where a head ran ahead; and tells each connection its heads.
/// Wakes no conversation.
/// </summary>
internal sealed class HeadsRound(
    IJournal journal, IGrainFactory grains, Watches watches, Connections connections, OutboundMaker outbound,
    ILogger<HeadsRound> log)
{
    /// <summary>The journal's limit for one query.</summary>
    private const int StreamsMax = 10_000;

    private const int CallsMax = 16;
    private static readonly TimeSpan RegisterSpread = TimeSpan.FromSeconds(1);
    private readonly OneAtATime _round = new("telling heads", log);

    /// <summary>Begins a round unless one is under way. Never waits.</summary>
    public void Begin() => _round.Begin(async () =>
    {
        await ReadHeads();
        await Tell();
    });

    private async Task ReadHeads()
    {
        var ids = watches.All.Where(w => w.Subscribers.Length > 0).Select(w => w.ConversationId).Distinct();
        foreach (var chunk in ids.Chunk(StreamsMax))
        {
            var heads = await journal.Heads([.. chunk.Select(StreamNames.Conversation)]);
            for (var i = 0; i < chunk.Length; i++)
            {
                Learn(watches.Find(chunk[i], Audience.Agents), heads[i].Version);
                Learn(watches.Find(chunk[i], Audience.Visitors), heads[i].VisitorSequence);
            }
        }
    }

    private void Learn(Watched? watched, long head)
    {
        if (watched is null)
            return;
        lock (watched.Lock)
        {
            if (head <= watched.Head)
                return;
            // Stored, and not announced here: whoever announces does not know of this front.
            watched.Head = head;
            watches.RegisterSoon(watched, RegisterSpread);
        }
    }

    private async Task Tell()
    {
        var inboxes = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            connections.Agents, new ParallelOptions { MaxDegreeOfParallelism = CallsMax }, async (agentId, _) =>
            {
                try
                {
                    inboxes[agentId] = await grains.GetGrain<IAgentGrain>(agentId).InboxVersion();
                }
                catch (Exception e)
                {
                    log.LogInformation(e, "An inbox's version could not be read");
                }
            });
        foreach (var connection in connections.All)
        {
            if (connection.CurrentActor() is not { } actor)
                continue;
            var heads = HeadsOf(connection, actor);
            if (heads.Length > 0 || connection.Agent is not null)
                connection.Outbound.Offer(outbound.Make("Heads", [heads]));
            if (connection.Agent is { } agent && inboxes.TryGetValue(agent.AgentId, out var version))
                connection.Outbound.Offer(outbound.Make("InboxHead", new InboxHeadPush(version)));
        }
    }

    private static HeadPush[] HeadsOf(FrontConnection connection, Actor actor)
    {
        var heads = new List<HeadPush>();
        foreach (var (conversationId, watched) in connection.Subscriptions)
        {
            lock (watched.Lock)
            {
                if (watched.MayBeSeenBy(actor))
                    heads.Add(new HeadPush(conversationId, watched.Head));
            }
        }
        return [.. heads];
    }
}
