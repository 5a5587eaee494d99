using CustomerService.Agents;
using CustomerService.Conversations;

namespace CustomerService.Unit.Tests.InSilo;

public sealed class GrainReferencesTests(OneSilo silo) : IClassFixture<OneSilo>
{
    [Fact]
    public void A_reference_is_the_one_that_the_factory_gives()
    {
        // The first of a kind is looked up, the second is not.
        foreach (var key in (string[])["a", "b"])
        {
            Assert.Equal(silo.Grains.GetGrain<IAgentGrain>(key), silo.Grains.Of<IAgentGrain>(key));
            Assert.Equal(silo.Grains.GetGrain<IConversationGrain>(key), silo.Grains.Of<IConversationGrain>(key));
        }
        Assert.NotEqual(silo.Grains.Of<IAgentGrain>("a"), silo.Grains.Of<IAgentGrain>("b"));
    }
}
