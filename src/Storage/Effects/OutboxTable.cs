using CustomerService.Storage.Database;
using CustomerService.Storage.Writer;

namespace CustomerService.Storage.Effects;

/// <summary>The outbox in SQL; both databases take the same text but for how concurrent sweeps pass each other.</summary>
internal sealed class OutboxTable(IDatabase database, JournalWriter writer) : IOutbox
{
    private const int TakenMax = 10_000;

    public void Complete(IReadOnlyList<OwedEffect> effects) => writer.Complete(effects);

    public async Task<IReadOnlyList<OwedEffect>> TakeDue(
        DateTimeOffset now, int limit, CancellationToken cancellationToken = default)
    {
        var taken = await database.Write(
            new Statement(
                // 5 s doubled by each attempt, 5 min at most.
                $"""
                update outbox set attempts = attempts + 1,
                    due_at = @now + case when attempts >= 6 then 300000000 else 5000000 * (1 << attempts) end
                where id in (
                    select id from outbox where due_at <= @now order by due_at, id limit @limit{database.SkipLocked})
                returning id, kind, target, payload, due_at, attempts, owed_at
                """,
                ("@now", Times.ToMicros(now)), ("@limit", (long)Math.Clamp(limit, 1, TakenMax))),
            static row => (
                Effect: new OwedEffect(
                    row.GetString(0), row.GetString(1), row.GetString(2), row.Bytes(3), row.Time(4))
                {
                    Attempts = (int)row.GetInt64(5),
                },
                OwedAt: row.GetInt64(6)),
            cancellationToken).ConfigureAwait(false);
        return [.. taken.OrderBy(t => t.OwedAt).ThenBy(t => t.Effect.Id, StringComparer.Ordinal).Select(t => t.Effect)];
    }

    public async Task<long> Count(CancellationToken cancellationToken = default) =>
        (await database.Query(
            new Statement("select count(*) from outbox"), static row => row.GetInt64(0), cancellationToken)
            .ConfigureAwait(false))[0];
}
