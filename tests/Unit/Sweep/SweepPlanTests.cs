using CustomerService.Grains.Sweep;
using CustomerService.Storage.Deadlines;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.Unit.Tests.Sweep;

public class SweepPlanTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));
    private readonly SweepPlan _plan = new();

    private DateTimeOffset Now => _clock.GetUtcNow();

    private Deadline Due(string stream) => new(stream, Now);

    [Fact]
    public void Only_the_holder_of_the_lease_sweeps_and_renews_it_in_time()
    {
        Assert.True(_plan.MustLease(Now));
        Assert.False(_plan.MaySweep(Now));
        Assert.False(_plan.Leased(false, Now));
        Assert.False(_plan.MaySweep(Now));
        Assert.True(_plan.Leased(true, Now)); // It has just begun: repair.
        Assert.True(_plan.MaySweep(Now));
        Assert.False(_plan.MustLease(Now));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_plan.MustLease(Now));
        Assert.False(_plan.Leased(true, Now)); // Renewed: nothing to repair.
        _clock.Advance(TimeSpan.FromSeconds(11)); // A pause, a database that was away: somebody else may sweep now.
        Assert.False(_plan.MaySweep(Now));
        Assert.True(_plan.Leased(true, Now));
    }

    [Fact]
    public void A_failing_stream_is_left_alone_longer_each_time_and_others_go_on()
    {
        var poison = Due("agent/poison");
        foreach (var seconds in new[] { 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 })
        {
            Assert.Equal([poison], _plan.Choose([poison], Now).ToArray());
            _plan.Looked(poison, failed: true, Now);
            _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.Equal([Due("agent/b")], _plan.Choose([poison, Due("agent/b")], Now).ToArray());
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void A_deadline_that_stays_is_not_looked_at_every_second_but_a_new_one_is()
    {
        var first = Due("agent/a");
        _plan.Looked(first, failed: false, Now);
        Assert.Empty(_plan.Choose([first], Now).ToArray());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([Due("agent/a")], _plan.Choose([Due("agent/a")], Now).ToArray());
    }

    [Fact]
    public void Each_round_is_bounded_and_those_left_alone_do_not_hide_the_rest()
    {
        var due = Enumerable.Range(0, 800).Select(i => Due($"conversation/{i:D4}")).ToArray();
        var chosen = _plan.Choose(due, Now);
        Assert.Equal(SweepPlan.DeadlinesMax, chosen.Length);
        foreach (var one in chosen)
            _plan.Looked(one, failed: true, Now);
        Assert.Equal(SweepPlan.DeadlinesMax * 2, _plan.DeadlinesToRead);
        Assert.Equal(due[500..], _plan.Choose(due, Now).ToArray());
    }

    [Fact]
    public void Memory_is_bounded_however_many_streams_fail()
    {
        for (var i = 0; i < 30_000; i++)
            _plan.Looked(Due($"conversation/{i}"), failed: true, Now);
        Assert.InRange(_plan.DeadlinesToRead, SweepPlan.DeadlinesMax, 6_000);
    }

    [Fact]
    public void Queues_are_reconciled_every_ten_seconds()
    {
        var times = 0;
        for (var second = 0; second < 60; second++, _clock.Advance(TimeSpan.FromSeconds(1)))
            times += _plan.MustReconcile(Now) ? 1 : 0;
        Assert.Equal(6, times);
    }
}
