using System.CommandLine;
using CustomerService.Hosting;
using CustomerService.Hosting.Health;
using CustomerService.Hosting.Telemetry;
using CustomerService.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// A silo without a web front: one of a cluster on one PostgreSQL.
var postgres = SharedOptions.Postgres();
var set = SharedOptions.Set();
var command = new RootCommand(
    "A silo of the customer-service system, without a web front: start as many as needed on one PostgreSQL, and web "
    + "fronts with --join beside them. Ports are free ones on the loopback address unless Cluster:Address, "
    + "Cluster:SiloPort and Cluster:GatewayPort say otherwise.") { postgres, set };

command.SetAction((parsed, _) => StartupFailure.Guard(async () =>
{
    var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
    {
        ContentRootPath = AppContext.BaseDirectory,
    });
    builder.Configuration.AddProductLevels();
    builder.Configuration.AddInMemoryCollection(SharedOptions.Pairs(parsed.GetValue(set)!));
    if (parsed.GetValue(postgres) is { } connection)
        builder.Configuration["Storage:ConnectionString"] = connection;

    var storage = SharedOptions.Storage(builder.Configuration);
    if (storage.Provider != StorageProvider.PostgreSql)
        throw new StartupException(
            "A silo without a web front needs a database that it can share: give --postgres CONNECTION.");
    var cluster = ClusterOptions.Read(builder.Configuration);
    (storage.Sharing, storage.ServiceId) = (StorageSharing.Cluster, cluster.ServiceId);
    var telemetry = TelemetryOptions.Read(builder.Configuration);
    builder.Logging.AddProductConsole();
    using (var log = LoggerFactory.Create(logging => logging.AddProductConsole()))
        StorageStartup.Prepare(storage, log.CreateLogger("CustomerService.Storage"));

    builder.Services.AddStorage(storage);
    SiloHealth.AddTo(builder.Services, builder.Configuration);
    builder.UseCustomerServiceSilo(storage, cluster, alone: false, telemetry.Traces);
    builder.AddTelemetry(telemetry, "customer-service-silo");
    using var host = builder.Build();
    storage.EndWhenTakenOver(host);
    await StartupFailure.Start(host);
    host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("CustomerService")
        .LogInformation("The silo is ready in cluster {Cluster}.", cluster.ClusterId);
    await host.WaitForShutdownAsync();
}));
var arguments = command.Parse(args);
return arguments.Errors is [var wrong, ..] ? StartupFailure.Refuse(wrong.Message) : await SharedOptions.Run(arguments);
