using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Answers that are refusals: RFC 9457 problem documents, each with the protocol's code.</summary>
public static class Problem
{
    /// <summary>The answer for a refusal of a grain.</summary>
    public static IResult Of(Refusal refusal, string? reason = null)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new Answer(StatusOf(refusal.Code), refusal.Code, refusal.Message, refusal.RetryAfterMs, reason);
    }

    /// <summary>The answer for a code; <paramref name="detail"/> is one English sentence for logs.</summary>
    public static IResult Of(RefusalCode code, string detail, int? retryAfterMs = null) =>
        new Answer(StatusOf(code), code, detail, retryAfterMs, null);

    /// <summary>The HTTP status of each code.</summary>
    public static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.Invalid or RefusalCode.TooLong => 400,
        RefusalCode.Unauthorized => 401,
        RefusalCode.Forbidden => 403,
        RefusalCode.NotFound => 404,
        RefusalCode.Conflict or RefusalCode.Closed => 409,
        RefusalCode.RateLimited => 429,
        _ => 503,
    };

    /// <summary>The code for a status that the framework chose.</summary>
    public static RefusalCode CodeOf(int status) => status switch
    {
        401 => RefusalCode.Unauthorized,
        403 => RefusalCode.Forbidden,
        404 => RefusalCode.NotFound,
        409 => RefusalCode.Conflict,
        413 => RefusalCode.TooLong,
        429 => RefusalCode.RateLimited,
        >= 500 => RefusalCode.Unavailable,
        _ => RefusalCode.Invalid,
    };

    /// <summary>Writes a problem document.</summary>
    public static Task Write(
        HttpContext context, int status, RefusalCode code, string? detail, int? retryAfterMs, string? reason = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        var document = new ProblemDetails
        {
            Type = "about:blank",
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = detail,
        };
        document.Extensions["code"] = code.ToString();
        if (reason is not null)
            document.Extensions["reason"] = reason;
        if (retryAfterMs is { } wait)
        {
            document.Extensions["retryAfterMs"] = wait;
            response.Headers.RetryAfter = ((wait + 999) / 1_000).ToString(CultureInfo.InvariantCulture);
        }
        return response.WriteAsJsonAsync(document, options: null, "application/problem+json");
    }

    /// <summary>An answer that the framework left empty, by its status.</summary>
    public static Task WriteEmpty(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var status = context.Response.StatusCode;
        var detail = status switch
        {
            400 => "The request is malformed.",
            401 => "A valid token is needed.",
            403 => "The caller's role may not do this.",
            404 => "There is no such address.",
            405 => "This address does not answer that method.",
            413 => "The body is too large.",
            415 => "The body must be JSON.",
            _ => null,
        };
        return Write(context, status, CodeOf(status), detail, status == 503 ? 1_000 : null);
    }

    private sealed record Answer(
        int Status, RefusalCode Code, string Detail, int? RetryAfterMs, string? Reason) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            Write(httpContext, Status, Code, Detail, RetryAfterMs, Reason);
    }
}
