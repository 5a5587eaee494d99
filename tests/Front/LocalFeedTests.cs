using CustomerService.Feed;
using CustomerService.WebFront.Feed;

namespace CustomerService.FrontTests;

public sealed class LocalFeedTests
{
    [Fact]
    public async Task What_is_sent_to_the_front_is_handed_on_before_the_call_ends_and_only_while_it_listens()
    {
        var feed = new LocalFeed();
        var heard = new List<FeedEnvelope>();
        var (first, second) = (new ProbeEnvelope(1), new ProbeEnvelope(2));
        feed.Send("front", first); // Nobody listens yet: lost, and no failure.
        await feed.Subscribe("front", heard.Add);
        feed.Send("front", first);
        feed.Send("an earlier life of this front", first);
        await feed.Publish("front", second);
        Assert.Equal([first, second], heard);
        await feed.Unsubscribe("front");
        feed.Send("front", first);
        Assert.Equal(2, heard.Count);
    }
}
