using System.Collections.Concurrent;
using System.Threading.Channels;
using CustomerService.Feed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CustomerService.Grains.Feed;

/// <summary>
/// Sends envelopes over one grain stream per front. Grains only write into a bounded channel per front; one loop per
/// front, outside any grain's scheduler, sends what waits as a batch, in order. A full channel drops, as does a failed
/// send: heads heal both.
/// </summary>
public sealed partial class StreamFeed(IClusterClient cluster, TimeProvider clock, ILogger<StreamFeed> log)
    : BackgroundService, IFeed
{
    /// <summary>Envelopes waiting for one front: about a second of a busy one; a front behind that heals by heads.
    /// </summary>
    private const int WaitingMax = 4_096;

    /// <summary>Envelopes in one batch: keeps a message to the stream small.</summary>
    private const int BatchMax = 128;

    /// <summary>A front nobody told anything for this long is gone, or will be found again.</summary>
    private static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Channel<FeedEnvelope>> _fronts = new(StringComparer.Ordinal);
    private readonly Channel<string> _newFronts = Channel.CreateUnbounded<string>();
    private long _dropped;

    /// <summary>Envelopes dropped since the start: a health figure.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Send(string frontId, FeedEnvelope envelope)
    {
        if (!_fronts.TryGetValue(frontId, out var waiting))
        {
            var added = Channel.CreateBounded<FeedEnvelope>(
                new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
            waiting = _fronts.GetOrAdd(frontId, added);
            if (ReferenceEquals(waiting, added))
                _newFronts.Writer.TryWrite(frontId);
        }
        if (!waiting.Writer.TryWrite(envelope))
            Interlocked.Increment(ref _dropped);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new List<Task>();
        try
        {
            await foreach (var frontId in _newFronts.Reader.ReadAllAsync(stoppingToken))
            {
                loops.RemoveAll(loop => loop.IsCompleted);
                loops.Add(SendAll(frontId, _fronts[frontId], stoppingToken));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(loops); // Each ends by the same token and throws nothing.
        }
    }

    private async Task SendAll(string frontId, Channel<FeedEnvelope> waiting, CancellationToken stoppingToken)
    {
        await Task.Yield();
        var batch = new List<FeedEnvelope>(BatchMax);
        while (await Next(waiting.Reader, stoppingToken))
        {
            while (batch.Count < BatchMax && waiting.Reader.TryRead(out var envelope))
                batch.Add(envelope);
            try
            {
                var stream = cluster.GetStreamProvider(FeedStreams.Provider)
                    .GetStream<FeedEnvelope>(StreamId.Create(FeedStreams.Namespace, frontId));
                await stream.OnNextBatchAsync(batch);
            }
            catch (Exception error)
            {
                Interlocked.Add(ref _dropped, batch.Count);
                LogNotSent(error, batch.Count, frontId);
            }
            batch.Clear();
        }
        _fronts.TryRemove(frontId, out _);
        waiting.Writer.TryComplete();
        Interlocked.Add(ref _dropped, waiting.Reader.CanCount ? waiting.Reader.Count : 0);
    }

    /// <summary>Waits for something to send. False where the loop should end.</summary>
    private async Task<bool> Next(ChannelReader<FeedEnvelope> reader, CancellationToken stoppingToken)
    {
        if (reader.Count > 0)
            return !stoppingToken.IsCancellationRequested;
        using var idle = new CancellationTokenSource(IdleMax, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, stoppingToken);
        try
        {
            return await reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} envelopes to front {FrontId} were not sent.")]
    private partial void LogNotSent(Exception error, int count, string frontId);
}
