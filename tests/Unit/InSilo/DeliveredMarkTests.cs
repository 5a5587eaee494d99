using CustomerService.Conversations;
using CustomerService.Feed;

namespace CustomerService.Unit.Tests.InSilo;

/// <summary>How far clients of one side say that they hold a conversation, and what the other side is told of it.</summary>
public sealed class DeliveredMarkTests(OneSilo silo) : IClassFixture<OneSilo>
{
    private static readonly Actor Boss = new(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };

    [Fact]
    public async Task Marks_only_rise_are_capped_at_the_head_and_reach_the_other_side_in_its_numbering()
    {
        // Agents: started 1, queued 2, message 3, note 4, answer 5, note 6. The visitor: 1, 2 and 3 for 2, 3 and 5.
        var id = (await silo.Start("holder", "c1", "m1", "one")).ConversationId;
        var conversation = silo.Conversation(id);
        await conversation.Execute(new AddNote(Boss, "n1", "note"));
        await conversation.Execute(new PostMessage(Boss, "b1", "answer", null));
        await conversation.Execute(new AddNote(Boss, "n2", "note"));
        await conversation.Watch("front-hv", Audience.Visitors);
        await conversation.Watch("front-ha", Audience.Agents);

        await Hold(id, Boss, 4); // The note: the visitor's number 2 is the last below it.
        await Hold(id, Boss, 3); // Lower: no news.
        await Hold(id, Boss, 999); // Capped at the head.
        await Hold(id, OneSilo.VisitorActor("holder"), 2);
        await Hold(id, OneSilo.VisitorActor("holder"), 1);
        await Hold(id, OneSilo.VisitorActor("holder"), 999);
        Assert.Equal([2L, 3L], Told("front-hv"));
        Assert.Equal([3L, 6L], Told("front-ha"));
        Assert.All(silo.Feed.Signals("front-hv").Concat(silo.Feed.Signals("front-ha")), sent =>
        {
            Assert.Equal("delivered", sent.Signal.Type);
            Assert.Null(sent.Signal.ReceivedUpTo); // In the sender's numbering, which tells visitors how many notes there are.
        });
        // It is no read mark.
        Assert.Empty(await silo.Database.Index.ReadMarks(id));

        await conversation.Execute(new AddNote(Boss, "n3", "one more note"));
        await Hold(id, Boss, 7);
        Assert.Equal(2, Told("front-hv").Count()); // Of a note the visitor hears nothing.
    }

    [Fact]
    public async Task Who_may_not_see_it_marks_nothing()
    {
        var id = (await silo.Start("private", "c1", "m1", "one")).ConversationId;
        await silo.Conversation(id).Watch("front-pv", Audience.Visitors);
        await silo.Conversation(id).Watch("front-pa", Audience.Agents);
        await Hold(id, OneSilo.VisitorActor("somebody else"), 2);
        await Hold(id, new Actor(ActorKind.Agent, "stranger", "") { Queues = ["vip"] }, 3);
        await Hold("no such conversation", OneSilo.VisitorActor("private"), 2);
        Assert.Empty(Told("front-pv"));
        Assert.Empty(Told("front-pa"));
        Assert.Equal(0, (await silo.Conversation(id).Watch("front-pv", Audience.Visitors)).DeliveredUpTo);
        Assert.Equal(0, (await silo.Conversation(id).Watch("front-pa", Audience.Agents)).DeliveredUpTo);
    }

    [Fact]
    public async Task Whoever_comes_later_learns_it_from_this_activation_and_from_the_next()
    {
        var id = (await silo.Start("late", "c1", "m1", "one")).ConversationId;
        await silo.Conversation(id).Execute(new PostMessage(Boss, "b1", "answer", null));
        await Hold(id, Boss, 3);
        await Hold(id, OneSilo.VisitorActor("late"), 3);
        for (var activation = 0; activation < 2; activation++)
        {
            Assert.Equal(2, (await silo.Conversation(id).Watch("front-l", Audience.Visitors)).DeliveredUpTo);
            Assert.Equal(4, (await silo.Conversation(id).Watch("front-l", Audience.Agents)).DeliveredUpTo);
            await silo.Deactivate(silo.Conversation(id));
        }
        // What is said again is no news.
        await Hold(id, Boss, 3);
        Assert.Empty(Told("front-l"));
    }

    /// <summary>A signal is one way, and a call after it is answered when it was dealt with.</summary>
    private async Task Hold(string id, Actor by, long upTo)
    {
        await silo.Conversation(id).Signal(by, new SignalView(SignalView.Delivered) { ReceivedUpTo = upTo });
        await silo.Conversation(id).Describe(Actor.System);
    }

    private IEnumerable<long?> Told(string frontId) => silo.Feed.Signals(frontId).Select(sent => sent.Signal.UpTo);
}
