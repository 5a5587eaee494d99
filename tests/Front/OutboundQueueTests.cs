using System.Buffers;
using CustomerService.Support;
using CustomerService.WebFront.Feed;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.FrontTests;

public sealed class OutboundQueueTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<int> _written = [];
    private TaskCompletionSource? _gate;
    private int _aborts, _counted;

    [Fact]
    public void Writes_in_order_and_is_empty_after()
    {
        var queue = Queue(10, 1_000);
        for (var i = 1; i <= 20; i++)
            queue.Offer(Message(i));
        Assert.Equal(Enumerable.Range(1, 20), _written);
        Assert.True(queue.IsEmpty);
        Assert.Equal(0, _aborts);
    }

    [Theory]
    [InlineData(3, 1_000, 1)] // By count: one is being written, three wait.
    [InlineData(100, 4, 1)] // By bytes.
    public async Task A_reader_too_slow_is_aborted_once_and_gets_nothing_more(int messagesMax, int bytesMax, int bytes)
    {
        _gate = new TaskCompletionSource();
        var queue = Queue(messagesMax, bytesMax);
        for (var i = 0; i < 4; i++)
            queue.Offer(Message(bytes));
        Assert.Equal(0, _aborts);
        queue.Offer(Message(bytes));
        queue.Offer(Message(bytes));
        Assert.Equal(1, _aborts);
        _gate.SetResult();
        await Await.Until("the write under way has ended", () => queue.IsEmpty);
        Assert.Single(_written);
    }

    [Fact]
    public void A_message_over_the_bound_passes_where_nothing_waits()
    {
        var queue = Queue(10, 100);
        queue.Offer(Message(5_000));
        queue.Offer(Message(5_000));
        Assert.Equal([5_000, 5_000], _written);
        Assert.Equal(0, _aborts);
    }

    [Fact]
    public async Task A_write_that_hangs_is_seen()
    {
        _gate = new TaskCompletionSource();
        var queue = Queue(10, 100);
        queue.Offer(Message(1));
        Assert.False(queue.IsStuck(TimeSpan.FromSeconds(10)));
        _clock.Advance(TimeSpan.FromSeconds(11));
        Assert.True(queue.IsStuck(TimeSpan.FromSeconds(10)));
        _gate.SetResult();
        await Await.Until("the write has ended", () => !queue.IsStuck(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_socket_that_throws_is_aborted()
    {
        var queue = new OutboundQueue(
            _ => throw new InvalidOperationException(), static _ => { }, () => _aborts++, 10, 100, _clock);
        queue.Offer(Message(1));
        queue.Offer(Message(1));
        Assert.Equal(1, _aborts);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void An_own_message_leaves_behind_the_answer_that_is_expected()
    {
        var queue = Queue(10, 1_000);
        queue.Expect("m1");
        queue.Offer(Message(1), "m1");
        queue.Answered("m1");
        Assert.Empty(_written);
        Assert.False(queue.IsEmpty);
        var frame = new ArrayBufferWriter<byte>();
        queue.WriteTo(frame, Json);
        Assert.Equal(Json.GetMessageBytes(new InvocationMessage("Events", [])).ToArray(), frame.WrittenSpan.ToArray());
        Assert.True(queue.IsEmpty);
        Assert.Equal(1, _counted);
        queue.Release();
        Assert.Empty(_written);
    }

    [Theory]
    [InlineData(null)] // Not its own.
    [InlineData("m2")] // Its own, from another of its connections.
    public void What_no_answer_is_expected_for_is_written_at_once_and_takes_along_what_waits(string? ownId)
    {
        var queue = Queue(10, 1_000);
        queue.Expect("m1");
        queue.Offer(Message(1), "m1");
        queue.Offer(Message(2), ownId);
        Assert.Equal([1, 2], _written);
    }

    [Fact]
    public void Where_no_answer_came_the_own_message_leaves_by_itself()
    {
        var queue = Queue(10, 1_000);
        queue.Expect("m1");
        queue.Offer(Message(1), "m1");
        queue.Answered("m1");
        queue.Release();
        Assert.Equal([1], _written);
    }

    [Fact]
    public async Task Nothing_passes_what_is_being_written()
    {
        _gate = new TaskCompletionSource();
        var queue = Queue(10, 1_000);
        queue.Offer(Message(1));
        queue.Expect("m1");
        queue.Offer(Message(2), "m1");
        var frame = new ArrayBufferWriter<byte>();
        queue.WriteTo(frame, Json);
        Assert.Equal(0, frame.WrittenCount);
        _gate.SetResult();
        await Await.Until("both are written", () => queue.IsEmpty);
        Assert.Equal([1, 2], _written);
    }

    private static JsonHubProtocol Json { get; } = new();

    private static Outbound Message(int bytes) =>
        new(new SerializedHubMessage(new InvocationMessage("Events", [])), bytes);

    private OutboundQueue Queue(int messagesMax, int bytesMax) => new(
        async message =>
        {
            _written.Add(message.Bytes);
            if (_gate is { } gate)
                await gate.Task;
        },
        bytes => _counted += bytes, () => _aborts++, messagesMax, bytesMax, _clock);
}
