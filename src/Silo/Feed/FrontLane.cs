using System.Collections.Immutable;
using System.Threading.Channels;
using CustomerService.Feed;
using CustomerService.Hosting.Telemetry;
using Microsoft.Extensions.Logging;

namespace CustomerService.Hosting.Feed;

/// <summary>
/// What one silo has to tell one front, in order. One call is under way at a time, and what comes meanwhile goes into
/// the next: batches form by themselves under load, and a lone envelope leaves at once. A full lane and a failing call
/// drop envelopes: heads and sequences heal what is lost.
/// </summary>
internal sealed class FrontLane : IDisposable
{
    /// <summary>Envelopes that wait at most: about a second of what a front takes.</summary>
    public const int WaitingMax = 8_192;

    /// <summary>Envelopes of one call at most, so that the first does not wait for a thousand to be written.</summary>
    public const int BatchMax = 256;

    /// <summary>A lane that had nothing to tell for so long ends: its front may be gone for good.</summary>
    private static readonly TimeSpan s_idleMax = TimeSpan.FromMinutes(1);

    /// <summary>After a call that failed, and twice as long after each further one: what gathers meanwhile is not lost,
    /// and a front that is gone costs little.</summary>
    private static readonly TimeSpan s_pauseMin = TimeSpan.FromMilliseconds(100), s_pauseMax = TimeSpan.FromSeconds(5);

    private readonly Channel<FeedEnvelope> _waiting = Channel.CreateBounded<FeedEnvelope>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true });

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly string _frontId;
    private readonly Func<IFrontReceiver> _receiver;
    private readonly Action<FrontLane> _letGo;
    private readonly FeedMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private volatile bool _ended;

    /// <summary>Begins.</summary>
    /// <param name="frontId">Whose, for the log.</param>
    /// <param name="receiver">The front's address.</param>
    /// <param name="letGo">Takes this lane out of use: from then on it is given nothing.</param>
    public FrontLane(
        string frontId, Func<IFrontReceiver> receiver, Action<FrontLane> letGo, FeedMetrics metrics, TimeProvider clock,
        ILogger log)
    {
        (_frontId, _receiver, _letGo, _metrics, _clock, _log) = (frontId, receiver, letGo, metrics, clock, log);
        _stopping = _stop.Token;
        // Off the turn of the grain that announces, whose context must not be carried along.
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(Run);
    }

    /// <summary>How many wait.</summary>
    public int Waiting => _waiting.Reader.Count;

    /// <summary>Adds one unless the lane is full or has ended.</summary>
    public bool TryAdd(FeedEnvelope envelope, out bool ended)
    {
        var added = _waiting.Writer.TryWrite(envelope);
        ended = !added && _ended;
        return added;
    }

    /// <summary>Ends it at once; again is fine.</summary>
    public void Dispose() => _stop.Cancel();

    private async Task Run()
    {
        var round = new List<FeedEnvelope>(BatchMax);
        var failures = 0;
        try
        {
            while (await More())
            {
                while (round.Count < BatchMax && _waiting.Reader.TryRead(out var envelope))
                    round.Add(envelope);
                failures = await Tell([.. round]) ? 0 : failures + 1;
                round.Clear();
                if (failures > 0)
                    await Task.Delay(Pause(failures), _clock, _stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops: what is left is healed by whoever asks next.
        }
        catch (Exception e)
        {
            _log.LogError(e, "Pushes to front {Front} ended", _frontId);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Waits until there is something; false once the lane has ended and is empty.</summary>
    private async Task<bool> More()
    {
        try
        {
            return await _waiting.Reader.WaitToReadAsync(_stopping).AsTask().WaitAsync(s_idleMax, _clock);
        }
        catch (TimeoutException)
        {
            End();
            // Whoever looked the lane up before that may have added one more.
            return _waiting.Reader.Count > 0;
        }
    }

    private void End()
    {
        _letGo(this);
        _ended = true;
        _waiting.Writer.TryComplete();
    }

    private async Task<bool> Tell(ImmutableArray<FeedEnvelope> envelopes)
    {
        try
        {
            await _receiver().Deliver(envelopes).WaitAsync(_stopping);
            _metrics.Sent(envelopes.Length);
            return true;
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            _metrics.Dropped(envelopes.Length);
            _log.LogWarning(
                "{Count} pushes to front {Front} were dropped: {Reason}", envelopes.Length, _frontId, e.Message);
            return false;
        }
    }

    private static TimeSpan Pause(int failures)
    {
        var pause = s_pauseMin * Math.Pow(2, Math.Min(failures - 1, 10));
        return pause < s_pauseMax ? pause : s_pauseMax;
    }
}
