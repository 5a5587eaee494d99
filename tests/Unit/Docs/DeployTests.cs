using System.Text.Json;
using System.Text.RegularExpressions;

namespace CustomerService.Unit.Tests.Docs;

/// <summary>The dashboard and the alert rules ask only for metrics that exist: docs/metrics.md names them, and what it
/// names is scraped from the running product by another test.</summary>
public sealed partial class DeployTests
{
    [GeneratedRegex(@"^\| `(?<name>[a-z_]+)` \| ", RegexOptions.Multiline)]
    private static partial Regex Documented { get; }

    [GeneratedRegex(@"\b(?:customer_service|orleans|dotnet|http|kestrel|aspnetcore|db)_[a-z_]+\b")]
    private static partial Regex Metric { get; }

    [GeneratedRegex(@"^\s+expr: (?<one>[^>\n].*)$|^\s+expr: >\n(?<more>(?:\s{10}.*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Expression { get; }

    private static readonly HashSet<string> s_known =
        [.. Documented.Matches(Repository.Read("docs/metrics.md")).Select(match => match.Groups["name"].Value)];

    [Fact]
    public void The_dashboard_is_valid_and_asks_for_metrics_that_exist()
    {
        using var dashboard = JsonDocument.Parse(Repository.Read("deploy/grafana/customer-service.json"));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.GetProperty("type").GetString() != "row").ToList();
        Assert.True(panels.Count > 20);
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (var panel in panels)
        {
            Assert.NotEmpty(panel.GetProperty("description").GetString()!);
            var queries = panel.GetProperty("targets").EnumerateArray()
                .Select(target => target.GetProperty("expr").GetString()!).ToList();
            Assert.NotEmpty(queries);
            Assert.All(queries, Known);
        }
    }

    [Fact]
    public void Alerts_ask_for_metrics_that_exist_and_are_explained()
    {
        var rules = Repository.Read("deploy/prometheus/alerts.yml");
        var queries = Expression.Matches(rules).Select(match => match.Groups["one"].Value + match.Groups["more"].Value).ToList();
        Assert.Equal(rules.Split("- alert:").Length - 1, queries.Count);
        Assert.All(queries.Where(query => !query.StartsWith("up{", StringComparison.Ordinal)), Known);
        var explained = Repository.Read("docs/metrics.md").Split("## Worth an alert")[1].Split('\n')
            .Count(line => line.StartsWith("| ", StringComparison.Ordinal)) - 1;
        Assert.Equal(queries.Count, explained);
    }

    private static void Known(string query)
    {
        // The dashboard's own query for the list of processes.
        if (query.StartsWith("sum(up{", StringComparison.Ordinal))
            return;
        var names = Metric.Matches(query).Select(match => match.Value).ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(Base(name), s_known));
    }

    private static string Base(string name)
    {
        foreach (var suffix in (string[])["_bucket", "_sum", "_count"])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && s_known.Contains(name[..^suffix.Length]))
                return name[..^suffix.Length];
        }
        return name;
    }
}
