using CustomerService.Faults.Stands;
using Xunit;

namespace CustomerService.Faults.Tests;

/// <summary>The rolling upgrade is too long for here; that its next version can be made from these sources is not.</summary>
public sealed class NextVersionTests
{
    [Fact]
    public void What_the_next_version_changes_was_gone_from_the_sources() => Assert.Empty(NextVersion.Gone());
}
