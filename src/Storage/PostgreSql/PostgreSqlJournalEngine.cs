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
    /// <summary>Streams whose last version is kept; beyond, all are forgotten and learnt anew.</summary>
    private const int KnownStreamsMax = 50_000;

    private readonly PostgreSqlWriterSession _session = new(PostgreSqlConnections.ForWriter(options));
    private readonly PostgreSqlWriterSession _merging = new(PostgreSqlConnections.ForMerged(options));

    // Of streams that this very session wrote: what it committed is there, so the next append need not ask. Another
    // session may be on another server, to which not everything came.
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);

    public async Task Write(WriteBatch batch)
    {
        if (batch.Appends.Count > 0)
            await Store(batch.Appends).ConfigureAwait(false);
        foreach (var write in batch.Writes)
            await Store(write).ConfigureAwait(false);
    }

    public async Task Write(CoalescedWrites coalesced)
    {
        try
        {
            await _merging.Connect(options.WaitMax).ConfigureAwait(false);
            await _merging.Send(b => PostgreSqlRows.Fill(b, coalesced)).ConfigureAwait(false);
        }
        catch (PostgresException refused)
            when (PostgreSqlFailures.IsRolledBack(refused) && PostgreSqlFailures.IsOfOneAppend(refused))
        {
            // It would be refused for ever: what it carries is derived.
            log.LogError(refused, "Merged writes were refused and are dropped.");
        }
        catch (Exception failure) when (failure is not PostgresException)
        {
            await _merging.Drop().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        await _merging.DisposeAsync().ConfigureAwait(false);
    }

    private async Task Store(List<PendingAppend> appends)
    {
        var started = Stopwatch.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (await _session.Connect(options.WaitMax).ConfigureAwait(false))
                    _written.Clear();
            }
            catch (Exception failure) when (IsConnectFailure(failure))
            {
                Fail(appends, new JournalUnavailableException(failure));
                return;
            }
            Exception refused;
            try
            {
                await Send(appends).ConfigureAwait(false);
                Remember(appends);
                return;
            }
            catch (PostgresException failure) when (PostgreSqlFailures.IsRolledBack(failure))
            {
                if (PostgreSqlFailures.IsOfOneAppend(failure))
                {
                    await Isolate(appends, failure).ConfigureAwait(false);
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
                    return;
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

    private Task Send(List<PendingAppend> appends) => PostgreSqlRows.AreEventsAlone(appends, _written)
        ? _session.Insert(appends)
        : _session.Send(b => PostgreSqlRows.Fill(b, appends, _written));

    /// <summary>Whether a batch whose connection broke was committed; null where that can't be found out, and the
    /// appends are marked so.</summary>
    private async Task<bool?> IsStored(List<PendingAppend> appends, Exception broken)
    {
        _written.Clear(); // Whatever becomes of it, the next session is another.
        try
        {
            var found = await _session.CountStoredAnew(appends, options.ResolveMax).ConfigureAwait(false);
            return found == appends.Count;
        }
        catch (Exception failure) when (IsConnectFailure(failure))
        {
            log.LogError(failure, "It can't be found out whether {Count} appends were stored.", appends.Count);
            Fail(appends, new AppendOutcomeUnknownException(broken));
            return null;
        }
    }

    /// <summary>Finds the appends that can't be stored and writes the others without them.</summary>
    private async Task Isolate(List<PendingAppend> appends, PostgresException refused)
    {
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
            await Store(rest).ConfigureAwait(false);
            return;
        }
        if (rest is [var bad])
        {
            bad.Outcome = Refusal(bad.Append, refused);
            return;
        }
        await Store(rest[..(rest.Count / 2)]).ConfigureAwait(false);
        await Store(rest[(rest.Count / 2)..]).ConfigureAwait(false);
    }

    private void Remember(List<PendingAppend> appends)
    {
        if (_written.Count + appends.Count > KnownStreamsMax)
            _written.Clear();
        foreach (var append in appends)
            _written[append.Append.Stream] = append.Append.ExpectedVersion + append.Append.Events.Length;
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
            if (await _session.Connect(options.WaitMax).ConfigureAwait(false))
                _written.Clear();
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
