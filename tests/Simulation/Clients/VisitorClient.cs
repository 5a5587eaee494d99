using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Simulation.Fronts;
using CustomerService.Simulation.Runs;
using CustomerService.Visitors;

namespace CustomerService.Simulation.Clients;

/// <summary>A page in a visitor's browser: one lane, because a visitor has one open conversation at most.</summary>
internal sealed class VisitorClient(Run run, string name, Actor by) : ProtocolClient(run, name, by)
{
    private int _written;

    public OutboxLane Lane { get; } = new();

    /// <summary>The conversation followed; null before the first.</summary>
    public string? Conversation { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>Goes on where the page before stopped.</summary>
    public void Adopt(VisitorClient before) => Strand.Post(() =>
    {
        (Conversation, IsClosed, _written) = (before.Conversation, before.IsClosed, before._written);
        if (Conversation is not null)
            Follow(Conversation);
        Do(Lane, Lane.Adopt(before.Lane.Items, before.Lane.Failed));
    });

    public void Say() => Strand.Post(() =>
    {
        var id = $"{By.Id}-m{++_written}";
        var text = $"{By.Id} says {_written}";
        var starts = Conversation is null || IsClosed;
        if (starts && Lane.Items.Exists(item => item.Kind == "start"))
            starts = false; // Behind the start that is under way.
        Do(Lane, Lane.Enqueue(new OutboxItem(
            id, starts ? "start" : "message", starts || IsClosed ? null : Conversation, starts ? $"{By.Id}-c{_written}" : null, text)));
    });

    public void End() => Strand.Post(() =>
    {
        if (Conversation is { } id && !IsClosed)
            Run.Command(this, "end", id, () => new CloseConversation(By, $"{Name}-end-{++_written}", null));
    });

    public void LeaveMessage() => Strand.Post(() =>
    {
        if (Conversation is { } id && !IsClosed)
        {
            Run.Command(this, "leave", id, () => new LeaveMessage(
                By, $"{Name}-leave-{++_written}", ImmutableDictionary<string, string>.Empty));
        }
    });

    public void Rate() => Strand.Post(() =>
    {
        if (Conversation is { } id)
            Run.Command(this, "rate", id, () => new RateConversation(By, null, 1 + World.Chance.Below(5), null));
    });

    public void MarkRead() => Strand.Post(() =>
    {
        if (Conversation is { } id && Logs.TryGetValue(id, out var log) && Link is { IsOpen: true } link)
            _ = Run.Quietly(() => link.Ask(() => Run.AtFront(link, async grains => await grains.GetGrain<IConversationGrain>(id).MarkRead(By, log.Next - 1))));
    });

    /// <summary>Asks for somebody else's conversation, as a curious person with a modified page might.</summary>
    public void Pry(string conversationId) => Strand.Post(() =>
    {
        if (Link is { IsOpen: true } link && conversationId != Conversation)
            World.Spawn(() => Run.Quietly(() => link.Ask(() => link.Front.Resume(link, conversationId, 0))));
    });

    protected override void Connected() => Do(Lane, Lane.BeReady());

    protected override void Disconnected() => Lane.Disconnect();

    protected override void Applied(string conversationId, EventView view)
    {
        if (conversationId != Conversation)
            return;
        if (view.Type is "closed" or "reopened")
            IsClosed = view.Type == "closed";
        // Its own event counts as the ack.
        if (view is { ClientMessageId: { } id, Author.Kind: "visitor" })
            Do(Lane, Lane.Acked(id, conversationId));
    }

    protected override void Failed(LaneFailed failed)
    {
        if (failed.Code == RefusalCode.Closed)
            IsClosed = true;
    }

    protected override void Acked(OutboxItem item, string conversationId)
    {
        if (IsGone)
            return;
        if (item.Kind == "start")
            IsClosed = false;
        if (Conversation == conversationId && Logs.ContainsKey(conversationId))
            return;
        if (Conversation is { } old && old != conversationId)
            Drop(old);
        Conversation = conversationId;
        Follow(conversationId);
    }

    protected override Task<(Refusal?, string?, long)> Post(Link link, OutboxItem item) => link.Ask(async () =>
    {
        try
        {
            if (item.Kind != "start")
            {
                var posted = await link.Front.Grains.GetGrain<IConversationGrain>(item.ConversationId!)
                    .Execute(new PostMessage(By, item.Id, item.Text, null));
                return (posted.Refusal, item.ConversationId, posted.Sequence);
            }
            var receipt = await link.Front.Grains.GetGrain<IVisitorGrain>("demo/" + By.Id).StartConversation(new StartRequest(
                By, item.ClientId!, "en", ImmutableDictionary<string, string>.Empty, item.Id, item.Text));
            if (receipt.Refusal is not null)
                return (receipt.Refusal, null, 0L);
            await link.Front.Subscribe(link, receipt.ConversationId, trusted: true);
            return (null, receipt.ConversationId, receipt.Sequence ?? 0);
        }
        catch (Exception error) when (error is not Engine.SimulationException)
        {
            return ((Refusal?)Refusal.Unavailable, (string?)null, 0L);
        }
    });
}
