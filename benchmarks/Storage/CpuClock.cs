using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace CustomerService.Storage.Benchmark;

/// <summary>Processor time of this process and of the writer's session in PostgreSQL, taken from the operating system: it
/// says more than a rate where the machine is shared. Linux only; elsewhere the database's share stays zero.</summary>
internal sealed class CpuClock(StorageOptions options)
{
    private const double MicrosPerTick = 10_000;

    private int _session;

    public double OwnMicros { get; private set; }

    public double DatabaseMicros { get; private set; }

    public async Task Start()
    {
        if (options.Provider == StorageProvider.PostgreSql && OperatingSystem.IsLinux())
        {
            await using var connection = new NpgsqlConnection(options.ConnectionString);
            await connection.OpenAsync();
            // The writer's statements are the ones that are busy.
            await using var command = new NpgsqlCommand(
                "select pid from pg_stat_activity where application_name = 'customer-service' "
                + "order by (query like '%journal%') desc, query_start desc limit 1", connection);
            _session = (int)(await command.ExecuteScalarAsync() ?? 0);
        }
        (OwnMicros, DatabaseMicros) = (-Own(), -Session());
    }

    public void Stop() => (OwnMicros, DatabaseMicros) = (OwnMicros + Own(), DatabaseMicros + Session());

    private static double Own() => Process.GetCurrentProcess().TotalProcessorTime.TotalMicroseconds;

    private double Session()
    {
        var file = $"/proc/{_session}/stat";
        if (_session == 0 || !File.Exists(file))
            return 0;
        // After the name in brackets: user time is the 12th field, system time the 13th.
        var fields = File.ReadAllText(file).Split(") ")[1].Split(' ');
        return (Ticks(11) + Ticks(12)) * MicrosPerTick;

        double Ticks(int n) => double.Parse(fields[n], CultureInfo.InvariantCulture);
    }
}
