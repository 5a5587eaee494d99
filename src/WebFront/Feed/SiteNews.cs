using CustomerService.Grains.Catalogue;
using CustomerService.WebFront.Endpoints;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Feed;

/// <summary>
/// Tells visitors whether anybody of their site's queue is there, when that changes: the widget of somebody who has not
/// written yet knew it only from its session, and kept asking for a message to be left after agents had come. Those who
/// wait in a queue are told by <see cref="WaitingPlaces"/>.
/// </summary>
internal sealed class SiteNews(
    Connections connections, ICatalogueCache catalogue, QueueBoard board, OutboundMaker outbound,
    IOptions<FeedOptions> options, TimeProvider clock, ILogger<SiteNews> log) : BackgroundService
{
    private readonly OneAtATime _round = new("telling visitors who is there", log);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.PositionsSeconds), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                _round.Begin(Round);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task Round()
    {
        var visitors = connections.All.Where(c => c.Visitor is not null)
            .GroupBy(c => c.Visitor!.SiteKey, StringComparer.Ordinal);
        foreach (var site in visitors)
        {
            if ((await catalogue.Get()).Site(site.Key) is not { } known)
                continue;
            // A queue that did not answer is no news.
            if (await board.Overview(known.QueueId) is null)
                continue;
            var online = await board.AnybodyOnline(known.QueueId);
            var news = outbound.Make("Signal", new SitePush("", "site", online));
            foreach (var connection in site)
            {
                if (connection.ToldOnline == online)
                    continue;
                connection.ToldOnline = online;
                connection.Outbound.Offer(news);
            }
        }
    }
}
