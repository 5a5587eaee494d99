using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.Storage.Catalogue;
using CustomerService.Visitors;

namespace CustomerService.Grains.Visitors;

/// <summary>A conversation as the visitor's rules look at it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsClosed">Whether it is closed.</param>
/// <param name="Version">Its version.</param>
/// <param name="MayReopen">Closed, and still inside its queue's reopen window.</param>
public sealed record KnownConversation(string Id, bool IsClosed, long Version, bool MayReopen);

/// <summary>
/// Which conversation a visitor gets. Pure.
/// The rule: a client id is bound, by one event on the visitor's stream, to one conversation for ever: a new one, the
/// open one, or the last one reopened. Everything after that event is repeated by a retry, with ids derived from the
/// client id, so that each step happens once. A retry after the conversation was closed again therefore does not reopen
/// it: it gives the conversation, closed, and a message that was never stored is refused <c>Closed</c>.
/// </summary>
public static class VisitorRules
{
    /// <summary>Why a request creates nothing; null where it may.</summary>
    public static Refusal? Check(StartRequest request)
    {
        if ((request.ClientMessageId is null) != (request.Text is null))
            return new Refusal(RefusalCode.Invalid, "A message has an id and a text.");
        return CommandChecks.Check(Begin(request, "site", "queue"))
            ?? CommandChecks.Id(request.ClientId)
            ?? (request.ClientMessageId is null ? null : CommandChecks.Check(Post(request)!))
            ?? (request.By.Kind == ActorKind.Visitor ? null : new Refusal(RefusalCode.Forbidden, "This role may not."));
    }

    /// <summary>What a client id that was never seen is bound to.</summary>
    /// <param name="siteId">The site.</param>
    /// <param name="request">What the visitor sent.</param>
    /// <param name="last">The open or last conversation as it stands; null where there is none.</param>
    /// <param name="queueId">The queue of the site.</param>
    /// <param name="at">Now.</param>
    public static VisitorEvent Bind(
        string siteId, StartRequest request, KnownConversation? last, string queueId, DateTimeOffset at) => last switch
        {
            { IsClosed: false } => new VisitorConversationJoined(last.Id, request.ClientId) { At = at },
            { MayReopen: true } =>
                new VisitorConversationReopened(last.Id, request.ClientId, last.Version) { At = at },
            _ => new VisitorConversationOpened(
                ConversationId(siteId, request.By.Id, request.ClientId), request.ClientId, queueId, request.By.Name,
                request.Locale, request.Form) { At = at },
        };

    /// <summary>The queue of a new conversation: the visitor's choice where the site offers it.</summary>
    public static string QueueOf(SiteSettings site, StartRequest request) =>
        request.QueueId is { } chosen && site.Queues.Contains(chosen) ? chosen : site.QueueId;

    /// <summary>Whether a close is news.</summary>
    public static bool IsNews(Visitor now, string conversationId, long closedVersion) =>
        now.OpenId == conversationId && closedVersion > now.ClosesHeard;

    /// <summary>Follows from the client's id, so that every attempt names the same conversation.</summary>
    public static string ConversationId(string siteId, string visitorId, string clientId) =>
        DerivedId.Of("conversation", siteId, visitorId, clientId);

    /// <summary>The command id of the reopening that a client id asks for: its own, so that it is no message id.
    /// </summary>
    public static string ReopenId(string clientId) => DerivedId.Of("reopen", clientId);

    /// <summary>The command that begins a conversation. It needs no id: a conversation begins once.</summary>
    public static StartConversation Begin(StartRequest request, string siteId, string queueId) =>
        new(request.By, null, siteId, queueId, request.Locale, request.Form, 0);

    /// <summary>The command that begins it, from what was stored: a retry with another form changes nothing.</summary>
    public static StartConversation Begin(
        VisitorConversationOpened opened, string siteId, string visitorId, int priority) =>
        new(new Actor(ActorKind.Visitor, visitorId, opened.VisitorName), null, siteId, opened.QueueId, opened.Locale,
            opened.Form, priority);

    /// <summary>The command that posts the first message; null without one.</summary>
    public static PostMessage? Post(StartRequest request) =>
        request.Text is { } text
            ? new PostMessage(request.By, request.ClientMessageId, text, null) { Attachments = request.Attachments }
            : null;
}
