using System.Text.Json;
using CustomerService.Grains.Routing;

namespace CustomerService.Unit.Tests.Routing;

public class RoutingRulesTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly Candidate[] Four =
    [
        new("a", 1, 4, T0.AddMinutes(3), 7),
        new("b", 1, 2, T0.AddMinutes(1), 9),
        new("c", 0, 1, T0.AddMinutes(4), 8),
        new("d", 2, 8, T0.AddMinutes(2), 0),
    ];

    [Theory]
    [InlineData("longest-idle", null, "b", "b d a c")]
    [InlineData("longest-idle", "b", "d", "b d a c")]
    [InlineData("least-loaded", null, "c", "c d a b")] // a and d are both a quarter full; d is idle for longer.
    [InlineData("least-loaded", "c", "d", "c d a b")]
    [InlineData("round-robin", null, "d", "d a c b")]
    [InlineData("from a newer version", null, "b", "b d a c")]
    public void Picks_by_rule(string strategy, string? passedOver, string chosen, string order)
    {
        var preferred = new SortedSet<Candidate>(Four, RoutingRules.Preference(strategy));
        Assert.Equal(order, string.Join(" ", preferred.Select(one => one.AgentId)));
        var choice = RoutingRules.Choose(strategy, preferred, preferred.Count, passedOver is null ? [] : [passedOver]);
        Assert.Equal(chosen, choice!.AgentId);
    }

    [Fact]
    public void Nobody_is_chosen_where_the_only_one_is_passed_over()
    {
        Assert.Null(RoutingRules.Choose("longest-idle", [Four[0]], 1, ["a"]));
        Assert.Null(RoutingRules.Choose("longest-idle", [], 0, []));
    }

    [Fact]
    public void The_explanation_names_rule_candidates_and_choice_within_its_limit()
    {
        var many = Enumerable.Range(0, 500)
            .Select(i => new Candidate($"{new string('x', 60)}{i:D4}", 99, 100, T0.AddTicks(i), long.MaxValue))
            .ToArray();
        var choice = RoutingRules.Choose(
            "round-robin", many, many.Length, [.. many.Take(4).Select(one => one.AgentId)])!;
        Assert.True(choice.Why.Length <= 2_000, $"{choice.Why.Length} characters");
        var why = JsonDocument.Parse(choice.Why).RootElement;
        Assert.Equal("round-robin", why.GetProperty("rule").GetString());
        Assert.Equal(many[4].AgentId, why.GetProperty("chosen").GetString());
        Assert.Equal(
            many.Take(4).Select(one => one.AgentId),
            why.GetProperty("passedOver").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(500, why.GetProperty("eligible").GetInt32());
        Assert.Equal(RoutingRules.ExplainedMax, why.GetProperty("candidates").GetArrayLength());
    }
}
