using CustomerService.Agents;
using CustomerService.Conversations;
using CustomerService.Grains.Queues;

namespace CustomerService.Unit.Tests.Queues;

public sealed class MemberPoolTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private static AgentAvailability Of(DateTimeOffset epoch, int load) => new(
        new AgentRef("a", "A"), 1, epoch, AgentStatus.Online, true, load, 1, Now, ["q"]);

    /// <summary>A second activation of an agent began later and was gone again; from then on the reports of the one that
    /// lived were taken for old ones, and its free place was not seen until the next reconciliation.</summary>
    [Fact]
    public void Reports_of_the_activation_that_lived_were_ignored_after_a_later_one_was_gone()
    {
        var pool = new MemberPool("q", "longest-idle");
        Assert.False(pool.Report(Of(Now.AddSeconds(20), load: 1), Now));
        Assert.True(pool.Report(Of(Now, load: 0), Now)); // Not believed, but a reason to ask.
        Assert.Empty(pool.Eligible);
        Assert.False(pool.Report(Of(Now, load: 0), Now, isAnswer: true));
        Assert.Single(pool.Eligible);
        Assert.False(pool.Report(Of(Now, load: 1), Now));
        Assert.Empty(pool.Eligible);
    }
}
