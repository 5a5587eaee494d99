using System.Diagnostics;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Writer;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CustomerService.Storage.PostgreSql;

/// <summary>
/// Writes batches over one connection, commit included in one round trip. An error that PostgreSQL answers with means
/// nothing was stored; a connection that breaks leaves the outcome open until the journal was asked.
/// </summary>
internal sealed class PostgreSqlJournalEngine(StorageOptions options, ILogger log) : IJournalEngine
{
    private readonly PostgreSqlWriterSession _session = new(options);

    public async Task Write(WriteBatch batch)
    {
        if (batch.Appends.Count > 0 || batch.Coalesced is not null)
            await Store(batch.Appends, batch, batch.Coalesced).ConfigureAwait(false);
        foreach (var write in batch.Writes)
            await Store(write).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private async Task Store(List<PendingAppend> appends, WriteBatch batch, CoalescedWrites? coalesced)
    {
        var started = Stopwatch.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                await _session.Connect(options.WaitMax).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsConnectFailure(failure))
            {
                Fail(appends, new JournalUnavailableException(failure));
                return;
            }
            Exception refused;
            try
            {
                await _session.Send(b => PostgreSqlRows.Fill(b, appends, coalesced)).ConfigureAwait(false);
                batch.CoalescedWritten |= coalesced is not null;
                return;
            }
            catch (PostgresException failure) when (PostgreSqlFailures.IsRolledBack(failure))
            {
                if (PostgreSqlFailures.IsOfOneAppend(failure))
                {
                    await Isolate(appends, batch, coalesced, failure).ConfigureAwait(false);
                    return;
                }
                if (!PostgreSqlFailures.IsWorthRepeating(failure))
                {
                    log.LogWarning(failure, "A batch of {Count} appends was refused.", appends.Count);
                    Fail(appends, new JournalUnavailableException(failure));
                    return;
                }
                refused = failure;
            }
            catch (Exception failure) when (PostgreSqlFailures.IsLost(failure))
            {
                log.LogWarning(failure, "The connection broke under {Count} appends.", appends.Count);
                if (await IsStored(appends, failure).ConfigureAwait(false) is not { } stored)
                    return;
                if (stored)
                {
                    batch.CoalescedWritten |= coalesced is not null;
                    return;
                }
                refused = failure;
            }
            if (Stopwatch.GetElapsedTime(started) > options.ResolveMax)
            {
                Fail(appends, new JournalUnavailableException(refused));
                return;
            }
            await Task.Delay(BackOff(tries)).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a batch whose connection broke was committed; null where that can't be found out, and the
    /// appends are marked so.</summary>
    private async Task<bool?> IsStored(List<PendingAppend> appends, Exception broken)
    {
        try
        {
            var found = await _session.CountStoredAnew(appends, options.ResolveMax).ConfigureAwait(false);
            return appends.Count > 0 && found == appends.Count;
        }
        catch (Exception failure) when (IsConnectFailure(failure))
        {
            log.LogError(failure, "It can't be found out whether {Count} appends were stored.", appends.Count);
            Fail(appends, new AppendOutcomeUnknownException(broken));
            return null;
        }
    }

    /// <summary>Finds the appends that can't be stored and writes the others without them.</summary>
    private async Task Isolate(
        List<PendingAppend> appends, WriteBatch batch, CoalescedWrites? coalesced, PostgresException refused)
    {
        if (appends.Count == 0)
        {
            // Nothing else was in it, so it would be refused for ever: what it carries is derived.
            log.LogError(refused, "Coalesced writes were refused and are dropped.");
            batch.CoalescedWritten = true;
            return;
        }
        if (coalesced is not null)
            await Store([], batch, coalesced).ConfigureAwait(false);
        try
        {
            await _session.MarkRefused(appends).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is PostgresException || PostgreSqlFailures.IsLost(failure))
        {
            // Splitting below finds the bad ones too, only with more transactions.
            log.LogWarning(failure, "The appends that were refused could not be asked for.");
        }
        var rest = appends.Where(a => a.Outcome is null).ToList();
        if (rest.Count == 0)
            return;
        if (rest.Count < appends.Count)
        {
            await Store(rest, batch, null).ConfigureAwait(false);
            return;
        }
        if (rest is [var bad])
        {
            bad.Outcome = Refusal(bad.Append, refused);
            return;
        }
        await Store(rest[..(rest.Count / 2)], batch, null).ConfigureAwait(false);
        await Store(rest[(rest.Count / 2)..], batch, null).ConfigureAwait(false);
    }

    private static Exception Refusal(Append append, PostgresException refused) => refused.ConstraintName switch
    {
        "journal_client" => new DuplicateClientIdException(append.Stream),
        "journal_key" or "journal_visible" => new StreamConflictException(append.Stream, append.ExpectedVersion),
        _ when refused.SqlState == PostgreSqlFailures.Gap =>
            new StreamConflictException(append.Stream, append.ExpectedVersion),
        _ => refused,
    };

    private async Task Store(SmallWrite write)
    {
        try
        {
            await _session.Connect(options.WaitMax).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsConnectFailure(failure))
        {
            write.Outcome = new JournalUnavailableException(failure);
            return;
        }
        try
        {
            await _session.Run(write).ConfigureAwait(false);
        }
        catch (PostgresException failure) when (PostgreSqlFailures.IsRolledBack(failure))
        {
            write.Outcome = failure;
        }
        catch (Exception failure) when (PostgreSqlFailures.IsLost(failure))
        {
            write.Outcome = new AppendOutcomeUnknownException(failure);
            await _session.Drop().ConfigureAwait(false);
        }
    }

    private static bool IsConnectFailure(Exception failure) =>
        failure is NpgsqlException || PostgreSqlFailures.IsLost(failure);

    private static void Fail(List<PendingAppend> appends, Exception reason)
    {
        foreach (var append in appends)
            append.Outcome ??= reason;
    }

    private static TimeSpan BackOff(int tries) =>
        TimeSpan.FromMilliseconds(Math.Min(500, 5 << Math.Min(tries, 6)) * (0.5 + (Random.Shared.NextDouble() / 2)));
}
