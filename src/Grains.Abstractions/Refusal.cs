namespace CustomerService;

/// <summary>Why a command was refused: the codes of the client protocol. Stored nowhere, sent on the wire by name, so
/// names never change.</summary>
public enum RefusalCode
{
    /// <summary>Malformed or out of range. Final.</summary>
    Invalid = 1,

    /// <summary>A text is over its limit. Final.</summary>
    TooLong = 2,

    /// <summary>The state does not allow it, or the id was used with other content. Final.</summary>
    Conflict = 3,

    /// <summary>The conversation is closed. Final.</summary>
    Closed = 4,

    /// <summary>Does not exist, or not for this caller. Final.</summary>
    NotFound = 5,

    /// <summary>The caller's role may not. Final.</summary>
    Forbidden = 6,

    /// <summary>Not, or no longer, signed in. Final for this attempt.</summary>
    Unauthorized = 7,

    /// <summary>Too many calls. Retry with the same ids after the time given.</summary>
    RateLimited = 8,

    /// <summary>A queue inside is full; nothing was done. Retry with the same ids.</summary>
    Overloaded = 9,

    /// <summary>A database or silo is out of reach, or the outcome is unknown. Retry with the same ids.</summary>
    Unavailable = 10,
}

/// <summary>A refusal: its code for programs, a sentence for people's logs.</summary>
/// <param name="Code">See <see cref="RefusalCode"/>.</param>
/// <param name="Message">One English sentence that names the reason; clients show their own text by code.</param>
/// <param name="RetryAfterMs">For codes to be retried: when, in milliseconds.</param>
/// <param name="ConversationId">For a refused reopen: the visitor's other open conversation.</param>
[GenerateSerializer, Immutable, Alias("refusal")]
public sealed record Refusal(
    [property: Id(0)] RefusalCode Code,
    [property: Id(1)] string Message,
    [property: Id(2)] int? RetryAfterMs = null,
    [property: Id(3)] string? ConversationId = null)
{
    /// <summary>A word for programs where a code alone does not tell a person what to do, such as <c>blocked</c>; null
    /// otherwise.</summary>
    [Id(4)]
    public string? Reason { get; init; }

    /// <summary>The visitor was blocked: it begins nothing and writes nothing until somebody lifts that.</summary>
    public static Refusal Blocked { get; } = new(RefusalCode.Forbidden, "This visitor is blocked.") { Reason = "blocked" };

    /// <summary>The database or a silo is out of reach: unknown until the same id is answered.</summary>
    public static Refusal Unavailable { get; } = new(RefusalCode.Unavailable, "Out of reach at the moment.", 1_000);

    /// <summary>The stored events can't be read or folded: nothing is done with them until somebody has mended them, after
    /// which the same id is answered. Everything else goes on.</summary>
    public static Refusal Quarantined { get; } = new(
        RefusalCode.Unavailable, "What is stored of this can't be read: it is quarantined until an operator has mended it.", 30_000);

    /// <summary>A bounded queue is full; nothing was done.</summary>
    public static Refusal Overloaded { get; } = new(RefusalCode.Overloaded, "Too much at the moment.", 500);

    /// <summary>Unknown, or not the caller's.</summary>
    public static Refusal NotFound { get; } = new(RefusalCode.NotFound, "No such thing for this caller.");
}
