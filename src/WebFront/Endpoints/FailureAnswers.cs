using System.Data.Common;
using CustomerService.Storage.Journal;
using Microsoft.AspNetCore.Diagnostics;

namespace CustomerService.WebFront.Endpoints;

/// <summary>What a caller learns of an exception: a code, never a stack trace.</summary>
public sealed class FailureAnswers(ILogger<FailureAnswers> log) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (httpContext.RequestAborted.IsCancellationRequested || httpContext.Response.HasStarted)
            return true;
        var refusal = exception switch
        {
            BadHttpRequestException => null,
            JournalOverloadedException or GatewayTooBusyException => Refusal.Overloaded,
            JournalUnavailableException or AppendOutcomeUnknownException or StreamConflictException
                or TimeoutException or OrleansException or DbException => Refusal.Unavailable,
            _ => null,
        };
        if (refusal is not null)
        {
            log.LogWarning("{Method} {Path} is {Code}: {Reason}", httpContext.Request.Method, Route(httpContext),
                refusal.Code, exception.Message.ReplaceLineEndings(" "));
            await Problem.Write(httpContext, 503, refusal.Code, refusal.Message, refusal.RetryAfterMs);
        }
        else if (exception is BadHttpRequestException bad)
        {
            httpContext.Response.StatusCode = bad.StatusCode;
            await Problem.WriteEmpty(httpContext);
        }
        else
        {
            log.LogError(exception, "{Method} {Path} failed", httpContext.Request.Method, Route(httpContext));
            await Problem.Write(httpContext, 500, RefusalCode.Unavailable, "Something went wrong here.", 1_000);
        }
        return true;
    }

    // The pattern and not the address: nobody can write into the log through it.
    private static string Route(HttpContext context) =>
        (context.Features.Get<IExceptionHandlerFeature>()?.Endpoint as RouteEndpoint)?.RoutePattern.RawText ?? "?";
}
