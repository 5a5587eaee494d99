using System.Collections.Immutable;
using System.Globalization;
using CustomerService.Conversations;
using CustomerService.Grains.Search;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Search;
using CustomerService.WebFront.SignIn;

namespace CustomerService.WebFront.Endpoints;

/// <summary>Search through all messages and notes.</summary>
public static class SearchEndpoints
{
    private const int LimitDefault = 20;
    private const int LimitMax = 50;

    /// <summary>Maps <c>/api/v1/search</c>.</summary>
    public static void MapSearch(this IEndpointRouteBuilder api) =>
        api.MapGet("/search", Find).MayBeCalledBy(Access.Agents)
            .WithSummary("Messages and notes the caller may see that have all the terms, newest first")
            .Produces<SearchAnswer>();

    private static async Task<IResult> Find(
        HttpContext context, string? q, string? state, string? queue, string? agent, string? visitor, string? tag,
        string? from, string? to, string? cursor, int? limit, IAgentSessionCache sessions, SearchGate gate, ISearchIndex index,
        ConversationLines lines)
    {
        if (sessions.Account(context.User) is not { } account)
            return Problem.Of(RefusalCode.Unauthorized, "The session has ended.");
        if (q?.Length > SearchTerms.LengthMax)
            return Problem.Of(RefusalCode.TooLong, $"q has at most {SearchTerms.LengthMax} UTF-16 units.");
        if (SearchTerms.Parse(q ?? "", out var refusal) is not { } terms)
            return Problem.Of(RefusalCode.Invalid, refusal);
        if (limit is < 1 or > LimitMax)
            return Problem.Of(RefusalCode.Invalid, $"limit is 1 to {LimitMax}.");
        if (cursor?.Length > 40)
            return Problem.Of(RefusalCode.Invalid, "cursor is not one of an earlier page.");
        if (!TryTime(from, out var since) || !TryTime(to, out var until))
            return Problem.Of(RefusalCode.Invalid, "from and to are ISO 8601 times with an offset or Z.");
        if (ConversationFilter.Read(account, state, queue, agent, visitor, tag, null, out refusal) is not { } filter)
            return Problem.Of(RefusalCode.Invalid, refusal);
        var query = new SearchQuery
        {
            Terms = terms,
            Conversations = filter,
            From = since,
            To = until,
            Cursor = cursor,
            Limit = limit ?? LimitDefault,
        };
        SearchPage? page;
        try
        {
            page = await gate.Run(token => index.Find(query, MessageText.Of, token), context.RequestAborted);
        }
        catch (InvalidCursorException)
        {
            return Problem.Of(RefusalCode.Invalid, "cursor is not one of an earlier page.");
        }
        if (page is null)
            return Problem.Of(Refusal.Overloaded);
        var conversations = await lines.Of(
            [.. page.Hits.Select(hit => hit.Conversation)], account, context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(new SearchAnswer(
            [.. page.Hits.Select((hit, i) => Line(hit, conversations[i])).OfType<HitView>()], page.NextCursor));
    }

    private static HitView? Line(SearchHit hit, ConversationView conversation)
    {
        if (MessageText.Read(hit.Event) is not { } message)
            return null;
        var snippet = Snippet.Of(hit.Text, hit.Places);
        var author = message.Author;
        return new HitView(
            conversation, message.Version, hit.Event.At, message.Type, message.MessageId,
            new AuthorView(author.Kind.ToString().ToLowerInvariant(), author.Id, author.Name), snippet.Text,
            snippet.CutBefore, snippet.CutAfter, snippet.Places);
    }

    private static bool TryTime(string? given, out DateTimeOffset? time)
    {
        // Without an offset it would mean the server's own zone, which nobody means.
        var isGiven = DateTimeOffset.TryParseExact(
            given,
            [
                "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ",
                "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", "yyyy-MM-ddTHH:mmZ", "yyyy-MM-ddTHH:mmzzz",
            ],
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed);
        time = isGiven ? parsed : null;
        return isGiven || given is null;
    }

    /// <summary>A page of hits.</summary>
    public sealed record SearchAnswer(IReadOnlyList<HitView> Hits, string? NextCursor);

    /// <summary>A message found. The places are in the snippet, in UTF-16 units.</summary>
    public sealed record HitView(
        ConversationView Conversation, long Sequence, DateTimeOffset At, string Type, string MessageId,
        AuthorView Author, string Snippet, bool CutBefore, bool CutAfter, ImmutableArray<TextRange> Highlights);
}
