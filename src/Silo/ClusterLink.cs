using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CustomerService.Hosting;

/// <summary>Whether this process can call grains yet.</summary>
public interface IClusterLink
{
    /// <summary>Completes once it can, and stays so: silos that are lost later are found again by Orleans' client, and
    /// calls fail meanwhile.</summary>
    Task Connected { get; }

    /// <summary>Cancelled when the connection to a silo is lost, with whatever was under way there; from then on there
    /// is another token, for the next time.</summary>
    CancellationToken Lost { get; }
}

/// <summary>Tells again and again, each time those who began to wait since the last time.</summary>
#pragma warning disable CA1001 // Who took the token may still look at it, and without a timer there is nothing to free.
internal sealed class Losses
#pragma warning restore CA1001
{
    private CancellationTokenSource _next = new();

    /// <summary>Cancelled the next time.</summary>
    public CancellationToken Next => Volatile.Read(ref _next).Token;

    /// <summary>This is the next time. Who waits goes on elsewhere, not in this call.</summary>
    public void Tell() => _ = Interlocked.Exchange(ref _next, new CancellationTokenSource()).CancelAsync();
}

/// <summary>For a process that hosts a silo: it can from the moment it runs.</summary>
public sealed class OwnSiloLink : IClusterLink
{
    public Task Connected => Task.CompletedTask;

    public CancellationToken Lost => CancellationToken.None;
}

/// <summary>
/// Connects a front to the silos beside everything else, so that a front that finds none stays up, says that it is not
/// ready, and recovers by itself.
/// </summary>
internal sealed class ClusterLink(IServiceProvider services, ILogger<ClusterLink> log) : BackgroundService, IClusterLink,
    IClientConnectionRetryFilter
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1), s_silence = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Losses _losses = new();
    private long _saidAt;

    // Looked up late: the client itself asks for this filter.
    private IHostedService Client => (IHostedService)services.GetRequiredService<IClusterClient>();

    public Task Connected => _connected.Task;

    public CancellationToken Lost => _losses.Next;

    /// <summary>Orleans tells how many silos it is connected with.</summary>
    public void CountChanged(object? sender, GatewayCountChangedEventArgs change)
    {
        if (change.NumberOfConnectedGateways < change.PreviousNumberOfConnectedGateways)
            _losses.Tell();
    }

    /// <summary>Orleans asks after each failure: always again.</summary>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (_saidAt == 0 || TimeProvider.System.GetElapsedTime(_saidAt) > s_silence)
        {
            log.LogWarning("No silo is within reach yet: {Reason}", exception.Message);
            _saidAt = TimeProvider.System.GetTimestamp();
        }
        await Task.Delay(s_pause, cancellationToken);
        return true;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_connected.Task.IsCompleted)
            await Client.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await Client.StartAsync(stoppingToken);
        log.LogInformation("Connected to the silos");
        _connected.SetResult();
    }

    /// <summary>Puts itself in the place of Orleans' own start, which would end the process after some tries and keeps the
    /// front from answering until then.</summary>
    public static void TakeOver(IServiceCollection services, Action addClient)
    {
        var before = services.ToHashSet();
        addClient();
        var starts = services.Where(d => d.ServiceType == typeof(IHostedService) && !before.Contains(d)).ToArray();
        if (starts is not [var start])
            throw new InvalidOperationException($"Orleans' client starts {starts.Length} services, not one; look here.");
        services.Remove(start);
        services.AddSingleton<ClusterLink>();
        services.AddSingleton<IClusterLink>(s => s.GetRequiredService<ClusterLink>());
        services.AddSingleton<IClientConnectionRetryFilter>(s => s.GetRequiredService<ClusterLink>());
        services.AddHostedService(s => s.GetRequiredService<ClusterLink>());
    }
}
