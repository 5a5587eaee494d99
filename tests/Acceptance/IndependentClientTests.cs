using CustomerService.Support;
using CustomerService.Support.Servers;
using Xunit;

namespace CustomerService.Acceptance.Tests;

/// <summary>A client that shares no code with this repository holds the whole conversation of docs/protocol.md.</summary>
public sealed class IndependentClientTests
{
    [Fact]
    public async Task A_client_written_from_the_protocol_alone_holds_the_story()
    {
        using var data = new TemporaryFolder();
        await using var server = ServerProcess.Front(["--data", data.Path]);
        await server.Start().Ready();

        await IndependentClient.PlayStory(server, server);
    }
}
