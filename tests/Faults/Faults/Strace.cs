using System.Diagnostics;
using System.Globalization;

namespace CustomerService.Faults.Faults;

/// <summary>strace attached to running processes: it writes down system calls, or makes them slow or fail.</summary>
internal sealed class Strace : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _output;
    private readonly TaskCompletionSource _attached;

    private Strace(Process process, string output, TaskCompletionSource attached) =>
        (_process, _output, _attached) = (process, output, attached);

    /// <summary>Why it can't be used on this machine; null where it can.</summary>
    public static string? Missing()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("strace", ["-o", "/dev/null", "true"])
            {
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"strace may not trace here: {errors.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "strace is not installed (apt-get install strace)";
        }
    }

    /// <summary>Attaches; returns once it traces.</summary>
    public static async Task<Strace> Attach(IEnumerable<int> processes, string file, params string[] options)
    {
        var start = new ProcessStartInfo("strace") { RedirectStandardError = true };
        foreach (var argument in (string[])["-f", "-o", file, .. options])
            start.ArgumentList.Add(argument);
        foreach (var id in processes)
        {
            start.ArgumentList.Add("-p");
            start.ArgumentList.Add(id.ToString(CultureInfo.InvariantCulture));
        }
        var attached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("attached", StringComparison.Ordinal) == true)
                attached.TrySetResult();
            else if (line.Data is null)
                attached.TrySetException(new InvalidOperationException("strace ended at once."));
        };
        process.BeginErrorReadLine();
        var strace = new Strace(process, file, attached);
        await strace._attached.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return strace;
    }

    /// <summary>Lets go; answers what it wrote.</summary>
    public async Task<string> Detach()
    {
        if (!_process.HasExited)
        {
            using var interrupt = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync();
        }
        return _output;
    }

    public async ValueTask DisposeAsync()
    {
        await Detach();
        _process.Dispose();
    }
}
