using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.Visitors;
using CustomerService.WebFront.Files;
using Microsoft.AspNetCore.Authorization;

namespace CustomerService.WebFront.Hubs;

/// <summary><c>/hubs/agent</c>: see docs/protocol.md.</summary>
[Authorize(AuthenticationSchemes = Caller.AgentScheme)]
public sealed class AgentHub : FrontHub
{
    internal AgentHub(HubParts parts)
        : base(parts)
    {
    }

    [Allow(Audience.Agents)]
    public async Task<Reply> SetStatus(StatusCall call)
    {
        // Once for a call, however often it is tried.
        var wish = call.Wish ??= Wishes.Receive();
        var receipt = await Wishes.Set(By.Id, wish, call.Status!.Value, call.CommandId, call.Reason);
        if (receipt is null)
            return Reply.Refused(Refusal.Unavailable);
        return receipt.Refusal is { } refusal
            ? Reply.Refused(refusal)
            : new StatusReply(receipt.Availability.Status);
    }

    [Allow(Audience.Agents)]
    public async Task<Reply> Inbox()
    {
        var page = await Grains.GetGrain<IConversationHistoryGrain>(0).Inbox(By);
        return page.Refusal is { } refusal
            ? Reply.Refused(refusal)
            : new InboxReply(page.Version, page.Conversations);
    }

    [Allow(Audience.Agents)]
    public Task<Reply> WatchLists(WatchListsCall call)
    {
        Connection.WatchLists(call.On!.Value);
        return Task.FromResult(Reply.Done);
    }

    [Allow(Audience.Agents)]
    public Task<Reply> Subscribe(ResumeCall call) => ResumeFrom(call.ConversationId!, call.After);

    [Allow(Audience.Agents)]
    public Task<Reply> Unsubscribe(ConversationCall call)
    {
        EndSubscription(call.ConversationId!);
        return Task.FromResult(Reply.Done);
    }

    [Allow(Audience.Agents)]
    public Task<Reply> SendMessage(SendCall call) => Send(call, new Sender(By.Key, null));

    [Allow(Audience.Agents)]
    public Task<Reply> AddNote(NoteCall call) => Post(
        new AddNote(By, call.ClientMessageId, call.Text!), call.ConversationId!);

    [Allow(Audience.Agents)]
    public Task<Reply> EditMessage(EditCall call) => Command(
        new EditMessage(By, call.CommandId, call.Sequence!.Value, call.Text!), call.ConversationId!);

    [Allow(Audience.Agents)]
    public Task<Reply> RedactMessage(MessageCall call) => Command(
        new RedactMessage(By, call.CommandId, call.Sequence!.Value), call.ConversationId!);

    [Allow(Audience.Agents)]
    public Task<Reply> MarkRead(MarkReadCall call) => Mark(call);

    [Allow(Audience.Agents)]
    public Task<Reply> MarkDelivered(MarkDeliveredCall call) => Delivered(call);

    [Allow(Audience.Agents)]
    public Task<Reply> Typing(TypingCall call) => Type(call);

    [Allow(Audience.Agents)]
    public Task<Reply> Accept(ConversationCall call) => Command(
        new AcceptConversation(By, call.CommandId), call.ConversationId!);

    [Allow(Audience.Agents)]
    public Task<Reply> Decline(ConversationCall call) => Command(
        new DeclineConversation(By, call.CommandId), call.ConversationId!);

    [Allow(Audience.Agents)]
    public Task<Reply> Transfer(TransferCall call) => Command(
        new TransferConversation(By, call.CommandId, call.ToQueue, call.ToAgent, call.Note), call.ConversationId!);

    [Allow(Audience.Agents)]
    public Task<Reply> Close(CloseCall call) => Command(
        new CloseConversation(By, call.CommandId, call.Reason), call.ConversationId!);

    /// <summary>Goes through the visitor, who knows whether another conversation is open.</summary>
    [Allow(Audience.Agents)]
    public async Task<Reply> Reopen(ConversationCall call)
    {
        var by = By;
        if (await Conversation(call.ConversationId!).Describe(by) is not { } view)
            return Reply.Refused(Refusal.NotFound);
        return ReplyTo(await Grains.Of<IVisitorGrain>($"{view.SiteKey}/{view.Visitor.Id}")
            .ReopenConversation(by, call.ConversationId!, call.CommandId));
    }

    /// <summary>Goes to the visitor, who may begin a conversation or not.</summary>
    [Allow(Audience.Agents)]
    public Task<Reply> BlockVisitor(BlockCall call) => OnCard(call.ConversationId!, (visitor, by) =>
        visitor.SetBlocked(by, call.ConversationId!, call.Blocked!.Value, call.Reason, call.CommandId));

    [Allow(Audience.Agents)]
    public Task<Reply> SetVisitorFields(FieldsCall call) => OnCard(call.ConversationId!, (visitor, by) =>
        visitor.SetFields(by, call.ConversationId!, call.Revision!.Value, call.Values!, call.CommandId));

    [Allow(Audience.Agents)]
    public Task<Reply> Visitor(ConversationCall call) => OnCard(call.ConversationId!, (visitor, by) =>
        visitor.Card(by, call.ConversationId!));

    /// <summary>Tells the other agents who follow it. May be lost.</summary>
    [Allow(Audience.Agents)]
    public async Task<Reply> Viewing(ViewingCall call)
    {
        var by = By;
        if (Connection.Subscriptions.ContainsKey(call.ConversationId!) && Connection.MayTellViewing(Clock))
        {
            await Conversation(call.ConversationId!)
                .Signal(by, new SignalView("viewing") { Online = call.Viewing });
        }
        return Reply.Done;
    }

    private async Task<Reply> OnCard(string conversationId, Func<IVisitorGrain, Actor, Task<CardReceipt>> run)
    {
        var by = By;
        if (await Conversation(conversationId).Describe(by) is not { } view)
            return Reply.Refused(Refusal.NotFound);
        var receipt = await run(Grains.Of<IVisitorGrain>($"{view.SiteKey}/{view.Visitor.Id}"), by);
        return receipt is { Refusal: null, Card: { } card } ? new CardReply(card)
            : Reply.Refused(receipt.Refusal ?? Refusal.Unavailable);
    }

    [Allow(Audience.Agents)]
    public Task<Reply> Snooze(SnoozeCall call) => Command(
        new SnoozeConversation(By, call.CommandId, call.Until!.Value), call.ConversationId!);

    [Allow(Audience.Agents)]
    public Task<Reply> Tag(TagCall call) => Command(
        new TagConversation(By, call.CommandId, call.Add ?? [], call.Remove ?? []), call.ConversationId!);
}
