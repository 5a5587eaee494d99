using Npgsql;

namespace CustomerService.Storage.PostgreSql;

/// <summary>How we connect: what the given connection string leaves open, and what our promise does not leave
/// open.</summary>
internal static class PostgreSqlConnections
{
    // A commit is acknowledged when it is on disk, whatever the server's default is.
    private const string Durable = "-c synchronous_commit=on -c jit=off";

    // The writer's statements are look-ups by key for hundreds of rows. No statistic may talk the planner into reading
    // a whole table for them, and no statement is planned twice.
    private const string KeysOnly = " -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off"
        + " -c plan_cache_mode=force_generic_plan";

    public static string ForPool(StorageOptions options)
    {
        var settings = Common(options, Durable);
        settings.AutoPrepareMinUsages = 2;
        settings.MaxAutoPrepare = 128;
        return settings.ToString();
    }

    public static string ForWriter(StorageOptions options)
    {
        var settings = Common(options, Durable + KeysOnly);
        settings.Pooling = false;
        settings.AutoPrepareMinUsages = 1;
        settings.MaxAutoPrepare = 64;
        return settings.ToString();
    }

    /// <summary>For what is repaired from the journal or done again when a crash takes it: it need not be on disk before
    /// the next piece is written.</summary>
    public static string ForMerged(StorageOptions options)
    {
        var settings = Common(options, "-c synchronous_commit=off -c jit=off" + KeysOnly);
        settings.Pooling = false;
        settings.AutoPrepareMinUsages = 1;
        settings.MaxAutoPrepare = 64;
        return settings.ToString();
    }

    private static NpgsqlConnectionStringBuilder Common(StorageOptions options, string session)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            // Connecting is tried again by who needs it; one try must leave room for that.
            Timeout = Math.Max(1, (int)(options.WaitMax.TotalSeconds / 2)),
            CommandTimeout = Math.Max(1, (int)options.CommandTimeout.TotalSeconds),
            // No statement of ours changes the session, so there is nothing to reset.
            NoResetOnClose = true,
            ApplicationName = "customer-service",
        };
        settings.Options = string.IsNullOrEmpty(settings.Options) ? session : $"{settings.Options} {session}";
        return settings;
    }
}
