using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using CustomerService.Storage.Accounts;
using Microsoft.Extensions.Options;

namespace CustomerService.WebFront.SignIn;

/// <summary>
/// See <see cref="IAgentSessionCache"/>. One query rechecks everything held here. While the database is out of reach
/// nothing is forgotten: nothing can be stored in that time either, and dropping every socket would only add a storm.
/// </summary>
public sealed class AgentSessionCache(
    IAgentSessions sessions, IOptions<SignInOptions> options, TimeProvider clock, ILogger<AgentSessionCache> log)
    : BackgroundService, IAgentSessionCache
{
    /// <summary>Sessions held at most; the next one is refused as overload.</summary>
    public const int SessionsMax = 20_000;

    private static readonly TimeSpan s_purgeEvery = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, LiveSession> _live = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public event Action<string>? Ended;

    /// <inheritdoc/>
    public bool TryGet(string sessionId, [NotNullWhen(true)] out LiveSession? session)
    {
        if (_live.TryGetValue(sessionId, out session) && session.ExpiresAt > clock.GetUtcNow())
            return true;
        session = null;
        return false;
    }

    /// <summary>The live session, from memory or else from the database; null where there is none.</summary>
    public async ValueTask<LiveSession?> Find(string sessionId, CancellationToken cancellationToken)
    {
        if (TryGet(sessionId, out var session))
            return session;
        session = await sessions.Live([sessionId], clock.GetUtcNow(), cancellationToken) is [var found, ..] ? found : null;
        if (session is not null && (_live.Count < SessionsMax || _live.ContainsKey(sessionId)))
            _live[sessionId] = session;
        return session;
    }

    /// <summary>Looks at one again now: after a change made here.</summary>
    public async Task Refresh(string sessionId, CancellationToken cancellationToken)
    {
        var now = await sessions.Live([sessionId], clock.GetUtcNow(), cancellationToken);
        if (now is [var session])
            _live[sessionId] = session;
        else
            End(sessionId);
    }

    /// <summary>Looks at all again now: after sessions were revoked here, and by the clock.</summary>
    public async Task Recheck(CancellationToken cancellationToken)
    {
        var held = _live.Keys.ToList();
        if (held.Count == 0)
            return;
        var live = (await sessions.Live(held, clock.GetUtcNow(), cancellationToken))
            .ToDictionary(session => session.TokenHash, StringComparer.Ordinal);
        foreach (var sessionId in held)
        {
            if (live.TryGetValue(sessionId, out var session))
                _live[sessionId] = session;
            else
                End(sessionId);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.Value.RecheckMs), clock);
        var purged = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await Recheck(stoppingToken);
                    if (clock.GetElapsedTime(purged) > s_purgeEvery)
                    {
                        await sessions.Purge(clock.GetUtcNow(), stoppingToken);
                        purged = clock.GetTimestamp();
                    }
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    log.LogWarning("Sessions could not be checked again: {Reason}", e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private void End(string sessionId)
    {
        if (_live.TryRemove(sessionId, out _))
            Ended?.Invoke(sessionId);
    }
}
