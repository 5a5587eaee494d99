using CustomerService.Grains.Conversations;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.Unit.Tests.Conversations;

/// <summary>The first change is told at once, those that follow together.</summary>
public sealed class InboxLineTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Timer _timer = new();
    private int _told;

    [Fact]
    public void A_change_after_a_pause_is_told_at_once_and_needs_no_timer()
    {
        var line = Line();
        line.Changed();
        _clock.Advance(InboxLine.Pause);
        line.Changed();
        Assert.Equal(2, _told);
        Assert.Empty(_timer.Due);
    }

    [Fact]
    public void Changes_that_follow_closely_are_told_together_when_the_pause_is_over()
    {
        var line = Line();
        line.Changed();
        _clock.Advance(InboxLine.Pause / 4);
        for (var i = 0; i < 10; i++)
            line.Changed();
        Assert.Equal(1, _told);
        Assert.Equal([InboxLine.Pause * 0.75], _timer.Due);
        _clock.Advance(InboxLine.Pause * 0.75);
        _timer.Ring!();
        Assert.Equal(2, _told);
        line.Changed();
        Assert.Equal(2, _told); // The last telling has begun a pause too.
        _clock.Advance(InboxLine.Pause);
        _timer.Ring!();
        Assert.Equal(3, _told);
        _timer.Ring!();
        Assert.Equal(3, _told);
    }

    public void Dispose() => _timer.Dispose();

    private InboxLine Line() => new(() => _told++, ring =>
    {
        _timer.Ring = ring;
        return _timer;
    }, _clock);

    private sealed class Timer : IGrainTimer
    {
        public List<TimeSpan> Due { get; } = [];

        public Action? Ring { get; set; }

        public void Change(TimeSpan dueTime, TimeSpan period) => Due.Add(dueTime);

        public void Dispose()
        {
        }
    }
}
