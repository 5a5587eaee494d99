using CustomerService.Support;
using CustomerService.Support.Servers;
using Xunit;

namespace CustomerService.Acceptance.Tests;

/// <summary>A client that shares no code with this repository holds the whole conversation of docs/protocol.md.</summary>
public sealed class IndependentClientTests
{
    private static readonly string Folder =
        Path.Combine(ServerProcess.RepositoryRoot, "tests", "Acceptance", "independent-client");

    [Fact]
    public async Task A_client_written_from_the_protocol_alone_holds_the_story()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready();
        var (installed, installation) = await NodeProgram.Run(Folder, "npm", "ci", "--no-audit", "--no-fund");
        Assert.True(installed == 0, installation);

        var (code, output) = await NodeProgram.Run(
            Folder, "node", "story.mjs", server.Address.ToString().TrimEnd('/'),
            ServerProcess.AdminEmail, ServerProcess.AdminPassword);

        Assert.True(code == 0, $"{output}\n--- server ---\n{server.Output}");
        Assert.EndsWith("the story holds", output.TrimEnd(), StringComparison.Ordinal);
    }
}
