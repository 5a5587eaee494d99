namespace CustomerService.Support.Servers;

/// <summary>The client of tests/Acceptance/independent-client: it shares no code with this repository.</summary>
public static class IndependentClient
{
    private static readonly string Folder =
        Path.Combine(ServerProcess.RepositoryRoot, "tests", "Acceptance", "independent-client");

    /// <summary>Once a process: tests that run beside each other would take each other's packages away.</summary>
    private static readonly Lazy<Task<(int Code, string Output)>> Installation =
        new(static () => NodeProgram.Run(Folder, "npm", "ci", "--no-audit", "--no-fund"));

    /// <summary>Plays the whole story with the visitor on one front and the agents on another (or the same).</summary>
    /// <exception cref="InvalidOperationException">A step did not hold; the message has what it said.</exception>
    public static async Task PlayStory(ServerProcess forVisitor, ServerProcess forAgents)
    {
        var (installed, installation) = await Installation.Value;
        if (installed != 0)
            throw new InvalidOperationException(installation);
        var (code, output) = await NodeProgram.Run(
            Folder, "node", "story.mjs", Url(forVisitor), ServerProcess.AdminEmail, ServerProcess.AdminPassword,
            Url(forAgents));
        if (code != 0 || !output.TrimEnd().EndsWith("the story holds", StringComparison.Ordinal))
            throw new InvalidOperationException($"{output}\n--- server ---\n{forVisitor.Output}\n{forAgents.Output}");
    }

    private static string Url(ServerProcess server) => server.Address.ToString().TrimEnd('/');
}
