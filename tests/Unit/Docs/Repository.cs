namespace CustomerService.Unit.Tests.Docs;

/// <summary>The checked-out repository, for tests that read its files.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution file.</summary>
    public static string Root { get; } = Find();

    /// <summary>Pages that people read: at the root and under docs.</summary>
    public static IEnumerable<string> Pages()
    {
        var docs = Path.Combine(Root, "docs");
        return Directory.EnumerateFiles(Root, "*.md")
            .Concat(Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Orleans.CustomerService.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("No solution file above the tests.");
    }
}
