using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Journal;
using CustomerService.Support;
using Xunit;

namespace CustomerService.Storage.Tests;

public sealed class SqliteEffectsAndDeadlinesTests(SqliteFixture fixture)
    : EffectsAndDeadlinesTests(fixture), IClassFixture<SqliteFixture>;

[Trait("Category", "Postgres")]
public sealed class PostgreSqlEffectsAndDeadlinesTests(PostgreSqlFixture fixture)
    : EffectsAndDeadlinesTests(fixture), IClassFixture<PostgreSqlFixture>;

/// <summary>What makes the sweep work: owed effects, deadlines, leases.</summary>
public abstract class EffectsAndDeadlinesTests(DatabaseFixture fixture)
{
    private StorageCore Storage => fixture.Storage;

    [Fact]
    public async Task Effects_are_taken_oldest_first_put_off_and_forgotten_when_done()
    {
        var stream = Given.Stream();
        // A time of its own, so that other tests' effects are not due.
        var due = Given.Noon.AddYears(-10);
        await Storage.Journal.Append(Given.Append(stream, 0) with
        {
            Owed =
            [
                Given.Effect(stream, 1, due.AddSeconds(2), 0),
                Given.Effect(stream, 1, due.AddSeconds(1), 1),
                Given.Effect(stream, 1, due.AddHours(1), 2),
            ],
        });
        var now = due.AddSeconds(3);
        var taken = await Storage.Outbox.TakeDue(now, 10);
        Assert.Equal([$"{stream}#1#1", $"{stream}#1#0"], taken.Select(e => e.Id));
        Assert.All(taken, e => Assert.Equal((1, now.AddSeconds(5)), (e.Attempts, e.DueAt)));
        Assert.Equal("{}"u8.ToArray(), taken[0].Payload.ToArray());
        Assert.Empty(await Storage.Outbox.TakeDue(now.AddSeconds(4), 10));

        Storage.Outbox.Complete([taken[0]]);
        var count = await Storage.Outbox.Count();
        await Await.Until("it is forgotten", async () => await Storage.Outbox.Count() < count);
        var again = Assert.Single(await Storage.Outbox.TakeDue(now.AddSeconds(5), 10));
        Assert.Equal((taken[1].Id, 2, now.AddSeconds(15)), (again.Id, again.Attempts, again.DueAt));
        var at = again.DueAt;
        for (var attempt = 3; attempt <= 9; attempt++)
        {
            var next = Assert.Single(await Storage.Outbox.TakeDue(at, 1));
            Assert.Equal(Math.Min(300, 5 << (attempt - 1)), (next.DueAt - at).TotalSeconds);
            at = next.DueAt;
        }
    }

    [Fact]
    public async Task Concurrent_sweeps_never_take_the_same_effect()
    {
        var stream = Given.Stream();
        var due = Given.Noon.AddYears(10);
        await Storage.Journal.Append(Given.Append(stream, 0) with
        {
            Owed = [.. Enumerable.Range(0, 60).Select(n => Given.Effect(stream, 1, due, n))],
        });
        var taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Storage.Outbox.TakeDue(due, 10)));
        var ids = taken.SelectMany(t => t).Select(e => e.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_deadline_is_set_kept_cleared_and_rearmed_only_if_unchanged()
    {
        var stream = Given.Stream();
        var due = Given.Noon.AddYears(-30);
        await Append(0, DeadlineChange.Set(due));
        await Append(1, DeadlineChange.Keep);
        Assert.Contains(new Deadline(stream, due), await Storage.Deadlines.Due(due, 100));
        Assert.DoesNotContain(stream, (await Storage.Deadlines.Due(due.AddTicks(-10), 100)).Select(d => d.Stream));

        await Storage.Deadlines.Rearm(stream, expected: due.AddSeconds(1), dueAt: due.AddSeconds(9));
        Assert.Contains(new Deadline(stream, due), await Storage.Deadlines.Due(due.AddDays(1), 100));
        await Storage.Deadlines.Rearm(stream, expected: due, dueAt: due.AddSeconds(9));
        Assert.Contains(new Deadline(stream, due.AddSeconds(9)), await Storage.Deadlines.Due(due.AddDays(1), 100));

        await Append(2, DeadlineChange.Set(due.AddSeconds(-5)));
        await Storage.Deadlines.Rearm(stream, expected: due.AddSeconds(9), dueAt: null);
        Assert.Contains(new Deadline(stream, due.AddSeconds(-5)), await Storage.Deadlines.Due(due, 100));
        await Append(3, DeadlineChange.Clear);
        Assert.DoesNotContain(stream, (await Storage.Deadlines.Due(due.AddDays(1), 100)).Select(d => d.Stream));

        Task Append(long expected, DeadlineChange change) =>
            Storage.Journal.Append(Given.Append(stream, expected) with { Deadline = change });
    }

    [Fact]
    public async Task A_lease_has_one_holder_until_it_ends()
    {
        var name = Given.Id();
        var (now, until) = (Given.Noon, Given.Noon.AddSeconds(10));
        Assert.True(await Storage.Deadlines.TryLease(name, "a", now, until));
        Assert.False(await Storage.Deadlines.TryLease(name, "b", now, until));
        Assert.True(await Storage.Deadlines.TryLease(name, "a", now, until.AddSeconds(5)));
        Assert.False(await Storage.Deadlines.TryLease(name, "b", until, until.AddSeconds(9)));
        Assert.True(await Storage.Deadlines.TryLease(name, "b", until.AddSeconds(5), until.AddSeconds(9)));
        await Storage.Deadlines.ReleaseLease(name, "a");
        Assert.False(await Storage.Deadlines.TryLease(name, "a", until, until.AddSeconds(9)));
        await Storage.Deadlines.ReleaseLease(name, "b");
        Assert.True(await Storage.Deadlines.TryLease(name, "a", now, until));
    }
}
