using CustomerService.Agents;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.FrontTests;

/// <summary>How a front passes on what agents wish their status to be.</summary>
public class StatusWishesTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly World _world = new();
    private readonly StatusWishes _wishes;

    public StatusWishesTests() => _wishes = new StatusWishes(Double.Of<IGrainFactory>(_world), _clock, "front");

    private TestAgent Agent => _world.Agent("a");

    private Task<AgentReceipt?> Set(StatusWish wish) => _wishes.Set("a", wish, AgentStatus.Online, null, null);

    [Fact]
    public async Task A_wish_keeps_the_place_in_which_it_was_received()
    {
        var (first, second) = (_wishes.Receive(), _wishes.Receive());
        await Set(second);
        await Set(first);
        Assert.Equal([2, 1], Agent.Orders.Select(order => order!.Received));
        Assert.All(Agent.Orders, order => Assert.Equal(("front", 1), (order!.FrontId, order.Turn)));
    }

    [Fact]
    public async Task A_wish_whose_turn_was_held_up_won_over_what_was_wished_elsewhere_meanwhile()
    {
        var held = new TaskCompletionSource();
        Agent.Blocked = held.Task;
        var late = Set(_wishes.Receive());
        _clock.Advance(StatusWishes.TurnMax + TimeSpan.FromMilliseconds(1));
        held.SetResult();
        Assert.Null(await late);
        Assert.Empty(Agent.Orders);
    }

    [Fact]
    public async Task A_silo_of_an_earlier_version_gives_no_turns_and_is_told_no_order()
    {
        Agent.Turn = 0;
        Assert.NotNull(await Set(_wishes.Receive()));
        Assert.Null(Assert.Single(Agent.Orders));
    }
}
