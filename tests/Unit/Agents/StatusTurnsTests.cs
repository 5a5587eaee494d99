using CustomerService.Agents;
using CustomerService.Grains.Agents;

namespace CustomerService.Unit.Tests.Agents;

public class StatusTurnsTests
{
    private readonly StatusTurns _turns = new();

    private static StatusOrder At(long turn, string front, long received) => new(default, turn, front, received);

    [Fact]
    public void Turns_rise() => Assert.Equal([1, 2, 3], new[] { _turns.Next(), _turns.Next(), _turns.Next() });

    [Theory]
    [InlineData(3, "f", 4, true)] // Received before the one that was done,
    [InlineData(9, "f", 4, true)] // even where its turn was given later: it was held up on the way to it.
    [InlineData(5, "f", 5, false)] // The same one, tried again.
    [InlineData(6, "f", 6, false)]
    [InlineData(3, "f", 6, false)] // Received later; the two were on their way to their turns together.
    [InlineData(4, "other", 99, true)] // Between fronts the turn tells.
    [InlineData(6, "other", 1, false)]
    public void A_wish_that_was_held_up_does_not_win_over_a_newer_one(
        long turn, string front, long received, bool isOvertaken)
    {
        _turns.Done(At(5, "f", 5));
        Assert.Equal(isOvertaken, _turns.IsOvertaken(At(turn, front, received)));
    }

    [Fact]
    public void What_overtook_it_may_be_any_front_s()
    {
        _turns.Done(At(1, "f", 2));
        _turns.Done(At(2, "g", 1));
        Assert.True(_turns.IsOvertaken(At(3, "f", 1))); // Its own front has done a newer one.
        Assert.False(_turns.IsOvertaken(At(3, "f", 3)));
    }

    [Fact]
    public void A_later_wish_with_an_earlier_turn_does_not_let_older_ones_of_others_in()
    {
        _turns.Done(At(7, "f", 1));
        _turns.Done(At(6, "f", 2));
        Assert.True(_turns.IsOvertaken(At(6, "g", 1)));
    }

    [Fact]
    public void Fronts_are_forgotten_the_one_that_did_something_longest_ago_first()
    {
        for (var front = 0; front <= StatusTurns.FrontsMax; front++)
            _turns.Done(At(front, $"{front}", 10));
        Assert.True(_turns.IsOvertaken(At(99, "1", 9)));
        Assert.False(_turns.IsOvertaken(At(99, "0", 9)));
        Assert.True(_turns.IsOvertaken(At(0, "0", 9))); // Its turn still tells.
    }
}
