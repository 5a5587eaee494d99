using CustomerService.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CustomerService.Storage.Tests;

/// <summary>One PostgreSQL server for this assembly, started by the first test that needs it.</summary>
internal static class SharedPostgres
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(() => PostgresServer.Start());

    public static Task<PostgresServer> Get() => Server.Value;
}

/// <summary>A fresh, empty database for each test class, opened as often as a test likes.</summary>
public abstract class DatabaseFixture : IAsyncLifetime
{
    private readonly List<StorageCore> _opened = [];
    private StorageCore? _shared;

    /// <summary>The storage that the class's tests share.</summary>
    internal StorageCore Storage => _shared!;

    /// <summary>Options for this fixture's database.</summary>
    public abstract StorageOptions Options();

    public async Task InitializeAsync()
    {
        await Create();
        _shared = Open(Options());
    }

    public async Task DisposeAsync()
    {
        foreach (var storage in _opened)
            await storage.DisposeAsync();
        await Delete();
    }

    internal StorageCore Open(StorageOptions options)
    {
        var storage = StorageCore.Open(options, NullLogger.Instance);
        _opened.Add(storage);
        return storage;
    }

    protected abstract Task Create();

    protected abstract Task Delete();
}

public sealed class SqliteFixture : DatabaseFixture
{
    private readonly string _folder = Directory.CreateTempSubdirectory("storage-").FullName;

    public override StorageOptions Options() => new() { DataDirectory = _folder };

    protected override Task Create() => Task.CompletedTask;

    protected override Task Delete()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}

public sealed class PostgreSqlFixture : DatabaseFixture
{
    private string _connectionString = "";

    public override StorageOptions Options() =>
        new() { Provider = StorageProvider.PostgreSql, ConnectionString = _connectionString };

    protected override async Task Create() =>
        _connectionString = await (await SharedPostgres.Get()).NewDatabase();

    protected override Task Delete() => Task.CompletedTask;
}
