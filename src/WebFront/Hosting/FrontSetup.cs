using System.Net;
using System.Net.Sockets;
using CustomerService.Hosting;
using CustomerService.Hosting.Telemetry;
using CustomerService.Storage;
using CustomerService.WebFront.Demo;
using CustomerService.WebFront.Endpoints;
using CustomerService.WebFront.Files;
using CustomerService.WebFront.Health;
using CustomerService.WebFront.Hubs;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Hosting;

/// <summary>The parts of a web front and what they are made with.</summary>
public static class FrontSetup
{
    /// <summary>A builder whose settings and pages lie beside the program, wherever it is started from.</summary>
    public static WebApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> configuration)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
        });
        builder.Configuration.AddProductLevels();
        builder.Configuration.AddInMemoryCollection(configuration);
        if (builder.Configuration["urls"] is null && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.Configuration["urls"] = FrontCommand.DefaultUrl;
        CheckUrls(builder.Configuration["urls"]);
        builder.Logging.AddProductConsole();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RestSetup.BodyBytesMax;
        });
        return builder;
    }

    /// <summary>A port that is taken is said before anything has started or was made.</summary>
    private static void CheckFree(BindingAddress address, string url)
    {
        if (address.Port == 0)
            return;
        var ip = IPAddress.TryParse(address.Host, out var given) ? given
            : address.Host == "localhost" ? IPAddress.Loopback : IPAddress.Any;
        using var probe = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(ip, address.Port));
            probe.Listen();
        }
        catch (SocketException e)
        {
            throw new StartupException(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"The address {url} is already in use; choose another one with --urls."
                : $"The address {url} can't be listened on ({e.Message}); choose another one with --urls.");
        }
    }

    private static void CheckUrls(string? urls)
    {
        foreach (var url in urls?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            try
            {
                if (BindingAddress.Parse(url.Trim()) is { Scheme: "http" or "https", Port: >= 0 and <= 65_535 } address)
                {
                    CheckFree(address, url);
                    continue;
                }
            }
            catch (FormatException)
            {
                // Said below.
            }
            throw new StartupException($"'{url}' is no address to listen on; one is like {FrontCommand.DefaultUrl}.");
        }
    }

    /// <summary>
    /// Makes the storage ready and adds every part: storage first, so that it starts first and closes last; then the silo
    /// or the way to one; then what serves people.
    /// </summary>
    /// <exception cref="StartupException">A setting is wrong.</exception>
    /// <exception cref="StorageStartupException">The storage can't be used.</exception>
    public static void AddEverything(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var storage = SharedOptions.Storage(builder.Configuration);
        var cluster = ClusterOptions.Read(builder.Configuration);
        var telemetry = TelemetryOptions.Read(builder.Configuration);
        if (cluster.Join && storage.Provider != StorageProvider.PostgreSql)
            throw new StartupException("--join needs the PostgreSQL of the cluster: give --postgres CONNECTION too.");
        (storage.Sharing, storage.ServiceId) =
            (cluster.Join ? StorageSharing.Cluster : StorageSharing.Alone, cluster.ServiceId);
        using (var log = LoggerFactory.Create(logging => logging.AddProductConsole()))
            StorageStartup.Prepare(storage, log.CreateLogger("CustomerService.Storage"));

        var services = builder.Services;
        services.AddStorage(storage);
        services.AddFiles(SharedOptions.Files(builder.Configuration), storage);
        services.AddFileDesk();
        services.AddHostedService<FirstAdministrator>();
        if (cluster.Join)
        {
            builder.UseCustomerServiceClient(storage, cluster, telemetry.Traces);
        }
        else
        {
            builder.UseCustomerServiceSilo(storage, cluster, alone: true, telemetry.Traces);
            services.AddLocalFeed();
        }
        services.AddForwardedHeaders(ProxyOptions.Read(builder.Configuration));
        services.AddSignIn(builder.Configuration);
        services.AddRest(builder.Configuration);
        services.AddSingleton<ReadinessCheck>();
        services.AddFront(builder.Configuration);
        if (builder.Configuration.GetValue<bool>("Demo:Enabled"))
            services.AddHostedService<DemoSeed>();
        builder.AddTelemetry(telemetry, cluster.Join ? "customer-service-front" : "customer-service");
    }
}
