using System.Text.Json;
using System.Text.RegularExpressions;

namespace CustomerService.Unit.Tests.Docs;

public sealed partial class DocumentTests
{
    public static TheoryData<string> Pages => new(Repository.Pages());

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex("^```json\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JsonBlock { get; }

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex AnyBlock { get; }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_to_a_file(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        var dead = Link.Matches(AnyBlock.Replace(Repository.Read(page), ""))
            .Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal)
                && !target.StartsWith("mailto:", StringComparison.Ordinal))
            .Select(target => target.Split('#')[0])
            .Where(target => target.Length > 0 && !Path.Exists(Path.Combine(folder, Uri.UnescapeDataString(target))));
        Assert.Empty(dead);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_json_example_parses(string page)
    {
        foreach (Match match in JsonBlock.Matches(Repository.Read(page).ReplaceLineEndings("\n")))
        {
            var body = match.Groups["body"].Value;
            try
            {
                using var parsed = JsonDocument.Parse(body);
            }
            catch (JsonException unreadable)
            {
                Assert.Fail($"{page}: {unreadable.Message}\n{body}");
            }
        }
    }

    [Fact]
    public void The_protocol_page_describes_every_refusal_code_and_shows_one_of_each()
    {
        var page = Repository.Read("docs/protocol.md");
        Assert.All(Enum.GetNames<RefusalCode>(), code =>
        {
            Assert.Contains($"| `{code}` |", page, StringComparison.Ordinal);
            Assert.Contains($"\"code\": \"{code}\"", page, StringComparison.Ordinal);
        });
    }
}
