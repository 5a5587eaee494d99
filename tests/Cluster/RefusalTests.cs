using System.Net;
using CustomerService.Support;
using CustomerService.Support.Servers;
using Npgsql;

namespace CustomerService.Cluster.Tests;

/// <summary>Processes that don't belong together say so and end; a front that only came too early waits.</summary>
public sealed class RefusalTests
{
    private static readonly TimeSpan s_startMax = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_front_that_finds_no_silo_stays_up_is_not_ready_and_recovers()
    {
        await using var postgres = await PostgresServer.Start();
        var database = await postgres.NewDatabase();
        var health = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var silo = ServerProcess.Silo(["--postgres", database, "--set", $"Health:Url={health.ToString().TrimEnd('/')}"]);
        await using var front = ServerProcess.Front(["--join", "--postgres", database]);
        front.Start();
        await Await.Until("it answers", async () => await Status(front, "/health/live") == HttpStatusCode.OK, s_startMax);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Status(front, "/health/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Status(front, "/api/v1/agent-sessions/current"));
        silo.Start();
        await Await.Until("the silo is ready", async () => await Status(health, "/health/ready") == HttpStatusCode.OK, s_startMax);
        await front.Ready(s_startMax);

        // All silos gone, and another one comes: at another address, so that it has to be found.
        await silo.Kill();
        await Await.Until(
            "it is not ready", async () => await Status(front, "/health/ready") == HttpStatusCode.ServiceUnavailable, s_startMax);
        await using var another = ServerProcess.Silo(["--postgres", database]);
        another.Start();
        await front.Ready(s_startMax);
    }

    [Fact]
    public async Task Processes_that_do_not_belong_together_are_refused_with_the_reason()
    {
        await using var postgres = await PostgresServer.Start();
        var database = await postgres.NewDatabase();
        await using var silo = ServerProcess.Silo(["--postgres", database]);
        await silo.Start().Said("The silo is ready", s_startMax);

        await Refused(ServerProcess.Silo(["--postgres", database, "--set", "Cluster:ServiceId=other"]),
            "belongs to the installation 'customer-service'");
        await Refused(ServerProcess.Front(["--postgres", database, "--set", "Storage:StartWaitMax=00:00:01"]),
            "is in use by another process");

        await using var front = ServerProcess.Front(["--join", "--postgres", database]);
        await front.Start().Ready(s_startMax);
        await Execute(database, "delete from signing_keys");
        await Refused(ServerProcess.Front(["--join", "--postgres", database]), "signing keys of this front are not the installation's");

        await Execute(database, "insert into schema_versions (scriptname, applied) values ('9999-contract.sql', now())");
        await Refused(ServerProcess.Silo(["--postgres", database]), "9999-contract.sql");
        await Execute(database, "insert into schema_expansions (script) values ('9999-contract.sql')");
        await using var older = ServerProcess.Silo(["--postgres", database]);
        await older.Start().Said("The silo is ready", s_startMax);
    }

    private static async Task Refused(ServerProcess process, string reason)
    {
        await using (process)
        {
            Assert.Equal(1, await process.Start().Exited(s_startMax));
            await Await.Until("it says why", () => process.Output.Contains(reason, StringComparison.Ordinal), null, () => process.Output);
        }
    }

    private static async Task Execute(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
#pragma warning disable CA2100 // A test's own text.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private static Task<HttpStatusCode?> Status(ServerProcess front, string path) => Status(front.Address, path);

    private static async Task<HttpStatusCode?> Status(Uri address, string path)
    {
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            using var answer = await http.GetAsync(new Uri(address, path));
            return answer.StatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }
}
