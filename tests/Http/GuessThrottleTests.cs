using CustomerService.WebFront.SignIn;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.Http.Tests;

public sealed class GuessThrottleTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly SignInOptions _options = new() { FailuresPerAccount = 3, FailuresPerAddress = 10, WaitMinutesMax = 15 };

    [Fact]
    public void Waits_double_once_the_free_attempts_are_used()
    {
        var throttle = Make();
        Assert.Null(throttle.TryBegin("a", "1.1.1.1"));
        Assert.Null(throttle.TryBegin("a", "1.1.1.1"));
        Assert.Null(throttle.TryBegin("a", "1.1.1.1"));
        foreach (var seconds in new[] { 1, 2, 4, 8 })
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), throttle.TryBegin("a", "1.1.1.1"));
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Null(throttle.TryBegin("a", "1.1.1.1"));
        }
    }

    [Fact]
    public void An_attempt_that_has_to_wait_counts_for_nothing()
    {
        var throttle = Make();
        for (var i = 0; i < 3; i++)
            throttle.TryBegin("a", "1.1.1.1");
        for (var i = 0; i < 100; i++)
            Assert.Equal(TimeSpan.FromSeconds(1), throttle.TryBegin("a", "1.1.1.1"));
    }

    [Fact]
    public void The_owner_gets_in_from_another_address()
    {
        var throttle = Make();
        for (var i = 0; i < 1_000; i++)
            throttle.TryBegin("owner", "6.6.6.6");
        Assert.NotNull(throttle.TryBegin("owner", "6.6.6.6"));
        Assert.Null(throttle.TryBegin("owner", "1.1.1.1"));
    }

    [Fact]
    public void One_address_that_tries_many_accounts_has_to_wait()
    {
        var throttle = Make();
        for (var i = 0; i < 10; i++)
            Assert.Null(throttle.TryBegin($"account{i}", "6.6.6.6"));
        Assert.NotNull(throttle.TryBegin("one more", "6.6.6.6"));
        Assert.Null(throttle.TryBegin("one more", "1.1.1.1"));
    }

    [Fact]
    public void The_right_password_begins_anew()
    {
        var throttle = Make();
        for (var round = 0; round < 20; round++)
        {
            Assert.Null(throttle.TryBegin("a", "1.1.1.1"));
            throttle.Succeeded("a", "1.1.1.1");
        }
    }

    [Fact]
    public void Failures_are_forgotten_and_waits_are_bounded()
    {
        var throttle = Make();
        for (var i = 0; i < 60; i++)
        {
            if (throttle.TryBegin("a", "1.1.1.1") is { } wait)
            {
                Assert.True(wait <= TimeSpan.FromMinutes(15));
                _clock.Advance(wait);
            }
        }
        _clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Null(throttle.TryBegin("a", "1.1.1.1"));
        Assert.Null(throttle.TryBegin("a", "1.1.1.1"));
    }

    private GuessThrottle Make() => new(Options.Create(_options), _clock);
}
