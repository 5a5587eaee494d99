using System.Collections.Immutable;
using System.Threading.Channels;
using CustomerService.Feed;
using CustomerService.Hosting.Telemetry;
using Microsoft.Extensions.Logging;

namespace CustomerService.Hosting.Feed;

/// <summary>
/// What one silo has to tell one front, in order. A lone envelope leaves at once, and what comes within two milliseconds of
/// a call goes into the next: batches form by themselves under load. A call in a tenth of a second is answered, and nothing
/// else leaves before that answer is there, so that a front that takes nothing is told nothing; the others ask for none,
/// because most answers come in at a silo that has to pass them on. A full lane and a failing call drop envelopes: heads and
/// sequences heal what is lost.
/// </summary>
internal sealed class FrontLane : IDisposable
{
    /// <summary>Envelopes that wait at most: about a second of what a front takes.</summary>
    public const int WaitingMax = 8_192;

    /// <summary>Envelopes of one call at most, so that the first does not wait for a thousand to be written.</summary>
    public const int BatchMax = 256;

    /// <summary>Envelopes that leave at most without an answer to the ones before.</summary>
    public const int UnansweredMax = 1_024;

    /// <summary>So long after an answer the next call wants one again.</summary>
    private static readonly TimeSpan s_answerEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>From a call without an answer to the next. An answer takes about as long when silo and front are busy.
    /// </summary>
    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(2);

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
    private long _answeredAt, _handedAt;
    private int _unanswered = UnansweredMax;

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
                if (Left(_handedAt, s_gap) is var left && left > TimeSpan.Zero)
                    await Task.Delay(left, _clock, _stopping);
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
            if (_unanswered + envelopes.Length <= UnansweredMax && Left(_answeredAt, s_answerEvery) > TimeSpan.Zero)
            {
                await _receiver().Hand(envelopes);
                _handedAt = _clock.GetTimestamp();
                _unanswered += envelopes.Length;
            }
            else
            {
                await _receiver().Deliver(envelopes).WaitAsync(_stopping);
                _answeredAt = _clock.GetTimestamp();
                _unanswered = 0;
            }
            _metrics.Sent(envelopes.Length);
            return true;
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            _unanswered = UnansweredMax;
            _metrics.Dropped(envelopes.Length);
            _log.LogWarning(
                "{Count} pushes to front {Front} were dropped: {Reason}", envelopes.Length, _frontId, e.Message);
            return false;
        }
    }

    /// <summary>What is left of a time that began then; none or less once it is over.</summary>
    private TimeSpan Left(long since, TimeSpan time) => time - _clock.GetElapsedTime(since);

    private static TimeSpan Pause(int failures)
    {
        var pause = s_pauseMin * Math.Pow(2, Math.Min(failures - 1, 10));
        return pause < s_pauseMax ? pause : s_pauseMax;
    }
}
