using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using CustomerService.Checker.History;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Cli;

/// <summary>The command: runs seeds and says which fail, or shows one.</summary>
public static class Program
{
    private const int ExitHeld = 0, ExitViolated = 1, ExitUsage = 2;

    /// <summary>What so many seeds failed of, the others most likely failed of too.</summary>
    private const int ToldMax = 20;

    public static int Main(string[] args)
    {
        var seeds = new Option<string>("--seeds")
        {
            Description = "A range of seeds, such as 1-2000. Each covers 31 simulated minutes.",
            DefaultValueFactory = _ => "1-100",
        };
        var seed = new Option<ulong?>("--seed") { Description = "One seed: the same run, byte for byte, each time." };
        var trace = new Option<bool>("--trace") { Description = "With --seed: prints every call, commit, fault and history line." };
        var history = new Option<FileInfo?>("--history") { Description = "With --seed: writes the recorded history, for tests/Checker.Cli." };
        var bug = new Option<PlantedBug>("--bug")
        {
            Description = "Plants a bug, to see it found.",
        };
        var calm = new Option<bool>("--calm") { Description = "No faults at all." };
        var factor = new Option<double>("--faults")
        {
            Description = "How much more often than usual something goes wrong, 0.1 to 10.", DefaultValueFactory = _ => 1,
        };
        var workers = new Option<int>("--workers")
        {
            Description = "Seeds at a time, 1 to 64: a process each.", DefaultValueFactory = _ => 1,
        };
        var serve = new Option<bool>("--serve") { Description = "Plays the seeds it is told line by line.", Hidden = true };
        var stop = new Option<bool>("--stop") { Description = "Stop at the first seed that fails." };
        var root = new RootCommand("""
            Simulates the product: the real grain classes over simulated silos, network, store and clients, in virtual time.
            Every run is checked against the invariants of docs/guarantees.md.

            Exit code: 0 all held, 1 a seed failed (with the command that replays it), 2 the arguments are wrong.
            """)
        {
            seeds, seed, trace, history, bug, calm, factor, workers, serve, stop,
        };
        var exit = ExitHeld;
        root.SetAction(parsed =>
        {
            var options = new RunOptions { Bug = parsed.GetValue(bug), Faults = !parsed.GetValue(calm), Trace = parsed.GetValue(trace), FaultFactor = parsed.GetValue(factor) };
            if (options.FaultFactor is not (>= 0.1 and <= 10))
                exit = Misused();
            else if (parsed.GetValue(serve))
                Worker.Serve(options, Console.In, Console.Out);
            else if (parsed.GetValue(seed) is { } one)
                exit = Show(one, options, parsed.GetValue(history));
            else if (!TryRange(parsed.GetValue(seeds)!, out var from, out var to) || parsed.GetValue(workers) is < 1 or > 64)
                exit = Misused();
            else
                exit = RunAll(from, to, options with { Trace = false }, parsed.GetValue(workers), parsed.GetValue(stop));
        });
        var result = root.Parse(args);
        var invoked = result.Invoke();
        return result.Errors.Count > 0 ? ExitUsage : invoked != 0 ? invoked : exit;
    }

    /// <summary>What makes the replay the same run.</summary>
    private static string Same(RunOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"{(options.Bug == PlantedBug.None ? "" : $" --bug {options.Bug}")}{(options.Faults ? "" : " --calm")}{(options.FaultFactor == 1 ? "" : $" --faults {options.FaultFactor}")}");

    private static int Misused()
    {
        Console.Error.WriteLine("Seeds are a range such as 1-2000, from 1 to 18446744073709551615, first to last; workers are 1 to 64, faults 0.1 to 10.");
        return ExitUsage;
    }

    private static bool TryRange(string text, out ulong from, out ulong to)
    {
        to = 0;
        var ends = text.Split('-');
        return ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out from)
            && ulong.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out to)
            && ends.Length <= 2 && from >= 1 && to >= from;
    }

    private static int Show(ulong seed, RunOptions options, FileInfo? history)
    {
        var result = Run.Execute(seed, options);
        if (options.Trace)
            Console.Out.Write(result.Trace);
        if (history is not null)
        {
            using var file = history.Create();
            using var writer = new HistoryWriter(file);
            foreach (var line in result.History)
                writer.Write(line);
        }
        Console.Out.WriteLine(result.Passed ? $"seed {seed}: all held, {result.History.Count} lines of history" : result.Why);
        if (result.Error is not null)
            Console.Error.WriteLine(result.Error);
        return result.Passed ? ExitHeld : ExitViolated;
    }

    private static int RunAll(ulong from, ulong to, RunOptions options, int workers, bool stop)
    {
        var count = to - from + 1;
        var watch = Stopwatch.StartNew();
        var gate = new Lock();
        ulong done = 0;
        var next = from;
        var simulated = TimeSpan.Zero;
        var failed = 0;
        var isTerminal = !Console.IsErrorRedirected;

        // A process each, because seeds in one process stop each other whenever garbage is collected.
        var threads = Enumerable.Range(0, workers).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Report(isLast: true);
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{done} seeds, {failed} failed, {simulated.TotalHours:f1} simulated hours in {watch.Elapsed.TotalSeconds:f1} s: {simulated.TotalHours / watch.Elapsed.TotalSeconds:f2} simulated hours per second"));
        return failed == 0 && done > 0 ? ExitHeld : ExitViolated;

        void Work()
        {
            using var worker = workers == 1 ? null : new WorkerProcess(options);
            while (true)
            {
                ulong seed;
                lock (gate)
                {
                    if (next > to || next < from || (stop && failed > 0))
                        return;
                    seed = next++;
                }
                var result = worker?.Play(seed) ?? Worker.Play(seed, options);
                lock (gate)
                {
                    done++;
                    simulated += result.Simulated;
                    if (!result.Passed)
                        Tell(result);
                    Report(isLast: false);
                }
            }
        }

        // At once: a run of hours may be cut short.
        void Tell(Outcome result)
        {
            if (++failed <= ToldMax)
                Console.Out.WriteLine($"{(isTerminal ? "\r" : "")}{result.Why}\n  replay: {result.Replay}{Same(options)}");
        }

        void Report(bool isLast)
        {
            // Into a file or a pipe: a line for each twentieth.
            if (!isTerminal && !isLast && done * 20 / count == (done - 1) * 20 / count)
                return;
            var share = (double)done / count;
            var bar = new string('#', (int)(share * 30)).PadRight(30, '.');
            var left = done == 0 ? TimeSpan.Zero : watch.Elapsed / done * (count - done);
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture,
                $"{(isTerminal ? "\r" : "")}[{bar}] {done}/{count} seeds, {failed} failed, {left.TotalSeconds:f0} s left "));
            if (isLast || !isTerminal)
                Console.Error.WriteLine();
        }
    }
}
