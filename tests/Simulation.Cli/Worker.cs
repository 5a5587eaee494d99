using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using CustomerService.Simulation.Runs;

namespace CustomerService.Simulation.Cli;

/// <summary>What became of a seed, without its history.</summary>
internal sealed record Outcome(ulong Seed, bool Passed, string Why, string Replay, TimeSpan Simulated);

/// <summary>Plays seeds one after the other, for a terminal or for a process that starts several of them.</summary>
internal static class Worker
{
    /// <summary>Plays one. A seed may go deep: its thread has the room.</summary>
    public static Outcome Play(ulong seed, RunOptions options)
    {
        Outcome? outcome = null;
        var thread = new Thread(() => outcome = Summary(Run.Execute(seed, options)), maxStackSize: 16 * 1024 * 1024);
        thread.Start();
        thread.Join();
        // Now nothing of the run is needed any more: a collection that finds nothing alive costs least.
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        return outcome!;
    }

    /// <summary>A number a line comes in, an outcome a line goes out, until there are no more.</summary>
    public static void Serve(RunOptions options, TextReader numbers, TextWriter outcomes)
    {
        while (numbers.ReadLine() is { } line)
        {
            var seed = ulong.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture);
            outcomes.WriteLine(JsonSerializer.Serialize(Play(seed, options)));
            outcomes.Flush();
        }
    }

    private static Outcome Summary(RunResult result) =>
        new(result.Seed, result.Passed, result.Passed ? "" : $"{result.Why}{Told(result.Error)}", result.Replay, result.Simulated);

    private static string Told(Exception? error) => error is null ? "" : $"\n{error}";
}

/// <summary>A process that plays seeds.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    public WorkerProcess(RunOptions options)
    {
        var program = Assembly.GetExecutingAssembly();
        var isItself = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == program.GetName().Name;
        var start = new ProcessStartInfo
        {
            FileName = isItself ? Environment.ProcessPath! : "dotnet", RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        // Started by a dotnet host, as in tests, the program is its argument.
        if (!isItself)
            start.ArgumentList.Add(program.Location);
        string[] arguments =
        [
            "--serve", "--bug", options.Bug.ToString(), "--faults", options.FaultFactor.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (var argument in options.Faults ? arguments : [.. arguments, "--calm"])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start) ?? throw new InvalidOperationException("A worker did not start.");
    }

    /// <summary>Plays one there. A worker that dies fails the seed it was at and every one after.</summary>
    public Outcome Play(ulong seed)
    {
        string? line = null;
        try
        {
            _process.StandardInput.WriteLine(seed.ToString(CultureInfo.InvariantCulture));
            _process.StandardInput.Flush();
            line = _process.StandardOutput.ReadLine();
        }
        catch (IOException)
        {
            // It is gone: said below.
        }
        return line is null
            ? new Outcome(seed, false, $"seed {seed}: its process ended.", Replay(seed), TimeSpan.Zero)
            : JsonSerializer.Deserialize<Outcome>(line)!;
    }

    public void Dispose()
    {
        // The end of its input is its end.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Replay(ulong seed) => new RunResult(seed, null, [], "", null, 0, TimeSpan.Zero).Replay;
}
