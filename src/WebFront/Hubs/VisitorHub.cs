using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Visitors;
using CustomerService.WebFront.Files;
using CustomerService.WebFront.VisitorSessions;
using Microsoft.AspNetCore.Authorization;

namespace CustomerService.WebFront.Hubs;

/// <summary><c>/hubs/visitor</c>: see docs/protocol.md.</summary>
[Authorize(AuthenticationSchemes = Caller.VisitorScheme)]
public sealed class VisitorHub : FrontHub
{
    private const string PersonIdField = "signed.id";
    private const string PersonEmailField = "signed.email";

    internal VisitorHub(HubParts parts)
        : base(parts)
    {
    }

    [Allow(Audience.Visitors)]
    public async Task<Reply> StartConversation(StartCall call)
    {
        var visitor = Connection.Visitor!;
        var (wrong, files) = await FilesOf(Sender.Of(visitor), call.Message?.AttachmentIds);
        if (wrong is not null)
            return Reply.Refused(wrong);
        var form = WithPerson(call.Form ?? ImmutableDictionary<string, string>.Empty, visitor.Person);
        var receipt = await Grains.Of<IVisitorGrain>(visitor.GrainKey).StartConversation(new StartRequest(
            Named(call.Form), call.ClientId!, visitor.Locale, form,
            call.Message?.ClientMessageId, call.Message is { } message ? message.Text ?? "" : null)
            { Attachments = files, QueueId = call.QueueId });
        if (receipt.Refusal is { } refusal)
            return Reply.Refused(refusal);
        var now = await SubscribeTrusted(receipt.ConversationId);
        // What was stored between the start and the subscription shows as a higher head, and the client fetches it.
        return now.Head > receipt.Head
            ? new StartReply(receipt.ConversationId, now.Head, now.State, receipt.Sequence)
            : new StartReply(receipt.ConversationId, receipt.Head, receipt.State, receipt.Sequence);
    }

    /// <summary>What the site's server vouched for is told to agents beside the visitor's own answers, under names that
    /// no visitor can write.</summary>
    private static ImmutableDictionary<string, string> WithPerson(
        ImmutableDictionary<string, string> form, SignedPerson? person)
    {
        form = form.RemoveRange([PersonIdField, PersonEmailField]);
        if (person is null)
            return form;
        form = form.SetItem(PersonIdField, person.Id);
        return person.Email.Length > 0 ? form.SetItem(PersonEmailField, person.Email) : form;
    }

    /// <summary>A visitor without a name is called what it wrote into the form.</summary>
    private Actor Named(ImmutableDictionary<string, string>? form) =>
        By is { Name.Length: 0 } by && form?.GetValueOrDefault("name")?.Trim() is { Length: > 0 and <= Limits.NameLengthMax } name
            ? by with { Name = name }
            : By;

    [Allow(Audience.Visitors)]
    public Task<Reply> SendMessage(SendCall call) => Send(call, Sender.Of(Connection.Visitor!));

    [Allow(Audience.Visitors)]
    public Task<Reply> Resume(ResumeCall call) => ResumeFrom(call.ConversationId!, call.After);

    [Allow(Audience.Visitors)]
    public Task<Reply> MarkRead(MarkReadCall call) => Mark(call);

    [Allow(Audience.Visitors)]
    public Task<Reply> MarkDelivered(MarkDeliveredCall call) => Delivered(call);

    [Allow(Audience.Visitors)]
    public Task<Reply> Typing(TypingCall call) => Type(call);

    /// <summary>May be lost, and is where they come more often than once a second.</summary>
    [Allow(Audience.Visitors)]
    public async Task<Reply> PageViewed(PageCall call)
    {
        if (Connection.MayTellPage(Clock))
            await Grains.Of<IVisitorGrain>(Connection.Visitor!.GrainKey).PageViewed(By, call.Page()!);
        return Reply.Done;
    }

    [Allow(Audience.Visitors)]
    public Task<Reply> Rate(RateCall call) => Command(
        new RateConversation(By, call.CommandId, call.Score!.Value, call.Comment), call.ConversationId!);

    /// <summary>Waits no longer.</summary>
    [Allow(Audience.Visitors)]
    public Task<Reply> LeaveMessage(LeaveCall call) => Command(
        new LeaveMessage(By, call.CommandId, WithPerson(
            call.Form ?? ImmutableDictionary<string, string>.Empty, Connection.Visitor!.Person)),
        call.ConversationId!);

    [Allow(Audience.Visitors)]
    public Task<Reply> EndConversation(ConversationCall call) => Command(
        new CloseConversation(By, call.CommandId, null), call.ConversationId!);
}
