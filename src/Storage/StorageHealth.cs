using CustomerService.Storage.Database;
using CustomerService.Storage.Writer;

namespace CustomerService.Storage;

/// <summary>What the check found.</summary>
/// <param name="CanCommit">The writer brought a row to disk in time.</param>
/// <param name="CanRead">A reader read it in time.</param>
public readonly record struct StorageHealthReport(bool CanCommit, bool CanRead)
{
    /// <summary>Both hold.</summary>
    public bool IsHealthy => CanCommit && CanRead;
}

/// <summary>Whether storage does its work right now.</summary>
public sealed class StorageHealth
{
    /// <summary>How long commit and read may take before they count as failed.</summary>
    public static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(2);

    private readonly IDatabase _database;
    private readonly JournalWriter _writer;

    internal StorageHealth(IDatabase database, JournalWriter writer) => (_database, _writer) = (database, writer);

    /// <summary>Commits a row through the journal's writer and reads one, both within <see cref="AnswerMax"/>. Never
    /// throws but for cancellation.</summary>
    public async Task<StorageHealthReport> Check(CancellationToken cancellationToken = default)
    {
        var commit = InTime(_writer.Write(
            new Statement(
                """
                insert into probes (id, at) values (@id, @at)
                on conflict (id) do update set at = excluded.at returning 1
                """,
                // A few rows, so that the probes of several processes seldom wait for each other.
                ("@id", (long)Random.Shared.Next(16)), ("@at", Times.ToMicros(TimeProvider.System.GetUtcNow()))),
            static _ => true), cancellationToken);
        var read = InTime(
            _database.Query(new Statement("select count(*) from sites"), static _ => true, cancellationToken),
            cancellationToken);
        return new StorageHealthReport(
            await commit.ConfigureAwait(false), await read.ConfigureAwait(false));
    }

    private static async Task<bool> InTime(Task work, CancellationToken cancellationToken)
    {
        try
        {
            await work.WaitAsync(AnswerMax, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
