using System.Net;
using CustomerService.Support;

namespace CustomerService.Http.Tests;

/// <summary>What an administrator sees of the installation; here it is one process on SQLite.</summary>
[Collection(ProductCollection.Name)]
public sealed class SystemTests(SharedHost shared)
{
    [Fact]
    public async Task An_administrator_sees_silos_fronts_grains_and_database()
    {
        var host = shared.Product;
        var admin = await host.SignIn();
        await Await.Until("the process has reported itself", async () =>
        {
            using var early = await host.Get("/api/v1/system", admin.Token);
            return early.StatusCode == HttpStatusCode.OK
                && (await ProductHost.Json(early, HttpStatusCode.OK)).GetProperty("fronts").GetArrayLength() > 0;
        }, TimeSpan.FromSeconds(60));
        using var answer = await host.Get("/api/v1/system", admin.Token);
        var system = await ProductHost.Json(answer, HttpStatusCode.OK);

        var silo = Assert.Single(system.GetProperty("silos").EnumerateArray());
        Assert.Equal("active", silo.GetProperty("status").GetString());
        Assert.True(silo.GetProperty("activations").GetInt32() > 0);
        Assert.True(silo.GetProperty("memoryBytes").GetInt64() > 1_000_000);
        var front = Assert.Single(system.GetProperty("fronts").EnumerateArray());
        Assert.Equal("0.1.0", front.GetProperty("version").GetString());
        Assert.Equal(silo.GetProperty("version").GetString(), front.GetProperty("version").GetString());
        Assert.Contains(
            system.GetProperty("grainTypes").EnumerateArray(), type => type.GetProperty("type").GetString() == "RosterGrain");
        var database = system.GetProperty("database");
        Assert.Equal("SQLite", database.GetProperty("database").GetString());
        Assert.StartsWith("3.", database.GetProperty("serverVersion").GetString(), StringComparison.Ordinal);
        Assert.Matches(@"^\d{4}-", database.GetProperty("schemaVersion").GetString());
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("supervisor")]
    public async Task Nobody_else_does(string role)
    {
        var host = shared.Product;
        var caller = await host.Hire($"system-{role}@example.test", "a password of one's own", role);
        using var answer = await host.Get("/api/v1/system", caller.Token);
        await ProductHost.Problem(answer, 403, "Forbidden");
    }
}
