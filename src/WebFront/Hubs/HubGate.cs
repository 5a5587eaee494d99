using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using CustomerService.Conversations;
using CustomerService.Hosting;
using CustomerService.WebFront.Drain;
using CustomerService.WebFront.RateLimits;
using CustomerService.WebFront.Telemetry;
using Microsoft.AspNetCore.SignalR;

namespace CustomerService.WebFront.Hubs;

/// <summary>
/// What every call passes, in this order: 1. is this front stopping, 2. limits, 3. may this kind of caller call it,
/// 4. is an agent's session alive, 5. is the argument of the right shape. A call that meets a silo which has just gone is
/// made again, where its id makes that safe, until the grain lives elsewhere. And whatever fails inside becomes an answer.
/// </summary>
internal sealed class HubGate(
    CallLimits limits, IReadiness readiness, CallsUnderWay calls, FrontMetrics metrics, IClusterLink link,
    TimeProvider clock, ILogger<HubGate> log) : IHubFilter
{
    /// <summary>As long as a silo's death may take to be noticed, and a little for the grain to wake elsewhere. Shorter
    /// than any client waits for an answer.</summary>
    private static readonly TimeSpan MovingMax = TimeSpan.FromSeconds(9);

    /// <summary>How much longer an answer may take when a silo was lost: it may be another's and on its way.</summary>
    private static readonly TimeSpan LostGrace = TimeSpan.FromMilliseconds(300);

    /// <summary>Between two tries, at random, so that not all come at once.</summary>
    private const int MovingPauseMsMin = 100, MovingPauseMsMax = 250;

    private readonly ConcurrentDictionary<MethodInfo, Method> _methods = new();

    private static readonly Refusal Stopping = new(RefusalCode.Unavailable, "This server is about to stop.", 500);
    private static readonly Refusal Forbidden = new(RefusalCode.Forbidden, "Not for this kind of caller.");
    private static readonly Refusal SignedOut = new(RefusalCode.Unauthorized, "The session has ended.");
    private static readonly Refusal Malformed = new(RefusalCode.Invalid, "The argument is not of the method's shape.");

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        if (!_methods.TryGetValue(invocationContext.HubMethod, out var method))
            method = _methods.GetOrAdd(invocationContext.HubMethod, Know);
        var began = metrics.TimesCalls ? Stopwatch.GetTimestamp() : 0;
        var since = clock.GetTimestamp();
        object? answer = null;
        calls.Enter();
        try
        {
            if (Check(invocationContext, method.Audience) is { } refusal)
                return answer = Reply.Refused(refusal);
            try
            {
                return answer = await Attempt(invocationContext, next);
            }
            catch (Exception e) when (IsWorthRepeating(e, invocationContext, since, hasTimedOut: false))
            {
                return answer = await Again(e, invocationContext, next, since);
            }
        }
        catch (Exception e)
        {
            // Timeouts, silos out of reach, a grain that failed: the outcome is unknown until the same id is answered.
            log.LogWarning(e, "{Method} failed", invocationContext.HubMethodName);
            answer = Reply.Refused(Refusal.Unavailable);
            return answer;
        }
        finally
        {
            calls.Leave();
            method.Figures.Count((answer as Reply)?.Error?.Code);
            if (began != 0)
                metrics.Called(method.IsOfVisitors, Stopwatch.GetElapsedTime(began));
        }
    }

    /// <summary>Makes the call again, once more after each failure that is worth it.</summary>
    private async ValueTask<object?> Again(
        Exception failure, HubInvocationContext call, Func<HubInvocationContext, ValueTask<object?>> next, long since)
    {
        var hasTimedOut = false;
        while (true)
        {
            hasTimedOut |= failure is TimeoutException;
            log.LogDebug(failure, "{Method} is tried again", call.HubMethodName);
            await Task.Delay(Random.Shared.Next(MovingPauseMsMin, MovingPauseMsMax));
            try
            {
                return await Attempt(call, next);
            }
            catch (Exception e) when (IsWorthRepeating(e, call, since, hasTimedOut))
            {
                failure = e;
            }
        }
    }

    private ValueTask<object?> Attempt(
        HubInvocationContext call, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var attempt = next(call);
        // A process that is alone loses no silo, and pays nothing for it.
        return attempt.IsCompleted || !link.Lost.CanBeCanceled
            || call.HubMethodArguments is not [HubCall { MayBeRepeated: true }]
            ? attempt
            : new(UnlessLost(attempt.AsTask()));
    }

    /// <summary>Gives a call up when the silo was lost that it may have been with: what a silo took along that was cut off
    /// would never be answered, and only run out of time.</summary>
    private async Task<object?> UnlessLost(Task<object?> attempt)
    {
        var lost = link.Lost;
        try
        {
            return await attempt.WaitAsync(lost);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            try
            {
                return await attempt.WaitAsync(LostGrace, clock);
            }
            catch (TimeoutException) when (!attempt.IsCompleted)
            {
                _ = attempt.ContinueWith(static late => late.Exception, TaskScheduler.Default); // Observed.
                throw new SiloUnavailableException("A silo was lost while this call was under way.");
            }
        }
    }

    /// <summary>A call that timed out has had its time once: it is made again once.</summary>
    private bool IsWorthRepeating(Exception failure, HubInvocationContext call, long since, bool hasTimedOut) =>
        IsMoving(failure) && !(hasTimedOut && failure is TimeoutException) && !readiness.IsDraining
        && clock.GetElapsedTime(since) < MovingMax && call.HubMethodArguments is [HubCall { MayBeRepeated: true }];

    /// <summary>The silo that had the grain is gone, known to be or not yet.</summary>
    private static bool IsMoving(Exception failure) =>
        failure is TimeoutException or SiloUnavailableException or OrleansMessageRejectionException
            or Orleans.Runtime.Messaging.ConnectionFailedException;

    private Refusal? Check(HubInvocationContext call, Audience? allowed)
    {
        if (readiness.IsDraining)
            return Stopping;
        if (FrontHub.ConnectionOf(call.Context) is not { } connection)
            return SignedOut;
        if (limits.Take(connection) is { } tooMany)
            return tooMany;
        if (allowed != connection.Audience)
            return Forbidden;
        if (connection.CurrentActor() is null)
            return SignedOut;
        foreach (var argument in call.HubMethodArguments)
        {
            if (argument is not HubCall { IsMalformed: false } given)
                return Malformed;
            if (given.Check() is { } wrong)
                return wrong;
        }
        return null;
    }

    private Method Know(MethodInfo method)
    {
        var isOfVisitors = method.DeclaringType == typeof(VisitorHub);
        return new Method(
            method.GetCustomAttribute<AllowAttribute>()?.Audience, isOfVisitors, metrics.Method(isOfVisitors, method.Name));
    }

    private sealed record Method(Audience? Audience, bool IsOfVisitors, MethodFigures Figures);
}
