using System.Diagnostics;

namespace CustomerService.Support.Servers;

/// <summary>Runs a program of Node and keeps what it said.</summary>
public static class NodeProgram
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(4);

    public static Task<(int Code, string Output)> Run(string folder, string program, params string[] arguments) =>
        Run(folder, new Dictionary<string, string>(), program, arguments);

    public static async Task<(int Code, string Output)> Run(
        string folder, IReadOnlyDictionary<string, string> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeMax);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
        return (process.ExitCode, await output + await errors);
    }
}
