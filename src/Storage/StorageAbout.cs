using CustomerService.Storage.Database;

namespace CustomerService.Storage;

/// <summary>What the storage is.</summary>
/// <param name="Database"><c>SQLite</c> or <c>PostgreSQL</c>.</param>
/// <param name="ServerVersion">As the database says it.</param>
/// <param name="SchemaVersion">The last migration applied, such as <c>0005-tags-and-snooze</c>.</param>
public sealed record StorageFacts(string Database, string ServerVersion, string SchemaVersion);

/// <summary>Says what the storage is, for people.</summary>
public sealed class StorageAbout
{
    private readonly IDatabase _database;
    private readonly StorageProvider _provider;

    internal StorageAbout(IDatabase database, StorageProvider provider) => (_database, _provider) = (database, provider);

    /// <summary>Asks the database.</summary>
    public async Task<StorageFacts> Read(CancellationToken cancellationToken = default)
    {
        var isSqlite = _provider == StorageProvider.Sqlite;
        var version = await _database.Query(
            new Statement(isSqlite ? "select sqlite_version()" : "select current_setting('server_version')"),
            static row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        var migrations = await _database.Query(
            new Statement($"select max(scriptname) from {Migrations.Table}"),
            static row => row.TextOrNull(0) ?? "", cancellationToken).ConfigureAwait(false);
        return new StorageFacts(isSqlite ? "SQLite" : "PostgreSQL", version[0], Short(migrations[0]));
    }

    /// <summary>A resource's name ends with folder, file and <c>.sql</c>.</summary>
    private static string Short(string script) => script.Split('.') is [.., var file, "sql"] ? file : script;
}
