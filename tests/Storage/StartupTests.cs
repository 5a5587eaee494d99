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
