using CustomerService.Storage.Conversations;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// Tells agents who watch lists how each queue stands and that something in it changed; what changed they fetch as far as
/// they show it. One query a second for all of them, whatever is written meanwhile: no message costs anything here, and
/// where nobody watches nothing is asked.
/// </summary>
internal sealed class ListNews(
    Connections connections, IConversationIndex index, OutboundMaker outbound, IOptions<FeedOptions> options,
    TimeProvider clock, ILogger<ListNews> log) : BackgroundService
{
    /// <summary>Most queues in one push: a frame stays small.</summary>
    private const int QueuesMax = 200;

    /// <summary>Asking takes one part of so many of the time at most.</summary>
    private const int ShareOfTime = 20;

    private readonly OneAtATime _round = new("telling agents about lists", log);
    private long _notBefore;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.ListsSeconds), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (clock.GetTimestamp() >= Interlocked.Read(ref _notBefore))
                    _round.Begin(() => Round(stoppingToken));
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task Round(CancellationToken cancellationToken)
    {
        var watching = connections.All.Where(connection => connection.ToldLists is not null).ToList();
        if (watching.Count == 0)
            return;
        var began = clock.GetTimestamp();
        var counts = (await index.Counts(cancellationToken))
            .ToDictionary(queue => queue.QueueId, StringComparer.Ordinal);
        var now = clock.GetTimestamp();
        Interlocked.Exchange(ref _notBefore, now + ((now - began) * ShareOfTime));
        foreach (var connection in watching)
            Tell(connection, counts);
    }

    private void Tell(FrontConnection connection, Dictionary<string, QueueCounts> counts)
    {
        if (connection.ToldLists is not { } told || connection.CurrentActor() is not { } actor)
            return;
        foreach (var chunk in ListChanges.Of(told, counts, actor).Chunk(QueuesMax))
            connection.Outbound.Offer(outbound.Make("Lists", new ListsPush(chunk)));
    }
}

/// <summary>What a connection has to be told. Pure but for the notes it keeps.</summary>
internal static class ListChanges
{
    /// <summary>The queues that stand otherwise than told, of those that the agent may see; noted as told. A queue whose
    /// last conversation closed is told with zeros, and one that the agent serves no more is forgotten.</summary>
    public static List<QueueCountsPush> Of(
        Dictionary<string, QueueCounts> told, IReadOnlyDictionary<string, QueueCounts> counts, Actor actor)
    {
        var news = new List<QueueCountsPush>();
        foreach (var gone in told.Values.Where(queue => !counts.ContainsKey(queue.QueueId)).ToList())
        {
            told.Remove(gone.QueueId);
            news.Add(new QueueCountsPush(gone.QueueId, 0, 0, 0, 0));
        }
        foreach (var queue in counts.Values.OrderBy(queue => queue.QueueId, StringComparer.Ordinal))
        {
            if (!actor.MaySee(queue.QueueId, null))
            {
                told.Remove(queue.QueueId);
            }
            else if (!told.TryGetValue(queue.QueueId, out var before) || before != queue)
            {
                told[queue.QueueId] = queue;
                news.Add(new QueueCountsPush(
                    queue.QueueId, queue.Waiting, queue.Offered, queue.Assigned, queue.Snoozed));
            }
        }
        return news;
    }
}
