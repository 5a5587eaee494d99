using System.Globalization;

namespace CustomerService.Load.Measure;

/// <summary>CPU time and memory of processes, as the operating system counts them (Linux's /proc).</summary>
public static class ProcStat
{
    private const double TicksPerSecond = 100;
    private const long PageBytes = 4096;
    private static readonly string[] SocketTables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>User and system seconds of one process; 0 where it is gone or not ours to see.</summary>
    /// <param name="withEnded">Adds its ended children: those of a database server are backends that have left.</param>
    public static double CpuSeconds(int pid, bool withEnded = false)
    {
        var fields = Fields(pid);
        if (fields.Length < 15)
            return 0;
        double Ticks(int index) => double.Parse(fields[index], CultureInfo.InvariantCulture);
        // Counted after the name in brackets: utime is 11, stime 12, then those of ended children.
        return (Ticks(11) + Ticks(12) + (withEnded ? Ticks(13) + Ticks(14) : 0)) / TicksPerSecond;
    }

    /// <summary>Of a process and its living children, with the ended ones.</summary>
    public static double CpuSecondsOfTree(int pid) =>
        CpuSeconds(pid, withEnded: true) + Children(pid).Sum(child => CpuSeconds(child));

    /// <summary>Resident bytes; 0 where it is gone.</summary>
    public static long ResidentBytes(int pid)
    {
        try
        {
            var pages = File.ReadAllText($"/proc/{pid}/statm").Split(' ')[1];
            return long.Parse(pages, CultureInfo.InvariantCulture) * PageBytes;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The process that listens on a TCP port of this machine, if it may be seen.</summary>
    public static int? Listener(int port)
    {
        var hex = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        var inodes = SocketTables.Where(File.Exists).SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(f => f.Length > 9 && f[1].EndsWith(hex, StringComparison.Ordinal) && f[3] == "0A")
            .Select(f => $"socket:[{f[9]}]").ToHashSet();
        if (inodes.Count == 0)
            return null;
        foreach (var pid in Pids())
        {
            try
            {
                if (new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos()
                    .Any(link => link.LinkTarget is { } target && inodes.Contains(target)))
                {
                    return pid;
                }
            }
            catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
            {
                // Another user's, or it has just ended.
            }
        }
        return null;
    }

    private static IEnumerable<int> Children(int parent) => Pids().Where(pid => Fields(pid) is { Length: > 2 } f
        && f[1] == parent.ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<int> Pids() => !Directory.Exists("/proc") ? []
        : Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? pid : 0)
            .Where(pid => pid > 0);

    // From the state on: the name before it may hold blanks and brackets.
    private static string[] Fields(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }
}

/// <summary>CPU seconds of the three parties between two moments.</summary>
public sealed record CpuUse(double GeneratorSeconds, double? ServerSeconds, double? DatabaseSeconds)
{
    public static CpuUse operator -(CpuUse after, CpuUse before) => new(
        after.GeneratorSeconds - before.GeneratorSeconds,
        after.ServerSeconds - before.ServerSeconds,
        after.DatabaseSeconds - before.DatabaseSeconds);

    /// <summary>What they have used so far.</summary>
    public static CpuUse Now(int? server, int? database) => new(
        Environment.CpuUsage.TotalTime.TotalSeconds,
        server is { } s ? ProcStat.CpuSeconds(s) : null,
        database is { } d ? ProcStat.CpuSecondsOfTree(d) : null);
}
