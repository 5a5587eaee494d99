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

    /// <summary>Inboxes asked at a time: each asks the journal.</summary>
    private const int CallsMax = 16;

    /// <summary>An agent's grain that does not answer by then is left for the next round.</summary>
    private static readonly TimeSpan InboxWaitMax = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RegisterSpread = TimeSpan.FromSeconds(1);
    private readonly OneAtATime _heads = new("telling heads", log);
    private readonly OneAtATime _inboxes = new("telling inboxes' versions", log);

    /// <summary>Begins a round unless one is under way. Never waits.</summary>
    public void Begin() => _heads.Begin(async () =>
    {
        await ReadHeads();
        TellHeads();
        // Apart: a silo that does not answer for its agents holds up nobody's heads.
        _inboxes.Begin(TellInboxes);
    });

    private async Task ReadHeads()
    {
        var ids = watches.All.Where(w => w.Subscribers.Length > 0).Select(w => w.ConversationId).Distinct();
        foreach (var chunk in ids.Chunk(StreamsMax))
        {
            var heads = await journal.Heads([.. chunk.Select(StreamNames.Conversation)]);
            for (var i = 0; i < chunk.Length; i++)
            {
                Learn(watches.Find(chunk[i], Audience.Agents), heads[i].Version, heads[i].Version);
                Learn(watches.Find(chunk[i], Audience.Visitors), heads[i].VisitorSequence, heads[i].Version);
            }
        }
    }

    private void Learn(Watched? watched, long head, long version)
    {
        if (watched is null)
            return;
        lock (watched.Lock)
        {
            // The version too: a visitor's numbers do not rise when an offer is declined, but its place is then told again.
            if (head <= watched.Head && version <= watched.Version)
                return;
            // Stored, and not announced here: whoever announces does not know of this front.
            watched.Head = Math.Max(watched.Head, head);
            watched.Stored = Math.Max(watched.Stored, version);
            watches.RegisterSoon(watched, RegisterSpread);
        }
    }

    private void TellHeads()
    {
        foreach (var connection in connections.All)
        {
            if (connection.CurrentActor() is { } actor && HeadsOf(connection, actor) is var heads
                && (heads.Length > 0 || connection.Agent is not null))
            {
                connection.Outbound.Offer(outbound.Make("Heads", [heads]));
            }
        }
    }

    private Task TellInboxes() => Parallel.ForEachAsync(
        connections.Agents, new ParallelOptions { MaxDegreeOfParallelism = CallsMax }, async (agentId, _) =>
        {
            try
            {
                var version = await grains.Of<IAgentGrain>(agentId).InboxVersion()
                    .WaitAsync(InboxWaitMax, CancellationToken.None);
                var message = outbound.Make("InboxHead", new InboxHeadPush(version));
                foreach (var connection in connections.OfAgent(agentId))
                {
                    if (connection.CurrentActor() is not null)
                        connection.Outbound.Offer(message);
                }
            }
            catch (Exception e)
            {
                log.LogInformation(e, "An inbox's version could not be read");
            }
        });

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
