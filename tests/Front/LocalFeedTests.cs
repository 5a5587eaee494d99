using CustomerService.Feed;
using CustomerService.WebFront.Feed;

namespace CustomerService.FrontTests;

public sealed class LocalFeedTests
{
    [Fact]
    public async Task What_is_sent_to_the_front_is_handed_on_before_the_call_ends_once_it_listens()
    {
        var feed = new LocalFeed();
        var heard = new List<FeedEnvelope>();
        var first = new ProbeEnvelope(1);
        feed.Send(feed.FrontId, first); // Nobody listens yet: lost, and no failure.
        feed.Listen(heard.Add);
        feed.Send(feed.FrontId, first);
        feed.Send("an earlier life of this front", first);
        await feed.Probe(2);
        Assert.Equal([first, new ProbeEnvelope(2)], heard);
        Assert.NotEqual(feed.FrontId, new LocalFeed().FrontId);
    }
}
