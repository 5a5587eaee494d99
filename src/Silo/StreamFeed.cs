using System.Threading.Channels;
using CustomerService.Feed;
using CustomerService.Grains.Feed;
using CustomerService.Hosting.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace CustomerService.Hosting;

/// <summary>
/// The feed over Orleans streams. Grains only put envelopes into a bounded channel; one pump outside of every grain sends
/// them, in order for each front and in batches under load. A full channel and a failing stream drop envelopes: heads
/// and sequences heal what is lost.
/// </summary>
public sealed class StreamFeed(IServiceProvider services, FeedMetrics metrics, ILogger<StreamFeed> log)
    : BackgroundService, IFeed
{
    /// <summary>Envelopes that wait for the pump at most: under a second of the rate one stream provider carries.</summary>
    public const int WaitingMax = 32_768;

    /// <summary>Envelopes of one round. The memory streams refuse at 16,384 events; rounds stay well below.</summary>
    public const int BatchMax = 1_024;

    // A queue whose silo has just died must not hold up the fronts of the other queues for a whole call timeout.
    private static readonly TimeSpan s_roundMax = TimeSpan.FromSeconds(2);

    private readonly Channel<Item> _waiting = Channel.CreateBounded<Item>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite },
        _ => metrics.Dropped(1));

    /// <inheritdoc/>
    public void Send(string frontId, FeedEnvelope envelope) => _waiting.Writer.TryWrite(new Item(frontId, envelope));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Waiting = () => _waiting.Reader.Count;
        var round = new List<Item>(BatchMax);
        var byFront = new Dictionary<string, List<FeedEnvelope>>(StringComparer.Ordinal);
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                while (round.Count < BatchMax && _waiting.Reader.TryRead(out var item))
                    round.Add(item);
                foreach (var (frontId, envelope) in round)
                {
                    if (!byFront.TryGetValue(frontId, out var envelopes))
                        byFront.Add(frontId, envelopes = []);
                    envelopes.Add(envelope);
                }
                await SendRound(byFront, stoppingToken);
                round.Clear();
                byFront.Clear();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: what is left is healed by whoever asks next.
        }
    }

    private async Task SendRound(Dictionary<string, List<FeedEnvelope>> byFront, CancellationToken stoppingToken)
    {
        try
        {
            // Looked up here and not in the constructor: the provider exists only once the silo has started.
            var provider = services.GetRequiredKeyedService<IStreamProvider>(FeedStreams.Provider);
            var sends = byFront.Select(front =>
            {
                var stream = provider.GetStream<FeedEnvelope>(StreamId.Create(FeedStreams.Namespace, front.Key));
                return front.Value is [var only] ? stream.OnNextAsync(only) : stream.OnNextBatchAsync(front.Value);
            });
            await Task.WhenAll(sends).WaitAsync(s_roundMax, stoppingToken);
            metrics.Sent(byFront.Values.Sum(static envelopes => envelopes.Count));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            metrics.Dropped(byFront.Values.Sum(static envelopes => envelopes.Count));
            log.LogWarning("Pushes to {Fronts} fronts were dropped: {Reason}", byFront.Count, e.Message);
        }
    }

    private readonly record struct Item(string FrontId, FeedEnvelope Envelope);
}
