using CustomerService.Support;
using CustomerService.Support.Servers;
using Xunit;

namespace CustomerService.Acceptance.Tests;

/// <summary>The protocol client that widget and console share, against a real server behind a line that is cut at
/// random.</summary>
public sealed class ProtocolClientTests
{
    [Fact]
    public async Task Each_message_arrives_once_and_in_order_over_a_line_that_is_cut_at_random()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready();
        var environment = new Dictionary<string, string> { ["SERVER_URL"] = server.Address.ToString().TrimEnd('/') };

        var (code, output) = await NodeProgram.Run(
            Path.Combine(ServerProcess.RepositoryRoot, "src", "WebFront", "Client"),
            environment, "npx", "vitest", "run", "tests/realServer.test.ts");

        Assert.True(code == 0, $"{output}\n--- server ---\n{server.Output}");
        Assert.DoesNotContain("NOT RUN", output, StringComparison.Ordinal);
    }
}
