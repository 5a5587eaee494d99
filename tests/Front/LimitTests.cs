using System.Net;
using System.Net.WebSockets;
using CustomerService.WebFront.RateLimits;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.FrontTests;

public sealed class LimitTests
{
    [Fact]
    public void One_over_the_burst_is_refused_and_says_when()
    {
        using var quotas = new Quotas(0.1, 3, 10, 10, TimeSpan.FromSeconds(60), TimeProvider.System);
        for (var i = 0; i < 3; i++)
            Assert.Null(quotas.Take("a"));
        Assert.InRange(quotas.Take("a")!.Value.TotalSeconds, 1, 10);
        Assert.Null(quotas.Take("b"));
    }

    [Fact]
    public void Entries_are_bounded_and_forgotten_when_idle()
    {
        var clock = new FakeTimeProvider();
        using var quotas = new Quotas(1, 2, 1, 10, TimeSpan.FromSeconds(60), clock);
        for (var i = 0; i < 1_000; i++)
            quotas.Take($"key{i}");
        Assert.InRange(quotas.Count, 1, 10);
        var open = quotas.TryOpen("key0");
        Assert.NotNull(open);
        Assert.Null(quotas.TryOpen("key0"));
        clock.Advance(TimeSpan.FromSeconds(61));
        quotas.Evict();
        Assert.Equal(1, quotas.Count); // What is open is kept.
        open.Dispose();
        open.Dispose();
        clock.Advance(TimeSpan.FromSeconds(61));
        quotas.Evict();
        Assert.Equal(0, quotas.Count);
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2::/64")]
    public void An_address_stands_for_its_household(string address, string key) =>
        Assert.Equal(key, RemoteAddress.KeyOf(IPAddress.Parse(address)));

    [Theory]
    [InlineData("Limits:CallsBurstPerConnection", "Limits:CallsPerSecondPerConnection")]
    [InlineData("Limits:CallsBurstPerCaller", "Limits:CallsPerSecondPerCaller")]
    [InlineData("Limits:CallsBurstPerAddress", "Limits:CallsPerSecondPerAddress")]
    public async Task Calls_over_a_limit_get_a_typed_refusal(string burst, string rate)
    {
        await using var front = await TestFront.Start((burst, "5"), (rate, "0.01"));
        front.World.Start("c-1");
        var client = await front.Visitor();
        for (var i = 0; i < 5; i++)
            Assert.Null(await client.Error("MarkRead", new { conversationId = "c-1", upTo = 1 }));
        var error = (await client.Call("MarkRead", new { conversationId = "c-1", upTo = 1 })).GetProperty("error");
        Assert.Equal("RateLimited", error.GetProperty("code").GetString());
        Assert.InRange(error.GetProperty("retryAfterMs").GetInt32(), 50, 60_000);
    }

    [Theory]
    [InlineData("Limits:ConnectionsPerAddressMax")]
    [InlineData("Limits:ConnectionsPerCallerMax")]
    public async Task One_connection_too_many_is_refused_and_a_closed_one_makes_room(string key)
    {
        await using var front = await TestFront.Start((key, "2"));
        var first = await front.Visitor();
        await front.Visitor();
        Assert.Contains(
            "429", (await Assert.ThrowsAnyAsync<Exception>(() => front.Visitor())).ToString(), StringComparison.Ordinal);
        await first.DisposeAsync();
        await CustomerService.Support.Await.Until("the slot is free", async () =>
        {
            try
            {
                await front.Visitor();
                return true;
            }
            catch (Exception e) when (e is WebSocketException or HttpRequestException)
            {
                return false;
            }
        });
    }
}
