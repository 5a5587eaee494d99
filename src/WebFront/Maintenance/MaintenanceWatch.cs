using CustomerService.Storage.Installation;
using CustomerService.WebFront.Drain;
using CustomerService.WebFront.Feed;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.Maintenance;

/// <summary>
/// Keeps this front's copy of the announced window: tells its connections, new ones too, and when the time has come moves
/// them away. A front that is not replaced meanwhile takes people again when the window is over or called off.
/// </summary>
internal sealed class MaintenanceWatch(
    IInstallation installation, Connections connections, OutboundMaker outbound, Readiness readiness, Drainer drainer,
    IOptions<DrainOptions> options, TimeProvider clock, ILogger<MaintenanceWatch> log) : BackgroundService
{
    /// <summary>The name of the row.</summary>
    public const string Row = "maintenance";

    private static readonly TimeSpan s_roundEvery = TimeSpan.FromSeconds(1);

    /// <summary>How old the copy may be, and after the last word how long a client may take to leave by itself.</summary>
    private static readonly TimeSpan s_ageMax = TimeSpan.FromSeconds(3), s_leaveMax = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset _upSince = clock.GetUtcNow();
    private volatile Held? _held;
    private long _readAt;
    private Task _moving = Task.CompletedTask;

    private MaintenanceWindow? Window => _held?.Window;

    /// <summary>Reads the row now: after it was changed here.</summary>
    public async Task<MaintenanceWindow?> Read(CancellationToken cancellationToken)
    {
        var stored = await installation.Find(Row, cancellationToken);
        // The same window stays the same object: people are told of another one.
        if (_held is not { } held || held.Stored != stored)
            _held = new Held(stored, MaintenanceWindow.Read(stored));
        Volatile.Write(ref _readAt, clock.GetTimestamp());
        return Window;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_roundEvery, clock);
        try
        {
            do
                await Round(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task Round(CancellationToken stoppingToken)
    {
        try
        {
            if (_held is null || clock.GetElapsedTime(Volatile.Read(ref _readAt)) > s_ageMax)
                await Read(stoppingToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogDebug(e, "The announced window could not be read; the copy stays");
        }
        var now = clock.GetUtcNow();
        Tell(Window, now);
        var moves = Window?.Moves(now, _upSince) ?? false;
        if (moves && !readiness.IsPaused && _moving.IsCompleted)
            _moving = MoveEveryone(stoppingToken);
        else if (!moves && readiness.IsPaused && _moving.IsCompleted)
        {
            readiness.Resume();
            log.LogInformation("The maintenance window is over; this front takes people again");
        }
    }

    private void Tell(MaintenanceWindow? window, DateTimeOffset now)
    {
        foreach (var connection in connections.All)
        {
            var news = window?.IsTold(connection.Visitor is not null, now) == true ? window : null;
            if (ReferenceEquals(connection.ToldMaintenance, news))
                continue;
            connection.ToldMaintenance = news;
            connection.Outbound.Offer(outbound.Make(
                "Signal", new MaintenancePush("", "maintenance", news?.StartsAt, news?.Minutes, news?.Text)));
        }
    }

    private async Task MoveEveryone(CancellationToken stoppingToken)
    {
        readiness.Pause();
        log.LogInformation("The maintenance window begins: {Count} connections are told to move", connections.Count);
        await drainer.Move();
        try
        {
            // Who can't be told, or does not listen, is not waited for.
            await Task.Delay(TimeSpan.FromMilliseconds(options.Value.RetryAfterMsMax) + s_leaveMax, clock, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        if (!readiness.IsPaused)
            return;
        foreach (var connection in connections.All)
            connection.Abort();
    }

    private sealed record Held(string? Stored, MaintenanceWindow? Window);
}

/// <summary><c>Signal</c> about the installation: of no conversation, so its id is empty. Without a time there is no window
/// any more.</summary>
internal sealed record MaintenancePush(
    string ConversationId, string Type, DateTimeOffset? StartsAt, int? Minutes, IReadOnlyDictionary<string, string>? Text);
