using CustomerService.Storage;
using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Files;
using CustomerService.Storage.Installation;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Keys;
using CustomerService.Storage.Search;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the storage seam.</summary>
public static class StorageServices
{
    /// <summary>
    /// Registers <see cref="IJournal"/>, <see cref="IOutbox"/>, <see cref="IDeadlines"/>,
    /// <see cref="IConversationIndex"/>, <see cref="ISearchIndex"/>, <see cref="ICatalogue"/>, <see cref="IAccounts"/>,
    /// <see cref="IAgentSessions"/>, <see cref="IKeyStore"/>, <see cref="IUploads"/>, <see cref="IInstallation"/>,
    /// <see cref="StorageHealth"/> and
    /// <see cref="OrleansStorage"/>. The storage opens when the host starts, or when the first of them is asked for;
    /// it closes after every hosted service has stopped, with everything that waited written.
    /// </summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, StorageOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(static sp => StorageCore.Open(
            sp.GetRequiredService<StorageOptions>(), sp.GetRequiredService<ILogger<StorageCore>>()));
        services.AddHostedService<Lifetime>();
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Journal);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Outbox);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Deadlines);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Conversations);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Search);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Catalogue);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Accounts);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Sessions);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Keys);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Uploads);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Installation);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Library);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Drafts);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Health);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().About);
        services.AddSingleton(static sp => sp.GetRequiredService<StorageCore>().Busy);
        services.AddSingleton(static sp => OrleansStorage.For(sp.GetRequiredService<StorageOptions>()));
        return services;
    }

    /// <summary>Registers <see cref="IFileStore"/>: needs <see cref="AddStorage"/>.</summary>
    /// <exception cref="StorageStartupException">A setting is wrong.</exception>
    public static IServiceCollection AddFiles(
        this IServiceCollection services, FilesOptions options, StorageOptions storage)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(storage);
        options.Validate(storage.Provider);
        services.AddSingleton(options);
        return services.AddSingleton<IFileStore>(sp => options.StoreFor(storage.Provider) switch
        {
            "s3" => new S3FileStore(options.S3),
            "database" => new DatabaseFileStore(sp.GetRequiredService<StorageCore>().Database),
            _ => new DiskFileStore(options.Directory.Length > 0
                ? Path.GetFullPath(options.Directory)
                : Path.Combine(storage.DataDirectory, "files")),
        });
    }

    /// <summary>Opens with the host; closes last, because grains still append while their silo stops.</summary>
    private sealed class Lifetime(StorageCore storage) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => storage.DisposeAsync().AsTask();
    }
}
