using CustomerService.Storage.Database;
using CustomerService.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using CustomerService.Storage.Journal;
using Npgsql;
using Xunit;

namespace CustomerService.Storage.Tests;

/// <summary>What a start makes, waits for and refuses.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_data_directory_belongs_to_one_storage_at_a_time()
    {
        await using (StorageCore.Open(Sqlite(), NullLogger.Instance))
        {
            var refused = Assert.Throws<StorageStartupException>(
                () => StorageStartup.Prepare(Sqlite(), NullLogger.Instance));
            Assert.EndsWith("is in use by another process.", refused.Message, StringComparison.Ordinal);
        }
        await using (StorageCore.Open(Sqlite(), NullLogger.Instance))
        {
            // Free again once the first has closed; the tables were there already.
        }
    }

    [Fact]
    public void A_data_directory_that_can_not_be_made_is_a_sentence()
    {
        var file = Path.Combine(_folder.Path, "file");
        File.WriteAllText(file, "");
        var options = new StorageOptions { DataDirectory = Path.Combine(file, "data") };
        var refused = Assert.Throws<StorageStartupException>(
            () => StorageStartup.Prepare(options, NullLogger.Instance));
        Assert.Contains("can't be made", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_a_sentence()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "customer-service.db"), new string('x', 10_000));
        var refused = Assert.Throws<StorageStartupException>(
            () => StorageStartup.Prepare(Sqlite(), NullLogger.Instance));
        Assert.Contains("can't be opened", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_database_is_refused_and_left_alone()
    {
        await StorageCore.Open(Sqlite(), NullLogger.Instance).DisposeAsync();
        await using (var connection = new SqliteConnection(
            $"Data Source={Path.Combine(_folder.Path, "customer-service.db")};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText =
                $"insert into {Migrations.Table} (scriptname, applied) values ('9999-later.sql', '2030-01-01')";
            await command.ExecuteNonQueryAsync();
        }
        var refused = Assert.Throws<StorageStartupException>(
            () => StorageStartup.Prepare(Sqlite(), NullLogger.Instance));
        Assert.Contains("is newer than this program", refused.Message, StringComparison.Ordinal);
        // The directory is free for the newer program.
        using var again = File.Open(Path.Combine(_folder.Path, "lock"), FileMode.Open, FileAccess.Write, FileShare.None);
    }

    [Fact]
    [Trait("Category", "Postgres")]
    public async Task A_newer_PostgreSQL_database_is_refused()
    {
        var options = PostgreSql(await (await SharedPostgres.Get()).NewDatabase());
        StorageStartup.Prepare(options, NullLogger.Instance);
        await using (var source = NpgsqlDataSource.Create(options.ConnectionString))
        {
            await using var command = source.CreateCommand(
                $"insert into {Migrations.Table} (scriptname, applied) values ('9999-later.sql', now())");
            await command.ExecuteNonQueryAsync();
        }
        var refused = Assert.Throws<StorageStartupException>(
            () => StorageStartup.Prepare(PostgreSql(options.ConnectionString), NullLogger.Instance));
        Assert.Contains("is newer than this program", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_was_only_extended_is_still_used_by_an_older_program()
    {
        await StorageCore.Open(Sqlite(), NullLogger.Instance).DisposeAsync();
        await using (var connection = new SqliteConnection(
            $"Data Source={Path.Combine(_folder.Path, "customer-service.db")};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText =
                $"insert into {Migrations.Table} (scriptname, applied) values ('CustomerService.Sqlite.Migrations.9999-later.sql', '2030-01-01');"
                + $"insert into {Migrations.Expansions} (script) values ('9999-later.sql')";
            await command.ExecuteNonQueryAsync();
        }
        await StorageCore.Open(Sqlite(), NullLogger.Instance).DisposeAsync();
    }

    [Theory]
    [InlineData(StorageSharing.Alone, StorageSharing.Alone, "is in use by another process")]
    [InlineData(StorageSharing.Alone, StorageSharing.Cluster, "is in use by a process that is alone")]
    [InlineData(StorageSharing.Cluster, StorageSharing.Alone, "is in use by another process")]
    [InlineData(StorageSharing.Cluster, StorageSharing.Cluster, null)]
    [Trait("Category", "Postgres")]
    public async Task Who_may_use_one_PostgreSQL_database_together(StorageSharing first, StorageSharing second, string? refused)
    {
        var database = await (await SharedPostgres.Get()).NewDatabase();
        await using (var one = StorageCore.Open(Claiming(database, first), NullLogger.Instance))
        {
            var options = Claiming(database, second);
            if (refused is null)
            {
                await StorageCore.Open(options, NullLogger.Instance).DisposeAsync();
                return;
            }
            var failure = Assert.Throws<StorageStartupException>(() => StorageStartup.Prepare(options, NullLogger.Instance));
            Assert.Contains(refused, failure.Message, StringComparison.Ordinal);
        }
        // The first has ended: its claim ended with it.
        await StorageCore.Open(Claiming(database, second), NullLogger.Instance).DisposeAsync();
    }

    [Fact]
    [Trait("Category", "Postgres")]
    public async Task A_claim_that_was_cut_is_taken_again_and_who_lost_it_for_good_is_told()
    {
        var server = await SharedPostgres.Get();
        var database = await server.NewDatabase();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Claiming(database, StorageSharing.Alone);
        options.TakenOver = told.SetResult;
        await using var core = StorageCore.Open(options, NullLogger.Instance);
        await using var source = NpgsqlDataSource.Create(database);
        await CutClaims(source);
        await Await.Until("it is claimed again", async () => await Claims(source) == 1, TimeSpan.FromSeconds(20));
        Assert.False(told.Task.IsCompleted);

        // Somebody else is quicker.
        await using var other = new NpgsqlConnection(database + ";Pooling=false");
        await other.OpenAsync();
        await using var take = new NpgsqlCommand("select pg_advisory_lock(1129531954)", other);
        var taken = take.ExecuteNonQueryAsync();
        await CutClaims(source);
        await taken;
        await told.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    [Trait("Category", "Postgres")]
    public async Task Another_installations_database_is_refused()
    {
        var database = await (await SharedPostgres.Get()).NewDatabase();
        var owner = PostgreSql(database);
        owner.ServiceId = "shop";
        StorageStartup.Prepare(owner, NullLogger.Instance);
        var stranger = PostgreSql(database);
        stranger.ServiceId = "bank";
        var refused = Assert.Throws<StorageStartupException>(() => StorageStartup.Prepare(stranger, NullLogger.Instance));
        Assert.Contains("belongs to the installation 'shop'", refused.Message, StringComparison.Ordinal);
    }

    private static StorageOptions Claiming(string database, StorageSharing sharing)
    {
        var options = PostgreSql(database);
        options.Sharing = sharing;
        options.StartWaitMax = TimeSpan.FromSeconds(2);
        return options;
    }

    private static async Task CutClaims(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'customer-service alone' "
            + "and datname = current_database()");
        await command.ExecuteNonQueryAsync();
        await Await.Until("it was cut", async () => await Claims(source) == 0);
    }

    private static async Task<long> Claims(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            "select count(*) from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and l.granted "
            + "and a.application_name = 'customer-service alone' and a.datname = current_database()");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    [Trait("Category", "Postgres")]
    public async Task Many_starters_migrate_one_PostgreSQL_database_once()
    {
        var database = await (await SharedPostgres.Get()).NewDatabase();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(
            () => StorageStartup.Prepare(PostgreSql(database), NullLogger.Instance))));
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand($"select count(*), count(distinct scriptname) from {Migrations.Table}");
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        long all = Migrations.In("PostgreSql.Migrations").Length;
        Assert.Equal((all, all), (row.GetInt64(0), row.GetInt64(1)));
    }

    [Fact]
    public void A_PostgreSQL_out_of_reach_is_a_sentence()
    {
        var options = PostgreSql("Host=127.0.0.1;Port=5939;Username=nobody;Database=none");
        options.StartWaitMax = TimeSpan.Zero;
        var refused = Assert.Throws<StorageStartupException>(
            () => StorageStartup.Prepare(options, NullLogger.Instance));
        Assert.Contains("can't be reached", refused.Message, StringComparison.Ordinal);
        Assert.Throws<StorageStartupException>(() => StorageStartup.Prepare(PostgreSql(""), NullLogger.Instance));
        Assert.Throws<StorageStartupException>(() => StorageStartup.Prepare(PostgreSql("?"), NullLogger.Instance));
    }

    [Fact]
    public void A_setting_out_of_range_is_a_sentence()
    {
        var options = Sqlite();
        options.BatchCountMax = 0;
        var refused = Assert.Throws<StorageStartupException>(
            () => StorageStartup.Prepare(options, NullLogger.Instance));
        Assert.Equal("Storage setting BatchCountMax is 0; it must be from 1 to 10000.", refused.Message);
    }

    [Fact]
    public async Task A_host_serves_the_seam_and_writes_everything_before_it_ends()
    {
        var stream = Given.Stream();
        var options = Sqlite();
        StorageStartup.Prepare(options, NullLogger.Instance);
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddStorage(options);
        using (var host = builder.Build())
        {
            await host.StartAsync();
            var append = host.Services.GetRequiredService<IJournal>().Append(Given.Append(stream, 0));
            await host.StopAsync();
            await append;
        }
        await using var storage = StorageCore.Open(Sqlite(), NullLogger.Instance);
        Assert.Equal(1, (await storage.Journal.Heads([stream]))[0].Version);
    }

    private StorageOptions Sqlite() => new() { DataDirectory = _folder.Path };

    private static StorageOptions PostgreSql(string connectionString) =>
        new() { Provider = StorageProvider.PostgreSql, ConnectionString = connectionString };
}
