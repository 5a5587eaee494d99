namespace CustomerService.Storage;

/// <summary>Which database holds everything.</summary>
public enum StorageProvider
{
    /// <summary>Two files in the data directory, owned by one process.</summary>
    Sqlite,

    /// <summary>PostgreSQL 15 or later, shared by all processes of a cluster.</summary>
    PostgreSql,
}

/// <summary>Who else may use a PostgreSQL database at the same time.</summary>
public enum StorageSharing
{
    /// <summary>Nothing is claimed: for tests and tools beside a running product.</summary>
    Unclaimed,

    /// <summary>No other process of the product: one process that is silo and front.</summary>
    Alone,

    /// <summary>Other silos and fronts of the cluster, but none that is alone.</summary>
    Cluster,
}

/// <summary>Where and how to store. Every bound is per process.</summary>
public sealed class StorageOptions
{
    /// <summary>Which database. Default <see cref="StorageProvider.Sqlite"/>.</summary>
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;

    /// <summary>Folder of the SQLite files, made if missing and locked by one process. Not used with PostgreSQL.
    /// Default <c>data</c> below the current directory.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>Npgsql connection string; required with PostgreSQL, ignored with SQLite.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Appends that may wait for the writer; the next is refused at once. Default 20,000 (a third of a second
    /// of the rate aimed at), 1 to 1,000,000.</summary>
    public int WaitingCountMax { get; set; } = 20_000;

    /// <summary>Bytes that waiting appends may hold together. Default 64 MiB, 64 KiB to 4 GiB.</summary>
    public long WaitingBytesMax { get; set; } = 64L << 20;

    /// <summary>Appends in one transaction at most. Default 1,000: beyond 500 rows the measured gain was small, and a
    /// longer transaction delays who comes next. 1 to 10,000.</summary>
    public int BatchCountMax { get; set; } = 1_000;

    /// <summary>Bytes in one transaction at most, though always at least one append. Default 8 MiB, 64 KiB to
    /// 256 MiB.</summary>
    public long BatchBytesMax { get; set; } = 8L << 20;

    /// <summary>How long an append may wait for a database that is slow, stalled or out of reach before it is refused
    /// unsent. Default 4 s, 100 ms to 60 s.</summary>
    public TimeSpan WaitMax { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long the database may take to answer a transaction before the connection is given up and the
    /// outcome is looked up. Default 10 s, 1 s to 5 min.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the outcome of an interrupted commit is looked for, and a failed transaction tried again,
    /// before it is reported as unknown or unavailable. Default 10 s, 100 ms to 5 min.</summary>
    public TimeSpan ResolveMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a starting process waits for PostgreSQL to accept connections. Default 30 s, 0 to
    /// 10 min.</summary>
    public TimeSpan StartWaitMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Threads, each with a connection, that read SQLite. Default 2, 1 to 16. PostgreSQL reads use the pool of
    /// <see cref="ConnectionString"/>.</summary>
    public int ReadThreads { get; set; } = 2;

    /// <summary>SQLite reads that may wait for a thread; the next is refused at once. Default 10,000, 1 to
    /// 1,000,000.</summary>
    public int WaitingReadsMax { get; set; } = 10_000;

    /// <summary>Who else may use the database; SQLite's has one user always. Default
    /// <see cref="StorageSharing.Unclaimed"/>; the programs choose, no setting does.</summary>
    public StorageSharing Sharing { get; set; }

    /// <summary>The installation's name, which every process on a PostgreSQL database must give alike. Empty: not
    /// compared.</summary>
    public string ServiceId { get; set; } = "";

    /// <summary>Called, from any thread, where another process has taken the database over while this one could not
    /// reach it: the process should end. Fencing keeps its writes out meanwhile.</summary>
    public Action? TakenOver { get; set; }

    /// <summary>Set by <see cref="StorageStartup.Prepare"/>, taken over by the storage that opens with these
    /// options.</summary>
    internal IDisposable? Claim { get; set; }

    internal bool Prepared { get; set; }

    internal void Validate()
    {
        if (Provider == StorageProvider.PostgreSql && string.IsNullOrWhiteSpace(ConnectionString))
            throw new StorageStartupException("PostgreSQL was chosen but no connection string was given.");
        if (Provider == StorageProvider.Sqlite && string.IsNullOrWhiteSpace(DataDirectory))
            throw new StorageStartupException("No data directory was given.");
        Within(nameof(WaitingCountMax), WaitingCountMax, 1, 1_000_000);
        Within(nameof(WaitingBytesMax), WaitingBytesMax, 64 << 10, 4L << 30);
        Within(nameof(BatchCountMax), BatchCountMax, 1, 10_000);
        Within(nameof(BatchBytesMax), BatchBytesMax, 64 << 10, 256 << 20);
        Within(nameof(WaitMax) + " in ms", (long)WaitMax.TotalMilliseconds, 100, 60_000);
        Within(nameof(CommandTimeout) + " in ms", (long)CommandTimeout.TotalMilliseconds, 1_000, 300_000);
        Within(nameof(ResolveMax) + " in ms", (long)ResolveMax.TotalMilliseconds, 100, 300_000);
        Within(nameof(StartWaitMax) + " in ms", (long)StartWaitMax.TotalMilliseconds, 0, 600_000);
        Within(nameof(ReadThreads), ReadThreads, 1, 16);
        Within(nameof(WaitingReadsMax), WaitingReadsMax, 1, 1_000_000);
    }

    private static void Within(string name, long value, long min, long max)
    {
        if (value < min || value > max)
            throw new StorageStartupException($"Storage setting {name} is {value}; it must be from {min} to {max}.");
    }
}
