using System.Diagnostics;
using CustomerService.Support.Servers;

namespace CustomerService.Faults.Stands;

/// <summary>
/// The version after this one, built from this checkout's sources with changes that an upgrade by "expand and contract"
/// may bring: a stored event with a member more, an answer between processes with a member more, a table with a column
/// more. A change whose place is gone fails the build of it, never silently.
/// </summary>
public static class NextVersion
{
    /// <summary>The environment variable that names a folder where it was built before.</summary>
    public const string Variable = "NEXT_VERSION_BINARIES";

    private const string Migration = "9001-next-version.sql";

    private static readonly (string File, string Find, string Put)[] Changes =
    [
        ("src/Grains/Conversations/ConversationEvents.cs",
            "ImmutableArray<Attachment>? Attachments = null, bool? Removed = null) : ConversationEvent;",
            "ImmutableArray<Attachment>? Attachments = null, bool? Removed = null) : ConversationEvent\n"
            + "{\n    /// <summary>New.</summary>\n    public string Via { get; init; } = \"next\";\n}"),
        ("src/Grains.Abstractions/Conversations/IConversationGrain.cs",
            "    [Id(7)] public long DeliveredUpTo { get; init; }\n",
            "    [Id(7)] public long DeliveredUpTo { get; init; }\n\n    /// <summary>New.</summary>\n    [Id(8)]\n"
            + "    public string Via { get; init; } = \"next\";\n"),
        ("Directory.Build.props", "<Version>", "<Version>9."),
    ];

    /// <summary>Places of this checkout that a change no longer finds; empty where the next version can be made.</summary>
    public static IEnumerable<string> Gone() =>
        from change in Changes
        let text = File.ReadAllText(Path.Combine(ServerProcess.RepositoryRoot, change.File))
        where !text.Contains(change.Find, StringComparison.Ordinal)
        select $"{change.File} does not hold '{change.Find}' any more.";

    /// <summary>Builds it; answers the folder that holds both programs. Takes minutes.</summary>
    /// <param name="folder">An empty one.</param>
    public static async Task<string> Build(string folder)
    {
        if (Gone().ToList() is [_, ..] gone)
            throw new InvalidOperationException($"The next version can't be made: {string.Join(' ', gone)}");
        var root = ServerProcess.RepositoryRoot;
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig"])
            File.Copy(Path.Combine(root, file), Path.Combine(folder, file));
        CopySources(Path.Combine(root, "src"), Path.Combine(folder, "src"));
        foreach (var (name, find, put) in Changes)
        {
            var file = Path.Combine(folder, name);
            var text = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(file, text.Replace(find, put, StringComparison.Ordinal));
        }
        await File.WriteAllTextAsync(
            Path.Combine(folder, "src/Storage/PostgreSql/Migrations", Migration),
            $"""
            alter table conversations add column next_version text;
            insert into schema_expansions (script) values ('{Migration}');
            """);
        var output = Path.Combine(folder, "out");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var word in (string[])["build", Path.Combine(folder, "src/WebFront/WebFront.csproj"), "-o", output,
            "-p:SkipClient=true", "-v", "quiet", "--nologo", "-clp:NoSummary"])
            start.ArgumentList.Add(word);
        using var build = Process.Start(start)!;
        var said = await build.StandardOutput.ReadToEndAsync();
        await build.WaitForExitAsync();
        return build.ExitCode == 0 ? output : throw new InvalidOperationException("The next version does not build:\n" + said);
    }

    private static void CopySources(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from))
        {
            if (Path.GetFileName(folder) is not ("bin" or "obj" or "node_modules" or "wwwroot" or "Client"))
                CopySources(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
        // The web client is not built, but its targets are imported.
        if (Path.GetFileName(from) == "WebFront")
        {
            Directory.CreateDirectory(Path.Combine(to, "Client"));
            File.Copy(Path.Combine(from, "Client", "Client.targets"), Path.Combine(to, "Client", "Client.targets"));
        }
    }
}
