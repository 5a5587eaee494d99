using CustomerService.Support;
using CustomerService.Support.Servers;

namespace CustomerService.Cluster.Tests;

/// <summary>The same binaries as four processes on one PostgreSQL.</summary>
public sealed class TwoSilosTwoFrontsTests
{
    [Fact]
    public async Task The_story_holds_with_visitor_and_agents_on_different_fronts()
    {
        await using var postgres = await PostgresServer.Start();
        var database = await postgres.NewDatabase();
        await using var firstSilo = ServerProcess.Silo(["--postgres", database]);
        await using var secondSilo = ServerProcess.Silo(["--postgres", database]);
        await using var visitorsFront = ServerProcess.Front(["--join", "--postgres", database]);
        await using var agentsFront = ServerProcess.Front(["--join", "--postgres", database]);
        firstSilo.Start();
        secondSilo.Start();
        // Fronts wait for silos, so the order of starting does not matter.
        await visitorsFront.Start().Ready();
        await agentsFront.Start().Ready();

        await IndependentClient.PlayStory(visitorsFront, agentsFront);
    }
}
