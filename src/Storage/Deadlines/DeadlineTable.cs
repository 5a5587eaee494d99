using CustomerService.Storage.Database;

namespace CustomerService.Storage.Deadlines;

/// <summary>Deadlines and leases in SQL; both databases take the same text.</summary>
internal sealed class DeadlineTable(IDatabase database) : IDeadlines
{
    private const int DueMax = 10_000;

    public async Task<IReadOnlyList<Deadline>> Due(
        DateTimeOffset now, int limit, CancellationToken cancellationToken = default) =>
        await database.Query(
            new Statement(
                "select stream, due_at from deadlines where due_at <= @now order by due_at, stream limit @limit",
                ("@now", Times.ToMicros(now)), ("@limit", (long)Math.Clamp(limit, 1, DueMax))),
            static row => new Deadline(row.GetString(0), row.Time(1)), cancellationToken).ConfigureAwait(false);

    public Task Rearm(
        string stream, DateTimeOffset expected, DateTimeOffset? dueAt, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            dueAt is { } due
                ? new Statement(
                    "update deadlines set due_at = @due where stream = @stream and due_at = @expected returning 1",
                    ("@due", Times.ToMicros(due)), ("@stream", stream), ("@expected", Times.ToMicros(expected)))
                : new Statement(
                    "delete from deadlines where stream = @stream and due_at = @expected returning 1",
                    ("@stream", stream), ("@expected", Times.ToMicros(expected))),
            cancellationToken);

    public Task<bool> TryLease(
        string name, string holder, DateTimeOffset now, DateTimeOffset until,
        CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                """
                insert into leases (name, holder, until) values (@name, @holder, @until)
                on conflict (name) do update set holder = excluded.holder, until = excluded.until
                where leases.holder = excluded.holder or leases.until <= @now
                returning 1
                """,
                ("@name", name), ("@holder", holder), ("@until", Times.ToMicros(until)), ("@now", Times.ToMicros(now))),
            cancellationToken);

    public Task ReleaseLease(string name, string holder, CancellationToken cancellationToken = default) =>
        database.WriteOne(
            new Statement(
                "delete from leases where name = @name and holder = @holder returning 1",
                ("@name", name), ("@holder", holder)),
            cancellationToken);
}
