using CustomerService.Storage.Conversations;
using CustomerService.WebFront.Feed;

namespace CustomerService.FrontTests;

/// <summary>What an agent who watches lists is told: what changed of what it may see, once.</summary>
public sealed class ListChangesTests
{
    private static readonly Actor Agent = new(ActorKind.Agent, "ann", "Ann") { Queues = ["sales"] };

    private static Dictionary<string, QueueCounts> Counts(params QueueCounts[] queues) =>
        queues.ToDictionary(queue => queue.QueueId, StringComparer.Ordinal);

    private static QueueCounts Queue(string id, int waiting, long mark) => new(id, waiting, 0, 0, 0, mark);

    [Fact]
    public void Once_told_only_what_changed_is_told_again()
    {
        var told = Counts();
        Assert.Equal([new("sales", 2, 0, 0, 0)], ListChanges.Of(told, Counts(Queue("sales", 2, 1)), Agent));
        Assert.Empty(ListChanges.Of(told, Counts(Queue("sales", 2, 1)), Agent));
        // Nobody came or went, but a line changed.
        Assert.Equal([new("sales", 2, 0, 0, 0)], ListChanges.Of(told, Counts(Queue("sales", 2, 9)), Agent));
        Assert.Equal([new("sales", 0, 0, 0, 0)], ListChanges.Of(told, Counts(), Agent));
        Assert.Empty(ListChanges.Of(told, Counts(), Agent));
    }

    [Fact]
    public void Nobody_is_told_of_queues_that_are_not_his()
    {
        var counts = Counts(Queue("sales", 1, 1), Queue("secret", 5, 1));
        Assert.Equal(["sales"], ListChanges.Of(Counts(), counts, Agent).Select(queue => queue.Id));
        Assert.Equal(
            ["sales", "secret"],
            ListChanges.Of(Counts(), counts, Agent with { IsSupervisor = true }).Select(queue => queue.Id));
        var told = Counts();
        ListChanges.Of(told, counts, Agent);
        Assert.Empty(ListChanges.Of(told, counts, Agent with { Queues = [] }));
        Assert.Equal(["sales"], ListChanges.Of(told, counts, Agent).Select(queue => queue.Id));
    }
}
