using System.Diagnostics;
using System.Globalization;
using CustomerService.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CustomerService.Storage.Tests;

/// <summary>The process that owns the SQLite file is killed while it writes.</summary>
[Trait("Category", "Process")]
public sealed class SqliteCrashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_acknowledged_before_a_kill_is_there_once()
    {
        var acknowledged = new Dictionary<string, long>();
        for (var round = 0; round < 3; round++)
        {
            await RunAndKill($"r{round}", acknowledged);
            await using var storage = StorageCore.Open(
                new StorageOptions { DataDirectory = _folder.Path }, NullLogger.Instance);
            var owed = 0L;
            foreach (var (stream, version) in acknowledged)
            {
                var head = (await storage.Journal.Heads([stream]))[0].Version;
                // One more may have been committed than its line was read.
                Assert.InRange(head, version, version + 1);
                var last = await storage.Journal.FindByClientId(stream, "visitor:v1", $"c{version - 1}");
                Assert.Equal(version, last!.Version);
                owed += head;
            }
            // Each event's effect stands or falls with it. Streams without an acknowledged line are not counted.
            Assert.InRange(await storage.Outbox.Count(), owed, owed + (20 * (round + 1)));
        }
    }

    private async Task RunAndKill(string name, Dictionary<string, long> acknowledged)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(SqliteCrashTests).Assembly.Location, _folder.Path, name },
            RedirectStandardOutput = true,
        })!;
        var lines = 0;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // A kill may cut the last line.
            if (line.Split(' ') is [var stream, var version]
                && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number == acknowledged.GetValueOrDefault(stream) + 1)
            {
                acknowledged[stream] = number;
            }
            if (++lines == 500)
                process.Kill();
        }
        await process.WaitForExitAsync();
        Assert.True(lines >= 500, "The process ended by itself.");
    }
}
