using CustomerService.WebFront;
using CustomerService.WebFront.SignIn;
using CustomerService.WebFront.VisitorSessions;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CustomerService.Http.Tests;

public sealed class BearerTests
{
    private static readonly VisitorCaller s_visitor = new("demo", "v1", "Ada", "en");

    private readonly FakeTimeProvider _clock = new();
    private readonly IDataProtectionProvider _keys = new EphemeralDataProtectionProvider();
    private readonly IOptions<SignInOptions> _options = Options.Create(new SignInOptions { BearerMinutes = 60 });

    [Fact]
    public void A_visitors_bearer_counts_until_its_time_and_not_a_second_longer()
    {
        var tokens = new VisitorTokens(_keys, _options, _clock);
        var (bearer, expiresAt) = tokens.NewBearer(s_visitor);
        _clock.SetUtcNow(expiresAt.AddSeconds(-1));
        Assert.Equal(s_visitor, tokens.ReadBearer(bearer));
        _clock.SetUtcNow(expiresAt);
        Assert.Null(tokens.ReadBearer(bearer));
    }

    [Fact]
    public void An_agents_bearer_counts_until_its_time_and_never_outlives_the_session()
    {
        var tokens = new AgentTokens(_keys, _options, _clock);
        var (bearer, expiresAt) = tokens.NewBearer("session", _clock.GetUtcNow().AddHours(12));
        var (last, end) = tokens.NewBearer("session", _clock.GetUtcNow().AddMinutes(5));
        Assert.Equal(_clock.GetUtcNow().AddMinutes(5), end);
        _clock.SetUtcNow(end);
        Assert.Null(tokens.Read(last));
        Assert.Equal("session", tokens.Read(bearer));
        _clock.SetUtcNow(expiresAt);
        Assert.Null(tokens.Read(bearer));
    }

    [Fact]
    public void No_token_passes_for_another_kind()
    {
        var visitors = new VisitorTokens(_keys, _options, _clock);
        var agents = new AgentTokens(_keys, _options, _clock);
        var (visitorBearer, _) = visitors.NewBearer(s_visitor);
        var (agentBearer, _) = agents.NewBearer("session", _clock.GetUtcNow().AddHours(1));
        Assert.Null(agents.Read(visitorBearer));
        Assert.Null(visitors.ReadBearer(agentBearer));
        Assert.Null(visitors.ReadBearer(visitors.NewSecret(new VisitorSecret("demo", "v1"))));
        Assert.Null(visitors.ReadSecret(visitorBearer));
    }
}
