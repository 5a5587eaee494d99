using System.CommandLine;
using CustomerService.Storage;
using CustomerService.Storage.Files;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CustomerService.Hosting;

/// <summary>Options given at start that both programs know, and how they become configuration.</summary>
public static class SharedOptions
{
    /// <summary>The option for PostgreSQL.</summary>
    public static Option<string?> Postgres() => new("--postgres")
    {
        Description = "Store in PostgreSQL 15 or later instead of SQLite: an Npgsql connection string, such as "
            + "\"Host=localhost;Username=app;Password=secret;Database=app\". "
            + "As configuration: Storage:ConnectionString.",
        HelpName = "CONNECTION",
    };

    /// <summary>The option for any configuration key.</summary>
    public static Option<string[]> Set() => new("--set")
    {
        Description = "Set any configuration key (docs/configuration.md lists them), for example "
            + "--set Cluster:ClusterId=test. May be repeated.",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Runs parsed options. Termination is the host's: the parser's own two seconds would cut its drain short.
    /// </summary>
    public static Task<int> Run(ParseResult arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    /// <summary>The pairs of <see cref="Set"/>; of a key that is given twice the last counts.</summary>
    public static Dictionary<string, string?> Pairs(IEnumerable<string> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        var pairs = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in given)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
                throw new StartupException($"--set needs KEY=VALUE, not '{pair}'.");
            pairs[pair[..at].Trim()] = pair[(at + 1)..];
        }
        return pairs;
    }

    /// <summary>Reads section <c>Files</c>.</summary>
    public static FilesOptions Files(IConfiguration configuration)
    {
        var options = new FilesOptions();
        try
        {
            configuration.GetSection("Files").Bind(options);
        }
        catch (InvalidOperationException e)
        {
            throw new StartupException($"A setting of section Files can't be read: {e.Message}");
        }
        return options;
    }

    /// <summary>Ends the host, with exit code 1, where another process has taken its database over.</summary>
    public static void EndWhenTakenOver(this StorageOptions storage, IHost host)
    {
        ArgumentNullException.ThrowIfNull(storage);
        storage.TakenOver = () =>
        {
            Environment.ExitCode = 1;
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        };
    }

    /// <summary>Reads section <c>Storage</c>. A connection string means PostgreSQL.</summary>
    public static StorageOptions Storage(IConfiguration configuration)
    {
        var options = new StorageOptions();
        try
        {
            configuration.GetSection("Storage").Bind(options);
        }
        catch (InvalidOperationException e)
        {
            throw new StartupException($"A setting of section Storage can't be read: {e.Message}");
        }
        if (options.ConnectionString.Length > 0)
            options.Provider = StorageProvider.PostgreSql;
        options.DataDirectory = Path.GetFullPath(options.DataDirectory);
        return options;
    }
}
