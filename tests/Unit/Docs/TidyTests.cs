using System.Text.RegularExpressions;

namespace CustomerService.Unit.Tests.Docs;

/// <summary>What no analyzer checks about the repository as a whole.</summary>
public sealed partial class TidyTests
{
    // Waiting is allowed in one place, which has a deadline, and in the fakes that are slow on purpose. The harnesses are
    // no tests: the people they play pause as people do, and their proxy is late on purpose.
    private static readonly string[] Exempt = ["tests/Support/", "tests/Faults/", "tests/Simulation/"];

    [GeneratedRegex(@"\bThread\.Sleep\(|\bTask\.Delay\(")]
    private static partial Regex Sleep { get; }

    [GeneratedRegex("""Trait\("Category", "(?<name>[^"]+)"\)""")]
    private static partial Regex Category { get; }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("Orleans.CustomerService.sln").Replace('\\', '/');
        var missing = Files("*.csproj").Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Fact]
    public void No_test_sleeps()
    {
        var sleepers = TestFiles()
            .Where(path => !Exempt.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))
            .Where(path => Sleep.IsMatch(Repository.Read(path)))
            .ToList();
        Assert.Empty(sleepers);
    }

    [Fact]
    public void Every_test_category_is_explained()
    {
        var page = Repository.Read("docs/testing.md");
        var unexplained = TestFiles()
            .SelectMany(path => Category.Matches(Repository.Read(path)))
            .Select(match => match.Groups["name"].Value)
            .Distinct()
            .Where(name => !page.Contains($"| `{name}` |", StringComparison.Ordinal));
        Assert.Empty(unexplained);
    }

    // This file names what it looks for.
    private static IEnumerable<string> TestFiles() =>
        Files("*.cs").Where(path => path.StartsWith("tests/", StringComparison.Ordinal)
            && !path.EndsWith("/TidyTests.cs", StringComparison.Ordinal));

    private static IEnumerable<string> Files(string pattern) =>
        new[] { "src", "tests", "benchmarks" }
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Intersect(["bin", "obj", "node_modules"]).Any());
}
