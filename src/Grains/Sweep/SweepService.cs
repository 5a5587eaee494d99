using Microsoft.Extensions.Hosting;

namespace CustomerService.Grains.Sweep;

/// <summary>Runs the sweep in a silo's process, a round a second, from the moment the silo serves until it stops.</summary>
public sealed class SweepService(Sweeper sweeper, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_between, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                // A round may wait ten seconds for a grain that does not answer: stopping does not, another host goes on.
                await sweeper.Round(stoppingToken).WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        await sweeper.GiveUp();
    }
}
