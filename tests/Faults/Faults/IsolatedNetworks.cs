using System.Diagnostics;

namespace CustomerService.Faults.Faults;

/// <summary>Network namespaces on one bridge, one for each silo, so that one can be cut off from all others while the
/// database, which it reaches by a unix socket, stays in reach. Needs root and the <c>ip</c> program.</summary>
internal sealed class IsolatedNetworks : IDisposable
{
    private readonly string _name = $"cs{Environment.ProcessId % 10_000}";
    private readonly int _net = 2 + (Environment.ProcessId % 250);
    private readonly int _count;

    private IsolatedNetworks(int count) => _count = count;

    /// <summary>Why this machine can't; null where it can.</summary>
    public static string? Missing()
    {
        if (Environment.UserName != "root")
            return "network namespaces need root";
        try
        {
            using var networks = Make(1);
            return null;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return "this kernel gives no network namespaces: " + error.Message;
        }
    }

    public static IsolatedNetworks Make(int count)
    {
        var networks = new IsolatedNetworks(count);
        try
        {
            networks.Build();
            return networks;
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    public string AddressOf(int i) => $"10.213.{_net}.{10 + i}";

    /// <summary>Words to put before a command that is to run in there.</summary>
    public string[] Through(int i) => ["ip", "netns", "exec", Space(i)];

    /// <summary>From now on nothing passes between that one and anybody, either way, and nothing says so.</summary>
    public void CutOff(int i) => Ip($"link set {_name}v{i} nomaster");

    public void Heal(int i) => Ip($"link set {_name}v{i} master {_name}b");

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
            Ip($"netns del {Space(i)}", mayFail: true);
        Ip($"link del {_name}b", mayFail: true);
    }

    private string Space(int i) => $"{_name}-{i}";

    private void Build()
    {
        Ip($"link add {_name}b type bridge");
        Ip($"addr add 10.213.{_net}.1/24 dev {_name}b");
        Ip($"link set {_name}b up");
        for (var i = 0; i < _count; i++)
        {
            Ip($"netns add {Space(i)}");
            Ip($"link add {_name}v{i} type veth peer name eth0 netns {Space(i)}");
            Ip($"link set {_name}v{i} master {_name}b up");
            Ip($"netns exec {Space(i)} ip addr add {AddressOf(i)}/24 dev eth0");
            Ip($"netns exec {Space(i)} ip link set eth0 up");
            Ip($"netns exec {Space(i)} ip link set lo up");
        }
    }

    private static void Ip(string words, bool mayFail = false)
    {
        var start = new ProcessStartInfo("ip", words.Split(' ')) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 && !mayFail)
            throw new InvalidOperationException($"ip {words}: {said.Trim()}");
    }
}
