using System.Diagnostics;
using System.Text;

namespace CustomerService.WebFront.LocalCluster;

/// <summary>A process of the local cluster. Its output goes into its log, in a session of its own, so that Ctrl+C reaches
/// the one who stops all of them in order.</summary>
internal sealed class Member(string name, string dll, string[] arguments, string logFolder, string? url)
{
    private Process? _process;
    private long _read;

    public string Name => name;

    /// <summary>Where it listens; null for a silo.</summary>
    public string? Url => url;

    public string Log => Path.Combine(logFolder, name + ".log");

    public int Id => _process?.Id ?? 0;

    public bool HasExited => _process is null or { HasExited: true };

    public int ExitCode => _process is { HasExited: true } process ? process.ExitCode : 0;

    /// <summary>Its end was told.</summary>
    public bool IsMissed { get; set; }

    public void Start(IReadOnlyDictionary<string, string?> environment)
    {
        File.WriteAllText(Log, "");
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true };
        foreach (var word in (string[])["sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", Log, host, dll, .. arguments])
            start.ArgumentList.Add(word);
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        _process = Process.Start(start);
    }

    public void Send(string signal)
    {
        if (HasExited)
            return;
        using var kill = Process.Start("kill", [signal, Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public Task Ended() => _process?.WaitForExitAsync() ?? Task.CompletedTask;

    /// <summary>New whole lines of its log.</summary>
    public IReadOnlyList<string> NewLines()
    {
        using var file = new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length == _read)
            return [];
        file.Position = _read;
        var bytes = new byte[Math.Min(file.Length - _read, 1 << 20)];
        file.ReadExactly(bytes);
        var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        _read += end;
        return end == 0 ? [] : Encoding.UTF8.GetString(bytes, 0, end - 1).Split('\n');
    }
}
