using System.Diagnostics;
using CustomerService.Grains;
using CustomerService.Hosting.Telemetry;
using CustomerService.Operations;
using CustomerService.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CustomerService.Hosting.Roster;

/// <summary>How many people are connected to this process; a silo without a web front has none of it.</summary>
public interface IConnectionCounts
{
    /// <summary>Connections of visitors and of agents.</summary>
    (int Visitors, int Agents) Counts();
}

/// <summary>Tells the roster every few seconds how this process stands. What fails is tried again at the next report.
/// </summary>
internal sealed class RosterReporter(
    IServiceProvider services, ProcessKind kind, IIdSource ids, BusyStreams busy, TimeProvider clock,
    ILogger<RosterReporter> log) : BackgroundService
{
    private const int BusiestShown = 10;

    private static readonly TimeSpan s_callMax = TimeSpan.FromSeconds(3);

    private readonly string _id = ids.Next();
    private TimeSpan _cpu;
    private long _cpuAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var startedAt = clock.GetUtcNow();
        var address = services.GetService<ILocalSiloDetails>()?.SiloAddress.ToParsableString()
            ?? $"{Environment.MachineName}:{Environment.ProcessId}";
        CpuPermille();
        using var timer = new PeriodicTimer(IRosterGrain.ReportEvery, clock);
        try
        {
            do
                await Try(roster => roster.Report(Report(address, startedAt)));
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (ExecuteTask is null)
            return; // A start that was refused: no silo may ever have run here.
        await Try(roster => roster.Leave(_id));
    }

    private async Task Try(Func<IRosterGrain, Task> call)
    {
        try
        {
            var roster = services.GetRequiredService<IGrainFactory>().GetGrain<IRosterGrain>(0);
            await call(roster).WaitAsync(s_callMax, clock);
        }
        catch (Exception e)
        {
            log.LogDebug(e, "The roster did not take a report");
        }
    }

    private ProcessReport Report(string address, DateTimeOffset startedAt)
    {
        var (visitors, agents) = services.GetService<IConnectionCounts>()?.Counts() ?? default;
        return new ProcessReport(
            _id, kind, address, TelemetrySetup.Version, startedAt, visitors, agents, CpuPermille(),
            Environment.WorkingSet,
            [.. busy.Top(BusiestShown).Select(one => new BusyStream(one.Stream, one.PerMinute))]);
    }

    private int CpuPermille()
    {
        var (cpu, at) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var share = (cpu - _cpu) / Stopwatch.GetElapsedTime(_cpuAt, at);
        (_cpu, _cpuAt) = (cpu, at);
        return (int)Math.Clamp(share * 1_000, 0, 1_000_000);
    }
}
