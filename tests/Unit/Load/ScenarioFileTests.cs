using System.Text;
using CustomerService.Load.Scenarios;

namespace CustomerService.Unit.Tests.Load;

/// <summary>A scenario file that is not understood whole is refused, with the line and the reason.</summary>
public sealed class ScenarioFileTests
{
    [Fact]
    public void A_file_may_change_a_built_in_scenario()
    {
        var scenario = Parse("""
            {
              // quieter
              "base": "steady-chat",
              "name": "quiet",
              "schedule": { "rate": 50 },
            }
            """);
        Assert.Equal(("quiet", 1000, 200, 50), (scenario.Name, scenario.Visitors, scenario.Agents, scenario.Schedule.Rate));
    }

    [Theory]
    [InlineData("{\n  \"visitors\": 10,\n  \"agnets\": 2\n}", 3, "agnets")]
    [InlineData("{\n  \"visitors\": \"many\"\n}", 2, "visitors")]
    [InlineData("{\n  \"visitors\": 10,\n  \"agents\": 4,\n  \"capacity\": 500\n}", 4, "capacity: 500 is not within 1 to 200")]
    [InlineData("{\n  \"visitors\": 10,\n  \"agents\": 1\n}", 3, "can't hold 10 conversations")]
    [InlineData("{\n  \"base\": \"steady\"\n}", 2, "no built-in scenario 'steady'")]
    [InlineData("{\n  \"visitors\": 10,\n  \"schedule\": {\n    \"shape\": \"wave\"\n  }\n}", 4, "shape")]
    [InlineData("{\n  \"base\": \"smoke\",\n  \"schedule\": {\n    \"rate\": -3\n  }\n}", 4, "rate: -3")]
    [InlineData("{\n  \"visitors\": 10,\n", 3, "")]
    [InlineData("null", 1, "no scenario")]
    public void A_bad_file_gets_line_and_reason(string json, int line, string reason)
    {
        var wrong = Assert.Throws<ScenarioException>(() => Parse(json));
        Assert.StartsWith($"my.json, line {line}: ", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(reason, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_built_in_scenario_can_be_run()
    {
        Assert.All(ScenarioCatalogue.All, scenario => Assert.Null(ScenarioFile.Fault(scenario)));
        Assert.Equal(ScenarioCatalogue.All.Count, ScenarioCatalogue.All.Select(s => s.Name).Distinct().Count());
    }

    private static Scenario Parse(string json) => ScenarioFile.Parse("my.json", Encoding.UTF8.GetBytes(json));
}
