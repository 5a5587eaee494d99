using System.Collections.Concurrent;
using CustomerService.Storage.Journal;
using Microsoft.Data.Sqlite;

namespace CustomerService.Storage.Sqlite;

/// <summary>
/// A few threads, each with a session, over one bounded queue. SQLite blocks the thread that asks it; callers are grains
/// and sockets, so none of theirs ever does.
/// </summary>
internal sealed class SqliteThreads : IAsyncDisposable
{
    private readonly BlockingCollection<Action<SqliteSession>> _work;
    private readonly Thread[] _threads;

    public SqliteThreads(string name, string file, bool readOnly, int threads, int waitingMax)
    {
        _work = new BlockingCollection<Action<SqliteSession>>(waitingMax);
        // Opened here, so that a file which can't be opened is an error of the start.
        var sessions = Enumerable.Range(0, threads).Select(_ => new SqliteSession(file, readOnly)).ToArray();
        _threads = [.. sessions.Select((session, n) => new Thread(() => Serve(session))
        {
            Name = $"{name}-{n}",
            IsBackground = true,
        })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Runs work on one of the threads; the task continues elsewhere. Refused at once when the queue is
    /// full.</summary>
    public Task<T> Run<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Item(SqliteSession session)
        {
            try
            {
                if (cancellationToken.IsCancellationRequested)
                    completion.TrySetCanceled(cancellationToken);
                else
                    completion.TrySetResult(work(session));
            }
            catch (SqliteException failure) when (SqliteFailures.IsAvailability(failure))
            {
                completion.TrySetException(new JournalUnavailableException(failure));
            }
            catch (Exception failure)
            {
                completion.TrySetException(failure);
            }
        }
        try
        {
            return _work.TryAdd(Item)
                ? completion.Task
                : Task.FromException<T>(new JournalOverloadedException());
        }
        catch (InvalidOperationException)
        {
            return Task.FromException<T>(new JournalUnavailableException());
        }
    }

    /// <summary>Finishes what waits, then ends the threads.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.CompleteAdding();
        await Task.Run(() =>
        {
            foreach (var thread in _threads)
                thread.Join();
        }).ConfigureAwait(false);
        _work.Dispose();
    }

    private void Serve(SqliteSession session)
    {
        foreach (var item in _work.GetConsumingEnumerable())
            item(session);
        session.Dispose();
    }
}
