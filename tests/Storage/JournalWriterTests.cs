using System.Diagnostics;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Writer;
using CustomerService.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CustomerService.Storage.Tests;

/// <summary>The writer before any database: bounds, order, cancellation, end. Its engine is held by the test.</summary>
#pragma warning disable CA1001 // The writer under test disposes the engine.
public sealed class JournalWriterTests
#pragma warning restore CA1001
{
    private readonly HeldEngine _engine = new();

    [Fact]
    public async Task A_full_channel_refuses_at_once_and_takes_again_once_it_drains()
    {
        await using var writer = Writer(new StorageOptions { WaitingCountMax = 100 });
        await _engine.HoldsOne(writer);
        var waiting = Enumerable.Range(0, 100).Select(_ => Append(writer)).ToList();
        var started = Stopwatch.GetTimestamp();
        for (var n = 0; n < 1_000; n++)
            Assert.IsType<JournalOverloadedException>(Append(writer).Exception?.InnerException);
        // Microseconds each; the bound only tells that nothing waited.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(500));
        Assert.Equal(100, writer.WaitingCount);
        _engine.Release();
        await Task.WhenAll(waiting);
        await Append(writer);
    }

    [Fact]
    public async Task Bytes_are_bounded_too()
    {
        await using var writer = Writer(new StorageOptions { WaitingBytesMax = 64 << 10 });
        await _engine.HoldsOne(writer);
        var big = Given.Append(Given.Stream(), 0, Given.Event() with { Data = new byte[40_000] });
        var first = writer.Append(big, default);
        await Assert.ThrowsAsync<JournalOverloadedException>(() => writer.Append(big, default));
        _engine.Release();
        await first;
    }

    [Fact]
    public async Task One_that_is_cancelled_while_it_waits_is_never_sent()
    {
        await using var writer = Writer(new StorageOptions());
        await _engine.HoldsOne(writer);
        using var cancel = new CancellationTokenSource();
        var stream = Given.Stream();
        var cancelled = writer.Append(Given.Append(stream, 0), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _engine.Release();
        await Append(writer);
        Assert.DoesNotContain(stream, _engine.Written);
    }

    [Fact]
    public async Task One_that_was_sent_ignores_its_token()
    {
        await using var writer = Writer(new StorageOptions());
        using var cancel = new CancellationTokenSource();
        var sent = writer.Append(Given.Append(Given.Stream(), 0), cancel.Token);
        await _engine.Entered;
        await cancel.CancelAsync();
        _engine.Release();
        await sent;
    }

    [Fact]
    public async Task One_that_waits_too_long_behind_a_stalled_database_is_refused_unsent()
    {
        await using var writer = Writer(new StorageOptions { WaitMax = TimeSpan.FromMilliseconds(100) });
        await _engine.HoldsOne(writer);
        var stream = Given.Stream();
        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => writer.Append(Given.Append(stream, 0), default));
        Assert.Equal(0, writer.WaitingCount);
        _engine.Release();
        await Append(writer);
        Assert.DoesNotContain(stream, _engine.Written);
    }

    [Fact]
    public async Task Appends_of_one_stream_go_one_a_batch_and_in_order()
    {
        await using var writer = Writer(new StorageOptions());
        await _engine.HoldsOne(writer);
        var stream = Given.Stream();
        var work = Enumerable.Range(0, 5).Select(n => writer.Append(Given.Append(stream, n), default)).ToList();
        _engine.Release();
        await Task.WhenAll(work);
        var versions = _engine.Batches.SelectMany(b => b.Where(a => a.Append.Stream == stream))
            .Select(a => a.Append.ExpectedVersion);
        Assert.Equal([0L, 1, 2, 3, 4], versions);
        Assert.All(_engine.Batches, b => Assert.Equal(b.Count, b.Select(a => a.Append.Stream).Distinct().Count()));
    }

    [Fact]
    public async Task After_a_batch_of_four_what_comes_is_gathered_for_a_millisecond()
    {
        var time = new ToldTimeProvider();
        await using var writer = Writer(new StorageOptions(), time);
        await _engine.HoldsOne(writer);
        var four = Enumerable.Range(0, 4).Select(_ => Append(writer)).ToList();
        _engine.Release();
        await Task.WhenAll(four);
        await time.Waits;
        Task[] gathered = [Append(writer), Append(writer)];
        Assert.All(gathered, append => Assert.False(append.IsCompleted));
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Task.WhenAll(gathered);
        Assert.Equal([1, 4, 2], _engine.Batches.Select(b => b.Count));
    }

    [Fact]
    public async Task After_three_nobody_waits()
    {
        await using var writer = Writer(new StorageOptions(), new FakeTimeProvider());
        await _engine.HoldsOne(writer);
        var three = Enumerable.Range(0, 3).Select(_ => Append(writer)).ToList();
        _engine.Release();
        await Task.WhenAll(three);
        await Append(writer);
    }

    [Fact]
    public async Task Nobody_gathers_where_enough_waits_already()
    {
        var time = new ToldTimeProvider();
        await using var writer = Writer(new StorageOptions { BatchCountMax = 4 }, time);
        await _engine.HoldsOne(writer);
        var many = Enumerable.Range(0, 73).Select(_ => Append(writer)).ToList();
        _engine.Release();
        // Behind the first batch of four wait 69, behind the next 65, behind the third only 61.
        await Task.WhenAll(many[..12]);
        await time.Waits;
        Assert.Equal([1, 4, 4, 4], _engine.Batches.Select(b => b.Count));
        Assert.Equal(61, writer.WaitingCount);
        await Await.Until("all are written", () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            return many.TrueForAll(append => append.IsCompletedSuccessfully);
        });
    }

    [Fact]
    public async Task A_batch_is_sorted_by_stream()
    {
        await using var writer = Writer(new StorageOptions());
        await _engine.HoldsOne(writer);
        var work = Enumerable.Range(0, 50).Select(_ => Append(writer)).ToList();
        _engine.Release();
        await Task.WhenAll(work);
        var streams = _engine.Batches[^1].Select(a => a.Append.Stream).ToList();
        Assert.Equal(50, streams.Count);
        Assert.Equal(streams.Order(StringComparer.Ordinal), streams);
    }

    [Fact]
    public async Task An_engine_that_fails_leaves_the_outcome_unknown_and_the_writer_alive()
    {
        await using var writer = Writer(new StorageOptions());
        _engine.Failure = new InvalidOperationException("broken");
        _engine.Release();
        await Assert.ThrowsAsync<AppendOutcomeUnknownException>(() => Append(writer));
        _engine.Failure = null;
        await Append(writer);
    }

    [Fact]
    public async Task Coalesced_writes_merge_by_key_and_survive_a_failed_flush()
    {
        await using var writer = Writer(new StorageOptions());
        _engine.Failure = new InvalidOperationException("broken");
        _engine.Release();
        for (var version = 1; version <= 100; version++)
        {
            writer.Touch("c1", new(version, version, Given.Noon, $"text {version}", "visitor:v", version));
            writer.MarkRead("c1", "visitor", 101 - version);
        }
        await Await.Until("a flush was tried", () => _engine.Tries > 0);
        _engine.Failure = null;
        await Await.Until("it was flushed", () => _engine.Coalesced.Count > 0);
        var flushed = Assert.Single(_engine.Coalesced);
        Assert.Equal("text 100", Assert.Single(flushed.Activities()).Value.Preview);
        Assert.Equal(100, Assert.Single(flushed.Marks()).Value);
    }

    [Fact]
    public async Task It_writes_what_waits_before_it_ends_and_takes_nothing_after()
    {
        var writer = Writer(new StorageOptions());
        await _engine.HoldsOne(writer);
        var waiting = Enumerable.Range(0, 20).Select(_ => Append(writer)).ToList();
        writer.Touch("c1", new(1, 1, null, "", "", 0));
        var ending = writer.DisposeAsync();
        await Assert.ThrowsAsync<JournalUnavailableException>(() => Append(writer));
        _engine.Release();
        await ending;
        await Task.WhenAll(waiting);
        Assert.Single(_engine.Coalesced);
    }

    private JournalWriter Writer(StorageOptions options, TimeProvider? time = null) =>
        new(_engine, options, new StorageMetrics(), NullLogger.Instance, time);

    private static Task Append(JournalWriter writer) => writer.Append(Given.Append(Given.Stream(), 0), default);

    /// <summary>Tells when somebody has begun to wait.</summary>
    private sealed class ToldTimeProvider : FakeTimeProvider
    {
        private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Waits => _waits.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.TrySetResult();
            return timer;
        }
    }

    /// <summary>Stores in memory; holds every batch until released.</summary>
    private sealed class HeldEngine : IJournalEngine
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile Exception? _failure;

        public List<List<PendingAppend>> Batches { get; } = [];

        public List<CoalescedWrites> Coalesced { get; } = [];

        public int Tries { get; private set; }

        public Exception? Failure
        {
            get => _failure;
            set => _failure = value;
        }

        public Task Entered => _entered.Task;

        public IEnumerable<string> Written => Batches.SelectMany(b => b.Select(a => a.Append.Stream));

        public void Release() => _released.TrySetResult();

        /// <summary>Keeps the engine busy, so that what follows waits.</summary>
        public async Task HoldsOne(JournalWriter writer)
        {
            _ = writer.Append(Given.Append(Given.Stream(), 0), default);
            await Entered;
        }

        public async Task Write(WriteBatch batch)
        {
            _entered.TrySetResult();
            await _released.Task;
            Tries++;
            if (Failure is { } failure)
                throw failure;
            Batches.Add([.. batch.Appends]);
        }

        public Task Write(CoalescedWrites coalesced)
        {
            Tries++;
            if (Failure is { } failure)
                return Task.FromException(failure);
            Coalesced.Add(coalesced);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
