using System.Collections.Concurrent;
using System.Collections.Immutable;
using CustomerService.Feed;
using CustomerService.Hosting.Feed;
using CustomerService.Hosting.Telemetry;
using CustomerService.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.FrontTests;

/// <summary>What a silo has to tell fronts in other processes.</summary>
public sealed class ClusterFeedTests
{
    [Fact]
    public async Task Order_is_kept_and_what_comes_during_a_call_goes_into_the_next()
    {
        var front = new Receiver { Holds = true };
        using var metrics = new FeedMetrics();
        using var feed = Feed(metrics, ("client/a", front));
        feed.Send("client/a", new ProbeEnvelope(0));
        await Await.Until("the first call came", () => front.Calls.Count == 1);
        for (var i = 1; i <= 600; i++)
            feed.Send("client/a", new ProbeEnvelope(i));
        front.Release();
        await Await.Until("all came", () => front.Heard.Count() == 601);
        Assert.Equal(Enumerable.Range(0, 601).Select(i => (FeedEnvelope)new ProbeEnvelope(i)), front.Heard);
        Assert.Equal([1, 256, 256, 88], front.Calls.Select(call => call.Length));
        feed.Dispose(); // A container that has it under two names ends it twice.
    }

    [Fact]
    public async Task A_front_that_does_not_answer_holds_up_no_other_and_its_lane_is_bounded()
    {
        var (silent, lively) = (new Receiver { Holds = true }, new Receiver());
        using var metrics = new FeedMetrics();
        using var feed = Feed(metrics, ("client/silent", silent), ("client/lively", lively));
        feed.Send("client/silent", new ProbeEnvelope(0));
        await Await.Until("the call came", () => silent.Calls.Count == 1);
        for (var i = 1; i <= FrontLane.WaitingMax + 5; i++)
            feed.Send("client/silent", new ProbeEnvelope(i));
        feed.Send("client/lively", new ProbeEnvelope(1));
        await Await.Until("the other front heard", () => lively.Heard.Any());
        Assert.Equal(FrontLane.WaitingMax, metrics.Waiting());
        Assert.Equal(5, metrics.DroppedCount);
        silent.Release();
    }

    [Fact]
    public async Task One_call_in_a_tenth_of_a_second_is_answered()
    {
        var front = new Receiver();
        using var metrics = new FeedMetrics();
        var clock = new FakeTimeProvider();
        using var feed = Feed(metrics, clock, ("client/a", front));
        int[] afterMs = [0, 10, 10, 10, 90, 10, 150];
        for (var i = 0; i < afterMs.Length; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(afterMs[i]));
            feed.Send("client/a", new ProbeEnvelope(i));
            await Await.Until($"envelope {i} was told", () => metrics.SentCount == i + 1);
        }
        Assert.Equal(Enumerable.Range(0, 7).Select(i => (FeedEnvelope)new ProbeEnvelope(i)), front.Heard);
        Assert.Equal([true, false, false, false, true, false, true], front.Answers);
    }

    [Fact]
    public async Task What_comes_within_two_milliseconds_of_a_call_goes_into_the_next()
    {
        var front = new Receiver();
        using var metrics = new FeedMetrics();
        var clock = new FakeTimeProvider();
        using var feed = Feed(metrics, clock, ("client/a", front));
        for (var i = 0; i < 2; i++)
        {
            feed.Send("client/a", new ProbeEnvelope(i));
            await Await.Until($"envelope {i} was told", () => metrics.SentCount == i + 1);
        }
        for (var i = 2; i < 50; i++)
            feed.Send("client/a", new ProbeEnvelope(i));
        await Await.Until("the others came", () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            return front.Heard.Count() == 50;
        });
        Assert.Equal([1, 1, 48], front.Calls.Select(call => call.Length));
    }

    [Fact]
    public async Task A_front_that_stops_answering_is_told_a_bounded_number_more()
    {
        var front = new Receiver { Holds = true };
        using var metrics = new FeedMetrics();
        using var feed = Feed(metrics, ("client/a", front));
        feed.Send("client/a", new ProbeEnvelope(0));
        front.Release();
        await Await.Until("it was answered", () => metrics.SentCount == 1);
        front.Hold();
        for (var i = 1; i <= 5_000; i++)
            feed.Send("client/a", new ProbeEnvelope(i));
        await Await.Until("an answer was asked for again", () => front.Answers.Count(answer => answer) == 2);
        Assert.InRange(front.Heard.Count(), 2, 1 + FrontLane.UnansweredMax + FrontLane.BatchMax);
        Assert.Equal(5_001, front.Heard.Count() + metrics.Waiting());
        front.Release();
        await Await.Until("all came", () => front.Heard.Count() == 5_001);
    }

    [Fact]
    public async Task After_a_call_that_failed_the_next_ones_arrive()
    {
        var front = new Receiver { Failures = 2 };
        using var metrics = new FeedMetrics();
        using var feed = Feed(metrics, ("client/a", front));
        feed.Send("client/a", new ProbeEnvelope(1));
        await Await.Until("it failed", () => metrics.DroppedCount == 1);
        feed.Send("client/a", new ProbeEnvelope(2));
        await Await.Until("it failed again", () => metrics.DroppedCount == 2);
        feed.Send("client/a", new ProbeEnvelope(3));
        await Await.Until("it arrived", () => front.Heard.Any());
        Assert.Equal([new ProbeEnvelope(3)], front.Heard);
    }

    [Fact]
    public async Task A_lane_that_has_nothing_to_tell_ends_and_begins_anew_when_it_has()
    {
        var front = new Receiver();
        using var metrics = new FeedMetrics();
        var clock = new FakeTimeProvider();
        using var feed = Feed(metrics, clock, ("client/a", front));
        feed.Send("client/a", new ProbeEnvelope(1));
        await Await.Until("it arrived", () => front.Heard.Any());
        Assert.Equal(1, feed.Lanes);
        await Await.Until("the lane ended", () =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return feed.Lanes == 0;
        });
        feed.Send("client/a", new ProbeEnvelope(2));
        await Await.Until("the next arrived", () => front.Heard.Count() == 2);
    }

    [Fact]
    public void An_id_that_is_no_address_has_no_lane()
    {
        using var metrics = new FeedMetrics();
        using var feed = Feed(metrics);
        feed.Send("0123456789abcdef", new ProbeEnvelope(1));
        Assert.Equal(0, feed.Lanes);
    }

    private static ClusterFeed Feed(FeedMetrics metrics, params (string Id, Receiver Front)[] fronts) =>
        Feed(metrics, TimeProvider.System, fronts);

    private static ClusterFeed Feed(FeedMetrics metrics, TimeProvider clock, params (string Id, Receiver Front)[] fronts) => new(
        id => fronts.Single(front => front.Id == id).Front, metrics, clock, NullLogger<ClusterFeed>.Instance);

    private sealed class Receiver : IFrontReceiver
    {
        private volatile TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _failures;

        public bool Holds { get; init; }

        public int Failures { init => _failures = value; }

        public ConcurrentQueue<ImmutableArray<FeedEnvelope>> Calls { get; } = new();

        /// <summary>Of each call, whether it wanted an answer.</summary>
        public ConcurrentQueue<bool> Answers { get; } = new();

        public IEnumerable<FeedEnvelope> Heard => Calls.SelectMany(call => call);

        public void Release() => _released.SetResult();

        public void Hold() => _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Hand(ImmutableArray<FeedEnvelope> envelopes)
        {
            Calls.Enqueue(envelopes);
            Answers.Enqueue(false);
            return Task.CompletedTask;
        }

        public async Task Deliver(ImmutableArray<FeedEnvelope> envelopes)
        {
            if (Interlocked.Decrement(ref _failures) >= 0)
                throw new TimeoutException("No answer.");
            Calls.Enqueue(envelopes);
            Answers.Enqueue(true);
            if (Holds)
                await _released.Task;
        }
    }
}
