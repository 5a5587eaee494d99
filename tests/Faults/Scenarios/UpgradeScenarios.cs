using System.Globalization;
using CustomerService.Faults.Stands;
using CustomerService.Support;

namespace CustomerService.Faults;

/// <summary>A cluster gets its next version, process by process, while people talk; and goes back.</summary>
internal static class UpgradeScenarios
{
    private const int Talkers = 24, PauseMs = 250, GapMsMax = 5_000;
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(2), Calm = TimeSpan.FromSeconds(3);

    public static readonly Scenario[] All =
    [
        new("rolling-upgrade", "21", "three silos and two fronts are replaced one by one by the next version and back, under load: "
            + "no failed send, p99 of each client's longest wait within 5 s", Upgrade),
    ];

    private static async Task Upgrade(Trial trial)
    {
        using var folder = new TemporaryFolder();
        trial.Say("building the next version");
        var next = Environment.GetEnvironmentVariable(NextVersion.Variable) is { Length: > 0 } built
            ? built : await NextVersion.Build(folder.Path);
        await using var stand = await Stand.Open(trial.Name, new StandOptions { OnPostgres = true, Silos = 3, Fronts = 2 });
        await stand.Talk(Talkers, PauseMs);
        await Replace(trial, stand, "up", next);
        var (written, columns) = await Stored(stand);
        Trial.Demand(written > 0, "The next version stored nothing of its own: it was not what ran.");
        Trial.Demand(columns == 1, "The next version's column is missing: its migration did not run.");
        await Replace(trial, stand, "back", null);
        trial.Note($"{written} events with a member that the older version does not know");
        await trial.Finish(stand);
    }

    private static async Task Replace(Trial trial, Stand stand, string way, string? binaries)
    {
        var from = stand.History.Now;
        // Silos first: what they say more, older fronts pass over.
        foreach (var process in stand.Silos.Concat(stand.Fronts))
        {
            var isSilo = stand.Silos.Contains(process);
            var stopAt = stand.History.Now;
            var code = await process.Stop();
            Trial.Demand(code == 0, $"SIGTERM ended a process with exit code {code}:\n{process.Output}");
            var stopped = stand.History.Now - stopAt;
            process.Binaries = binaries;
            process.Start();
            await (isSilo ? process.Said("The silo is ready", StartMax) : process.Ready(StartMax));
            trial.Say($"{way}: a {(isSilo ? "silo" : "front")} stopped in {stopped} ms, replaced in {stand.History.Now - stopAt} ms");
            await ClusterScenarios.Pass(stand, Calm);
        }
        var waits = ClusterScenarios.SlowestOfEach(stand, from, stand.History.Now).Order().ToList();
        var p99 = waits[(int)Math.Ceiling(waits.Count * 0.99) - 1];
        trial.Note(string.Create(CultureInfo.InvariantCulture,
            $"{way}: each client's longest wait for an ack: median {waits[waits.Count / 2]} ms, p99 {p99} ms"));
        trial.OutageMs = Math.Max(trial.OutageMs ?? 0, waits[^1]);
        trial.Recovered(p99, GapMsMax);
    }

    private static async Task<(long Written, long Columns)> Stored(Stand stand)
    {
        await using var connection = Dump.Connect(stand.Database, null);
        await connection.OpenAsync();
        return (
            await One("select count(*) from journal where convert_from(data, 'UTF8') like '%\"via\":\"next\"%'"),
            await One("select count(*) from information_schema.columns where column_name = 'next_version'"));

        async Task<long> One(string sql)
        {
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants.
            command.CommandText = sql;
#pragma warning restore CA2100
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }
}
