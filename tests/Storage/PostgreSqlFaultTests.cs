using System.Collections.Concurrent;
using CustomerService.Storage.Journal;
using CustomerService.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CustomerService.Storage.Tests;

/// <summary>A server of this class's own, because the tests crash it.</summary>
public sealed class CrashingPostgres : IAsyncLifetime
{
    public PostgresServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await PostgresServer.Start();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>Faults of the database: what was acknowledged is there once, and what was not is known or can be
/// asked.</summary>
[Trait("Category", "Postgres")]
public sealed class PostgreSqlFaultTests(CrashingPostgres postgres) : IClassFixture<CrashingPostgres>
{
    private PostgresServer Server => postgres.Server;

    [Fact]
    public async Task Two_processes_fence_each_other()
    {
        var database = await Server.NewDatabase();
        await using var first = await Open(database);
        await using var second = await Open(database);
        var streams = Enumerable.Range(0, 50).Select(_ => Given.Stream()).ToArray();
        var conflicts = 0;
        var won = new ConcurrentDictionary<(string, long), int>();

        async Task Own(StorageCore storage, string stream)
        {
            var version = 0L;
            while (version < 20)
            {
                try
                {
                    await storage.Journal.Append(Given.Append(stream, version));
                    won.AddOrUpdate((stream, ++version), 1, (_, n) => n + 1);
                }
                catch (StreamConflictException)
                {
                    Interlocked.Increment(ref conflicts);
                    version = (await storage.Journal.Heads([stream]))[0].Version;
                }
            }
        }
        await Task.WhenAll(streams.SelectMany(s => new[] { Own(first, s), Own(second, s) }));
        Assert.All(won.Values, n => Assert.Equal(1, n));
        Assert.True(conflicts > 0, "The two never met.");
        Assert.All(await first.Journal.Heads(streams), head =>
        {
            Assert.InRange(head.Version, 20, 20);
        });
        Assert.Equal(50 * 20, won.Count);
    }

    [Fact]
    public async Task A_crash_under_load_loses_and_doubles_nothing()
    {
        await using var storage = await Open(await Server.NewDatabase());
        await using var load = new Load(storage, streams: 200);
        load.Start();
        for (var crash = 0; crash < 3; crash++)
        {
            await load.Acknowledges(500);
            await Server.StopImmediately();
            await Server.StartAgain();
        }
        await load.Acknowledges(500);
        await load.Stop();
        await load.Check();
    }

    [Fact]
    public async Task Sessions_ended_at_random_lose_and_double_nothing()
    {
        await using var storage = await Open(await Server.NewDatabase());
        await using var load = new Load(storage, streams: 200);
        load.Start();
        for (var cut = 0; cut < 20; cut++)
        {
            await load.Acknowledges(50);
            await Server.TerminateSessions();
        }
        await load.Stop();
        await load.Check();
    }

    [Fact]
    public async Task A_database_out_of_reach_is_said_in_time_and_heals_by_itself()
    {
        var options = Options(await Server.NewDatabase());
        options.WaitMax = TimeSpan.FromSeconds(1);
        options.ResolveMax = TimeSpan.FromSeconds(1);
        await using var storage = StorageCore.Open(options, NullLogger.Instance);
        var stream = Given.Stream();
        await storage.Journal.Append(Given.Append(stream, 0));
        await Server.Stop();
        try
        {
            // The first finds the connection dead: whether it was sent can't be said. The next know.
            var failure = await Record.ExceptionAsync(() => storage.Journal.Append(Given.Append(stream, 1)));
            Assert.True(failure is AppendOutcomeUnknownException or JournalUnavailableException, failure?.ToString());
            await Assert.ThrowsAsync<JournalUnavailableException>(
                () => storage.Journal.Append(Given.Append(Given.Stream(), 0)));
            await Assert.ThrowsAsync<JournalUnavailableException>(() => storage.Journal.Heads([stream]));
            Assert.False((await storage.Health.Check()).IsHealthy);
        }
        finally
        {
            await Server.StartAgain();
        }
        await Await.Until("appends succeed again", async () =>
            await Record.ExceptionAsync(() => storage.Journal.Append(Given.Append(Given.Stream(), 0))) is null);
        await Await.Until("it is healthy again", async () => (await storage.Health.Check()).IsHealthy);
        Assert.Equal(1, (await storage.Journal.Heads([stream]))[0].Version);
    }

    [Fact]
    public async Task A_table_lock_stalls_and_refuses_but_loses_nothing()
    {
        var database = await Server.NewDatabase();
        var options = Options(database);
        options.WaitMax = TimeSpan.FromMilliseconds(500);
        options.CommandTimeout = TimeSpan.FromSeconds(1);
        options.ResolveMax = TimeSpan.FromSeconds(1);
        options.WaitingCountMax = 100;
        await using var storage = StorageCore.Open(options, NullLogger.Instance);
        var streams = Enumerable.Range(0, 300).Select(_ => Given.Stream()).ToArray();
        await using (var blocker = new Npgsql.NpgsqlConnection(database))
        {
            await blocker.OpenAsync();
            await using var transaction = await blocker.BeginTransactionAsync();
            await using var command = new Npgsql.NpgsqlCommand("lock table journal", blocker, transaction);
            await command.ExecuteNonQueryAsync();
            var failures = await Task.WhenAll(streams.Select(
                s => Record.ExceptionAsync(() => storage.Journal.Append(Given.Append(s, 0)))));
            Assert.All(failures, f => Assert.True(
                f is JournalUnavailableException or JournalOverloadedException or AppendOutcomeUnknownException,
                f?.ToString()));
            Assert.Contains(failures, f => f is JournalOverloadedException);
        }
        await Await.Until("appends succeed again", async () =>
            await Record.ExceptionAsync(() => storage.Journal.Append(Given.Append(Given.Stream(), 0))) is null);
    }

    private static StorageOptions Options(string database) =>
        new() { Provider = StorageProvider.PostgreSql, ConnectionString = database };

    private static Task<StorageCore> Open(string database) =>
        Task.FromResult(StorageCore.Open(Options(database), NullLogger.Instance));
}
