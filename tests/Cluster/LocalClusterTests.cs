using CustomerService.Support;
using CustomerService.Support.Servers;

namespace CustomerService.Cluster.Tests;

/// <summary><c>--cluster</c> as a person uses it.</summary>
public sealed class LocalClusterTests
{
    [Fact]
    public async Task It_starts_everything_with_a_database_of_its_own_serves_and_stops_it_again()
    {
        using var folder = new TemporaryFolder();
        // PostgreSQL runs as another account where this is root.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        await using var cluster = ServerProcess.Front(["--cluster", "silos=2", "fronts=1", "--data", folder.Path]);
        await cluster.Start().Said("All are ready", TimeSpan.FromMinutes(3));
        await cluster.Ready();
        await IndependentClient.PlayStory(cluster, cluster);
        Assert.Equal(0, await cluster.Stop());
        await Await.Until("nobody listens any more", async () =>
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
            try
            {
                using var answer = await http.GetAsync(new Uri(cluster.Address, "/health/live"));
                return false;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        });
        Assert.False(File.Exists(Path.Combine(folder.Path, "postgres", "data", "postmaster.pid")), "PostgreSQL still runs.");
    }
}
