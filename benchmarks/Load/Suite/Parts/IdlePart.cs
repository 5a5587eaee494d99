using System.Diagnostics;
using CustomerService.Load.Measure;

namespace CustomerService.Load.Suite.Parts;

/// <summary>What a server that nobody uses takes of a core: timers, mostly.</summary>
public static class IdlePart
{
    // In its first minute the runtime compiles anew what startup used often: that is of no idle server's day.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(5);

    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        await using var contender = await suite.OnPostgres("product", cancellationToken);
        await Task.Delay(s_settle, cancellationToken);
        for (var window = 0; window < 5; window++)
        {
            var (before, clock) = (ProcStat.CpuSeconds(contender.Pid), Stopwatch.StartNew());
            await Task.Delay(s_window, cancellationToken);
            var used = ProcStat.CpuSeconds(contender.Pid) - before;
            suite.Sample("idle", "idle.percent", used / clock.Elapsed.TotalSeconds * 100);
        }
    }
}
