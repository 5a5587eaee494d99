using System.Globalization;
using CustomerService.Grains.Queues;

namespace CustomerService.Unit.Tests.Queues;

public class WaitingOrderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Order_is_priority_then_time_then_id()
    {
        WaitingKey[] sorted =
        [
            new(5, T0.AddMinutes(9), "z"), new(0, T0, "B"), new(0, T0, "a"), new(0, T0.AddTicks(1), "A"), new(-1, T0, "a"),
        ];
        var order = new WaitingOrder();
        foreach (var key in sorted.Reverse())
            Assert.True(order.Add(key));
        Assert.False(order.Add(sorted[0]));
        Assert.Equal(sorted, Enumerable.Range(0, order.Count).Select(order.At));
        Assert.Equal(sorted[0], order.First);
        Assert.True(order.Remove(sorted[1]));
        Assert.False(order.Remove(sorted[1]));
        Assert.Null(order.Rank(sorted[1]));
        Assert.Equal(1, order.Rank(sorted[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => order.At(4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Does_what_a_sorted_list_does(int seed)
    {
        var random = new Random(seed);
        var order = new WaitingOrder();
        var model = new List<WaitingKey>();
        for (var step = 0; step < 30_000; step++)
        {
            var key = new WaitingKey(
                random.Next(3), T0.AddSeconds(random.Next(200)), random.Next(20).ToString(CultureInfo.InvariantCulture));
            var at = model.BinarySearch(key);
            switch (random.Next(4))
            {
                case 0 or 1 when model.Count < 800:
                    Assert.Equal(at < 0, order.Add(key));
                    if (at < 0)
                        model.Insert(~at, key);
                    break;
                case 2:
                    Assert.Equal(at < 0 ? null : at, order.Rank(key));
                    break;
                default:
                    if (model.Count > 0 && random.Next(2) == 0)
                        (at, key) = random.Next(model.Count) is var any ? (any, model[any]) : default;
                    Assert.Equal(at >= 0, order.Remove(key));
                    if (at >= 0)
                        model.RemoveAt(at);
                    break;
            }
            Assert.Equal(model.Count, order.Count);
            if (model.Count > 0)
            {
                var place = random.Next(model.Count);
                Assert.Equal(model[place], order.At(place));
                Assert.Equal(place, order.Rank(model[place]));
            }
        }
        Assert.Equal(model, Enumerable.Range(0, order.Count).Select(order.At));
    }

    [Fact]
    public void A_hundred_thousand_in_arrival_order_stay_balanced()
    {
        var order = new WaitingOrder();
        var keys = Enumerable.Range(0, 100_000)
            .Select(i => new WaitingKey(0, T0.AddMilliseconds(i), $"conversation-{i}")).ToArray();
        foreach (var key in keys)
            order.Add(key);
        for (var i = 0; i < keys.Length; i += 7)
            Assert.Equal(i, order.Rank(keys[i]));
    }
}
