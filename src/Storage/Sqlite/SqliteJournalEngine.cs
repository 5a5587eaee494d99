using CustomerService.Storage.Journal;
using CustomerService.Storage.Writer;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace CustomerService.Storage.Sqlite;

/// <summary>Writes batches to the SQLite file on one thread: one transaction each, a savepoint per append, so that a bad
/// append fails alone.</summary>
internal sealed class SqliteJournalEngine(SqliteThreads thread, ILogger log) : IJournalEngine
{
    public Task Write(WriteBatch batch) => thread.Run(session =>
    {
        WriteOn(session, batch);
        return true;
    }, CancellationToken.None);

    public Task Write(CoalescedWrites coalesced) => thread.Run(session =>
    {
        try
        {
            if (session.InTransaction)
                session.Execute("rollback");
            session.Execute("begin immediate");
            SqliteRows.Coalesced(session, coalesced);
            session.Execute("commit");
            return true;
        }
        catch (SqliteException)
        {
            Undo(session);
            throw;
        }
    }, CancellationToken.None);

    public ValueTask DisposeAsync() => thread.DisposeAsync();

    private void WriteOn(SqliteSession session, WriteBatch batch)
    {
        var committing = false;
        try
        {
            // An interrupted batch may have left its transaction open.
            if (session.InTransaction)
                session.Execute("rollback");
            session.Execute("begin immediate");
            foreach (var append in batch.Appends)
                append.Outcome = InSavepoint(session, () => Store(session, append), append.Append);
            foreach (var write in batch.Writes)
                write.Outcome = InSavepoint(session, () => session.Run(write.Statement, write.Row), null);
            committing = true;
            session.Execute("commit");
        }
        catch (SqliteException failure)
        {
            log.LogWarning(failure, "A batch of {Count} appends was not written.", batch.Appends.Count);
            Undo(session);
            // A sync that failed while committing may yet have left the transaction in the log file.
            Exception outcome = committing && failure.SqliteErrorCode == SQLitePCL.raw.SQLITE_IOERR
                ? new AppendOutcomeUnknownException(failure)
                : new JournalUnavailableException(failure);
            foreach (var append in batch.Appends)
                append.Outcome ??= outcome;
            foreach (var write in batch.Writes)
                write.Outcome ??= outcome;
        }
    }

    private static void Undo(SqliteSession session)
    {
        try
        {
            if (session.InTransaction)
                session.Execute("rollback");
        }
        catch (SqliteException)
        {
            // The next batch tries again before it begins.
        }
    }

    /// <summary>The failure of this part alone, or null. Failures that undo the whole transaction are thrown.</summary>
    private static Exception? InSavepoint(SqliteSession session, Action store, Append? append)
    {
        session.Execute("savepoint part");
        Exception failure;
        try
        {
            store();
            session.Execute("release part");
            return null;
        }
        catch (StreamConflictException conflict)
        {
            failure = conflict;
        }
        catch (SqliteException refused) when (session.InTransaction && !SqliteFailures.IsAvailability(refused))
        {
            failure = refused;
        }
        session.Execute("rollback to part");
        session.Execute("release part");
        return failure is SqliteException { } refusal && append is not null && SqliteFailures.IsJournalKey(refusal)
            ? Refusal(session, append, refusal)
            : failure;
    }

    private static Exception Refusal(SqliteSession session, Append append, SqliteException refusal) =>
        !SqliteFailures.IsClientId(refusal) || SqliteRows.Exists(session, append.Stream, append.ExpectedVersion + 1)
            ? new StreamConflictException(append.Stream, append.ExpectedVersion)
            : new DuplicateClientIdException(append.Stream);

    private static void Store(SqliteSession session, PendingAppend pending)
    {
        var append = pending.Append;
        if (append.ExpectedVersion > 0 && !SqliteRows.Exists(session, append.Stream, append.ExpectedVersion))
            throw new StreamConflictException(append.Stream, append.ExpectedVersion);
        SqliteRows.Events(session, pending);
        foreach (var erasure in append.Erased)
            SqliteRows.Erase(session, append.Stream, erasure);
        foreach (var upload in append.Discarded)
            SqliteRows.Discard(session, upload);
        foreach (var effect in append.Owed)
            SqliteRows.Effect(session, append, effect);
        if (append.Row is { } row)
        {
            SqliteRows.Row(session, append.Stream, row);
            if (row.Activity.Version > 0)
                SqliteRows.Activity(session, row.Id, row.Activity);
        }
        if (append.Deadline.Kind == DeadlineChangeKind.Set)
            SqliteRows.Deadline(session, append.Stream, append.Deadline.DueAt);
        else if (append.Deadline.Kind == DeadlineChangeKind.Clear)
            SqliteRows.NoDeadline(session, append.Stream);
    }
}
