using CustomerService.Storage;
using CustomerService.Storage.Benchmark;
using CustomerService.Support;

// Measures the journal's writer: dotnet run -c Release --project benchmarks/Storage -- [sqlite|postgres|both] [rounds]
// PostgreSQL is a server of its own on this machine, or the one named by STORAGE_BENCHMARK_POSTGRES.
var which = args.ElementAtOrDefault(0) ?? "both";
var rounds = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 3;

if (which is "sqlite" or "both")
{
    using var folder = new TemporaryFolder();
    await Measurement.Run("SQLite", new StorageOptions { DataDirectory = folder.Path }, rounds);
}
if (which is "postgres" or "both")
{
    var given = Environment.GetEnvironmentVariable("STORAGE_BENCHMARK_POSTGRES");
    await using var server = given is null ? await PostgresServer.Start() : null;
    await Measurement.Run(
        "PostgreSQL",
        new StorageOptions
        {
            Provider = StorageProvider.PostgreSql,
            ConnectionString = given ?? await server!.NewDatabase(),
        },
        rounds);
}
