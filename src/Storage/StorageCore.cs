using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Database;
using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Files;
using CustomerService.Storage.Installation;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Keys;
using CustomerService.Storage.Library;
using CustomerService.Storage.PostgreSql;
using CustomerService.Storage.Search;
using CustomerService.Storage.Sqlite;
using CustomerService.Storage.Writer;
using Microsoft.Extensions.Logging;

namespace CustomerService.Storage;

/// <summary>An open storage: the parts behind the seam, and their end.</summary>
internal sealed class StorageCore : IAsyncDisposable
{
    private readonly StorageOptions _options;
    private readonly StorageMetrics _metrics = new();
    private readonly Lock _gate = new();
    private Task? _closing;

    private StorageCore(StorageOptions options, ILogger log)
    {
        _options = options;
        JournalWriter? writer = null;
        IJournalEngine engine;
        if (options.Provider == StorageProvider.Sqlite)
        {
            var file = SqliteStartup.File(options);
            engine = new SqliteJournalEngine(new SqliteThreads("journal-writer", file, false, 1, 16), log);
            Database = new SqliteDatabase(
                new SqliteThreads("journal-reader", file, true, options.ReadThreads, options.WaitingReadsMax),
                () => writer!);
        }
        else
        {
            var database = new PostgreSqlDatabase(options);
            engine = new PostgreSqlJournalEngine(options, log);
            Database = database;
        }
        Writer = writer = new JournalWriter(engine, options, _metrics, log);
        Journal = new JournalTable(Database, Writer);
        Conversations = new ConversationTable(Database, Writer);
        Search = new SearchTable(Database);
        Deadlines = new DeadlineTable(Database);
        Outbox = new OutboxTable(Database, Writer);
        Accounts = new AccountTable(Database);
        Sessions = new SessionTable(Database);
        Catalogue = new CatalogueTable(Database);
        Keys = new KeyTable(Database);
        Uploads = new UploadTable(Database);
        Installation = new InstallationTable(Database);
        Library = new LibraryTable(Database);
        Drafts = new DraftTable(Database);
        Health = new StorageHealth(Database, Writer);
        About = new StorageAbout(Database, options.Provider);
    }

    public JournalWriter Writer { get; }

    public IDatabase Database { get; }

    public IJournal Journal { get; }

    public IConversationIndex Conversations { get; }

    public ISearchIndex Search { get; }

    public IDeadlines Deadlines { get; }

    public IOutbox Outbox { get; }

    public IAccounts Accounts { get; }

    public IAgentSessions Sessions { get; }

    public ICatalogue Catalogue { get; }

    public IKeyStore Keys { get; }

    public IUploads Uploads { get; }
    public IInstallation Installation { get; }

    public ILibrary Library { get; }

    public IDrafts Drafts { get; }

    public StorageHealth Health { get; }

    public StorageAbout About { get; }

    public BusyStreams Busy => _metrics.Busy;

    /// <summary>Prepares what was not prepared, then opens.</summary>
    public static StorageCore Open(StorageOptions options, ILogger log)
    {
        StorageStartup.Prepare(options, log);
        return new StorageCore(options, log);
    }

    /// <summary>Writes what waits, then closes everything and frees the data directory.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
            _closing ??= Close();
        return new ValueTask(_closing);
    }

    private async Task Close()
    {
        await Writer.DisposeAsync().ConfigureAwait(false);
        await Database.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
        _options.Claim?.Dispose();
        _options.Claim = null;
        _options.Prepared = false;
    }
}
