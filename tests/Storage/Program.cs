using CustomerService.Storage;
using CustomerService.Storage.Tests;
using Microsoft.Extensions.Logging.Abstractions;

// The test host loads this assembly and never runs this. SqliteCrashTests starts it as a process of its own, to kill it:
// it appends to the data directory given and writes a line for every append that was acknowledged.
await using var storage = StorageCore.Open(new StorageOptions { DataDirectory = args[0] }, NullLogger.Instance);
await Task.WhenAll(Enumerable.Range(0, 20).Select(async n =>
{
    var stream = $"conversation/{args[1]}-{n}";
    for (var version = 0L; ; version++)
    {
        await storage.Journal.Append(Given.Append(stream, version, Given.Event(client: $"c{version}")) with
        {
            Owed = [Given.Effect(stream, version + 1)],
        });
        Console.WriteLine($"{stream} {version + 1}");
    }
}));
