using CustomerService.Load.Drive;
using CustomerService.Load.Measure;
using CustomerService.Load.Results;
using CustomerService.Load.Scenarios;
using Spectre.Console;

namespace CustomerService.Load.Commands;

/// <summary>Where processes are looked for, and what goes into a result beside the measurements.</summary>
public sealed record RunContext
{
    public string Contender { get; init; } = "product";
    public int? ServerPid { get; init; }
    public int? DatabasePid { get; init; }

    /// <summary>Looks at more than one server process: asked where what counts of a load begins, and at its end.</summary>
    public Func<Task<CpuUse>>? Look { get; init; }
    public string Command { get; init; } = "";
    public string? Commit { get; init; }
    public string? Settings { get; init; }
    public bool Quiet { get; init; }
}

/// <summary>Gathers a crowd, puts loads on it and turns each into a result.</summary>
public sealed class Runner(Deployment deployment, Scenario scenario, RunContext context) : IAsyncDisposable
{
    private readonly Crowd _crowd = new(deployment, scenario);
    private long? _bytesBefore;
    private int _loads;

    public async Task Gather(CancellationToken cancellationToken)
    {
        _bytesBefore = context.ServerPid is { } pid ? ProcStat.ResidentBytes(pid) : null;
        if (context.Quiet || !AnsiConsole.Profile.Capabilities.Interactive)
        {
            await _crowd.Gather(static (_, _, _) => { }, cancellationToken);
            return;
        }
        await AnsiConsole.Progress().StartAsync(async progress =>
        {
            var bars = new System.Collections.Concurrent.ConcurrentDictionary<string, ProgressTask>();
            await _crowd.Gather((what, done, all) =>
            {
                lock (bars)
                    bars.GetOrAdd(what, name => progress.AddTask(name, maxValue: all)).Value = done;
            }, cancellationToken);
        });
    }

    /// <summary>Ids of the conversations that are open from the beginning.</summary>
    public IReadOnlyList<string> Conversations => [.. _crowd.Talks.Select(t => t.VisitorView.Conversation)];

    /// <summary>Connections that are open now.</summary>
    public int Connections => _crowd.Connections;

    /// <summary>One load on the crowd that stands ready.</summary>
    public async Task<RunResult> Load(Scenario load, CancellationToken cancellationToken)
    {
        // Short and new for each load: message ids of one load are unlike those of any other.
        using var run = new LoadRun(_crowd, load, $"{Guid.NewGuid().ToString("N")[..8]}-{_loads++}");
        var machine = Machine.Here();
        var connections = _crowd.Connections;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var live = Watch(run, load, watching.Token);
        await run.Run(context.Look ?? (() => Task.FromResult(CpuUse.Now(context.ServerPid, context.DatabasePid))), cancellationToken);
        var (used, acked, measured) = run.Used;
        var seconds = clock.Elapsed.TotalSeconds;
        await watching.CancelAsync();
        await live;

        var record = run.Record;
        var latencies = record.Kinds.ToDictionary(k => k.Key, k => LatencySummary.Of(k.Value.Merged(), k.Value.Slices()));
        double P99(string kind) => latencies.TryGetValue(kind, out var summary) ? summary.P99Ms : 0;
        return new RunResult
        {
            Contender = context.Contender,
            At = DateTimeOffset.UtcNow,
            Scenario = load,
            Machine = machine,
            Command = context.Command,
            Commit = context.Commit,
            Settings = context.Settings,
            Seconds = seconds,
            Scheduled = run.Scheduled,
            Begun = record.Begun,
            Sent = record.Sent,
            Acked = record.Acked,
            Delivered = record.Delivered,
            Failed = record.Failed,
            AckedPerSecond = latencies.TryGetValue(RunRecord.Ack, out var ack) ? ack.Count / load.Seconds : 0,
            Latencies = latencies,
            Refusals = record.Refusals.ToDictionary(),
            Cpu = used,
            ServerCpuPer1000 = acked > 0 ? used.ServerSeconds / acked * 1000 : null,
            DatabaseCpuPer1000 = acked > 0 ? used.DatabaseSeconds / acked * 1000 : null,
            Connections = connections,
            ServerBytesBefore = _bytesBefore,
            ServerBytesAfter = context.ServerPid is { } pid ? ProcStat.ResidentBytes(pid) : null,
            Correctness = run.Check(),
            Void = VoidRule.Reasons(new GeneratorHealth(run.Scheduled, record.Begun, P99(RunRecord.Lag), P99(RunRecord.Ack),
                used.GeneratorSeconds / measured, Environment.ProcessorCount)),
        };
    }

    public ValueTask DisposeAsync() => _crowd.DisposeAsync();

    private async Task Watch(LoadRun run, Scenario load, CancellationToken cancellationToken)
    {
        if (context.Quiet || !AnsiConsole.Profile.Capabilities.Interactive)
            return;
        var table = new Table().AddColumns("second", "sent", "acked", "delivered", "ack p99 ms", "refused", "generator late p99 ms");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await AnsiConsole.Live(table).StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            try
            {
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    string P99(string kind) => run.Record.Kinds.TryGetValue(kind, out var l) && l.Merged() is { TotalCount: > 0 } h
                        ? (h.GetValueAtPercentile(99) / 1000.0).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) : "-";
                    if (table.Rows.Count >= 12)
                        table.RemoveRow(0);
                    table.AddRow($"{clock.Elapsed.TotalSeconds:0} of {load.WarmupSeconds + load.Seconds:0}", $"{run.Record.Sent:N0}",
                        $"{run.Record.Acked:N0}", $"{run.Record.Delivered:N0}", P99(RunRecord.Ack),
                        $"{run.Record.Refusals.Values.Sum():N0}", P99(RunRecord.Lag));
                    live.Refresh();
                }
            }
            catch (OperationCanceledException)
            {
                // The run is over.
            }
        });
    }
}
