using System.Collections.Immutable;
using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Feed;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.Files;
using Microsoft.AspNetCore.SignalR;

namespace CustomerService.WebFront.Hubs;

/// <summary>What both hubs share. A hub makes a command, calls, and returns the receipt; no rule lives in it.</summary>
public abstract class FrontHub : Hub
{
    private readonly HubParts _parts;
    private OutboundQueue? _posting;

    private protected FrontHub(HubParts parts) => _parts = parts;

    private protected IGrainFactory Grains => _parts.Grains;

    private protected TimeProvider Clock => _parts.Clock;

    private protected StatusWishes Wishes => _parts.Wishes;

    private protected FrontConnection Connection =>
        ConnectionOf(Context) ?? throw new HubException("The connection is closed.");

    /// <summary>The caller as of now. The gate has looked; a session may end in between.</summary>
    private protected Actor By =>
        Connection.CurrentActor() ?? throw new HubException("The session has ended.");

    internal static FrontConnection? ConnectionOf(HubCallerContext context) =>
        context.Items.TryGetValue(typeof(FrontConnection), out var held) ? held as FrontConnection : null;

    private protected IConversationGrain Conversation(string id) =>
        Connection.Subscriptions.TryGetValue(id, out var watched)
            ? watched.Grain
            : Grains.Of<IConversationGrain>(id);

    private protected async Task<Reply> Post(ConversationCommand command, string conversationId)
    {
        var outbound = _posting = Connection.Outbound;
        outbound.Expect(command.CommandId!);
        try
        {
            var receipt = await Conversation(conversationId).Execute(command);
            return receipt.Refusal is { } refusal
                ? Reply.Refused(refusal)
                : new SendReply(receipt.Sequence, receipt.At) { Pushes = outbound };
        }
        finally
        {
            outbound.Answered(command.CommandId!);
        }
    }

    /// <summary>The call is over: the event that was to leave with an answer leaves without where there was none.
    /// </summary>
    protected override void Dispose(bool disposing)
    {
        _posting?.Release();
        base.Dispose(disposing);
    }

    /// <summary>Files first: they are kept before the message that names them is, so that none is cleaned away under
    /// it. Should the message then be refused, its sender may use them in another.</summary>
    private protected Task<Reply> Send(SendCall call, Sender sender) => call.AttachmentIds is { IsDefaultOrEmpty: false }
        ? SendWithFiles(call, sender)
        : Post(call, null);

    private async Task<Reply> SendWithFiles(SendCall call, Sender sender)
    {
        var (wrong, files) = await FilesOf(sender, call.AttachmentIds);
        return wrong is not null ? Reply.Refused(wrong) : await Post(call, files);
    }

    private Task<Reply> Post(SendCall call, ImmutableArray<Attachment>? files) => Post(
        new PostMessage(By, call.ClientMessageId, call.Text ?? "", call.ReplyTo) { Attachments = files },
        call.ConversationId!);

    private protected async Task<(Refusal? Refusal, ImmutableArray<Attachment>? Files)> FilesOf(
        Sender sender, ImmutableArray<string>? ids) =>
        ids is { IsDefaultOrEmpty: false } given
            ? await _parts.Uploads.Value.Use(sender, given, Context.ConnectionAborted)
            : (null, null);

    private protected async Task<Reply> Command(ConversationCommand command, string conversationId) =>
        ReplyTo(await Conversation(conversationId).Execute(command));

    private protected Reply ReplyTo(ConversationReceipt receipt) => receipt.Refusal is { } refusal
        ? Reply.Refused(refusal)
        : new CommandReply(
            Connection.Audience == Audience.Agents ? receipt.Version : receipt.VisitorHead, receipt.State);

    /// <summary>Subscribes first and reads then, so that nothing falls between.</summary>
    private protected async Task<Reply> ResumeFrom(string conversationId, long after)
    {
        var (connection, by) = (Connection, By);
        var wasSubscribed = connection.Subscriptions.ContainsKey(conversationId);
        var answer = await _parts.Watches.Subscribe(connection, by, conversationId, trusted: false);
        if (answer.Refusal is { } refusal)
            return Refuse(refusal);
        HistoryPage page;
        try
        {
            page = await Grains.GetGrain<IConversationHistoryGrain>(0).Resume(by, conversationId, after);
        }
        catch (Exception) when (!wasSubscribed)
        {
            // The client does not know that it is subscribed, so it is not.
            _parts.Watches.Unsubscribe(connection, conversationId);
            throw;
        }
        return page.Refusal is { } refused
            ? Refuse(refused)
            : new ResumeReply(page.Recovered, EventsPush.For(connection.AuthorKey, page.Events), page.Head, page.ReadUpTo)
            {
                DeliveredUpTo = answer.Delivered > 0 ? answer.Delivered : null,
            };

        Reply Refuse(Refusal why)
        {
            if (why.Code == RefusalCode.NotFound || !wasSubscribed)
                _parts.Watches.Unsubscribe(connection, conversationId);
            return Reply.Refused(why);
        }
    }

    private protected Task<SubscribeAnswer> SubscribeTrusted(string conversationId) =>
        _parts.Watches.Subscribe(Connection, By, conversationId, trusted: true);

    private protected void EndSubscription(string conversationId) =>
        _parts.Watches.Unsubscribe(Connection, conversationId);

    private protected async Task<Reply> Mark(MarkReadCall call) =>
        await Conversation(call.ConversationId!).MarkRead(By, call.UpTo!.Value) is { } refusal
            ? Reply.Refused(refusal)
            : Reply.Done;

    /// <summary>One way, as typing is: nobody waits for it, and a silo that does not know such marks passes over it.
    /// </summary>
    private protected async Task<Reply> Delivered(MarkDeliveredCall call)
    {
        await Conversation(call.ConversationId!).Signal(
            By, new SignalView(SignalView.Delivered) { ReceivedUpTo = call.UpTo!.Value });
        return Reply.Done;
    }

    private protected async Task<Reply> Type(TypingCall call)
    {
        var by = By;
        // More often than that nobody can see; and whoever follows nothing has nobody who looks.
        if (Connection.Subscriptions.ContainsKey(call.ConversationId!) && Connection.MaySignalTyping(_parts.Clock))
        {
            var author = new AuthorView(by.Kind.ToString().ToLowerInvariant(), by.Id, by.Name);
            await Conversation(call.ConversationId!)
                .Signal(by, new SignalView("typing") { By = author, Text = call.Text });
        }
        return Reply.Done;
    }
}

/// <summary>What hubs are made of.</summary>
internal sealed record HubParts(
    IGrainFactory Grains, Watches Watches, TimeProvider Clock, Lazy<UploadDesk> Uploads, StatusWishes Wishes);
