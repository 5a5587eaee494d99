using System.Diagnostics;
using System.Runtime.InteropServices;
using CustomerService.Hosting;

namespace CustomerService.WebFront.LocalCluster;

/// <summary>What a local cluster is made with.</summary>
/// <param name="Shape">How many processes.</param>
/// <param name="Url">Where the first front listens; the others take the ports after it.</param>
/// <param name="DataFolder">Logs go there, and PostgreSQL's files where <paramref name="Postgres"/> is null.</param>
/// <param name="Postgres">A connection string; null: a PostgreSQL of its own.</param>
/// <param name="Demo">The first front makes people to play with.</param>
/// <param name="Settings">Further configuration of every process.</param>
internal sealed record LocalClusterOptions(
    ClusterShape Shape, Uri Url, string DataFolder, string? Postgres, bool Demo, IReadOnlyDictionary<string, string?> Settings);

/// <summary>
/// <c>--cluster</c>: silos and fronts as processes of this machine, for trying out what happens when one is stopped or
/// killed. Started together, stopped in order: fronts, silos, PostgreSQL.
/// </summary>
internal sealed class LocalClusterCommand(LocalClusterOptions options)
{
    private static readonly TimeSpan s_stopMax = TimeSpan.FromSeconds(30), s_look = TimeSpan.FromMilliseconds(300);

    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Member> _fronts = [], _silos = [];
    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private LocalPostgres? _postgres;
    private Process? _guard;

    private string LogFolder => Path.Combine(options.DataFolder, "cluster-logs");

    /// <summary>Runs until it is told to stop.</summary>
    public async Task Run()
    {
        if (!OperatingSystem.IsLinux())
            throw new StartupException("--cluster works on Linux only; docs/operating.md tells how to start the processes by hand.");
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Directory.CreateDirectory(LogFolder);
        Plan();
        try
        {
            await Start();
            await Watch();
        }
        finally
        {
            await End();
        }
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_stop.TrySetResult())
        {
            foreach (var member in _fronts.Concat(_silos))
                member.Send("-KILL"); // Asked twice.
        }
    }

    private void Plan()
    {
        var folder = AppContext.BaseDirectory;
        var silo = Path.Combine(folder, "CustomerService.Silo.dll");
        var front = Path.Combine(folder, "CustomerService.WebFront.dll");
        for (var i = 1; i <= options.Shape.Silos; i++)
            _silos.Add(new Member($"silo-{i}", silo, [], LogFolder, null));
        for (var i = 0; i < options.Shape.Fronts; i++)
        {
            var url = new UriBuilder(options.Url) { Port = options.Url.Port + i }.Uri.ToString().TrimEnd('/');
            string[] demo = options.Demo && i == 0 ? ["--demo"] : [];
            _fronts.Add(new Member($"front-{i + 1}", front, ["--join", "--urls", url, .. demo], LogFolder, url));
        }
    }

    private async Task Start()
    {
        // In the environment, not among the arguments: everybody may read those.
        var environment = options.Settings.ToDictionary(pair => pair.Key.Replace(":", "__", StringComparison.Ordinal), pair => pair.Value);
        if (options.Postgres is null)
        {
            _postgres = await LocalPostgres.Start(Path.Combine(options.DataFolder, "postgres"), FreePort());
            Say($"PostgreSQL  port {_postgres.Port}, files and log in {Path.Combine(options.DataFolder, "postgres")}");
        }
        environment["Storage__ConnectionString"] = options.Postgres ?? _postgres!.ConnectionString;
        foreach (var member in _silos.Concat(_fronts))
        {
            member.Start(environment);
            Say($"{member.Name,-11} process {member.Id}, {(member.Url is null ? "" : member.Url + ", ")}log {member.Log}");
        }
        GuardAgainstOurEnd();
    }

    private async Task Watch()
    {
        var waiting = new List<Member>(_fronts);
        var all = _silos.Concat(_fronts).ToArray();
        while (!_stop.Task.IsCompleted)
        {
            foreach (var front in waiting.ToArray())
            {
                if (!await IsReady(front))
                    continue;
                waiting.Remove(front);
                Say($"{front.Name} is ready: {front.Url}/ shows the demo page, {front.Url}/console/ the console.");
                if (waiting.Count == 0)
                    Say("All are ready. Ctrl+C stops them. Kill a silo (kill -9 PID) and chat on.");
            }
            foreach (var member in all)
                Tell(member);
            if (all.All(member => member.HasExited))
                throw new StartupException($"No process of the cluster runs any more; {LogFolder} tells why.");
            await Task.WhenAny(_stop.Task, Task.Delay(s_look));
        }
    }

    private static void Tell(Member member)
    {
        // What is no log entry is meant for the person at the terminal: passwords shown once, and why it did not start.
        foreach (var line in member.NewLines().Where(line => line.Length > 0 && !char.IsAsciiDigit(line[0])))
            Say($"{member.Name}: {line}");
        if (!member.HasExited || member.IsMissed)
            return;
        member.IsMissed = true;
        Say($"{member.Name} (process {member.Id}) has ended with code {member.ExitCode}; the others go on. Log: {member.Log}");
    }

    private static async Task<bool> IsReady(Member front)
    {
        try
        {
            using var answer = await s_http.GetAsync(new Uri(front.Url + "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private async Task End()
    {
        Say("Stopping ...");
        await End(_fronts);
        await End(_silos);
        if (_postgres is not null)
            await _postgres.Stop();
        // Last, and before another start uses the same files.
        _guard?.Kill();
        _guard?.Dispose();
    }

    private static async Task End(List<Member> members)
    {
        foreach (var member in members)
            member.Send("-TERM");
        try
        {
            await Task.WhenAll(members.Select(member => member.Ended())).WaitAsync(s_stopMax);
        }
        catch (TimeoutException)
        {
            foreach (var member in members)
                member.Send("-KILL");
        }
    }

    /// <summary>A small process that outlives this one, however it ends, and then ends the others.</summary>
    private void GuardAgainstOurEnd()
    {
        const string script = "exec >/dev/null 2>&1 </dev/null; owner=$1; members=$2; shift 2; "
            + "while kill -0 $owner; do sleep 1; done; "
            + "for id in $members; do [ \"$(ps -o comm= -p $id)\" = dotnet ] && kill -TERM $id; done; sleep 5; [ $# = 0 ] || \"$@\"";
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = "/" };
        foreach (var word in (string[])["sh", "-c", script, "sh", $"{Environment.ProcessId}",
            string.Join(' ', _silos.Concat(_fronts).Select(member => member.Id)), .. _postgres?.StopCommand ?? []])
        {
            start.ArgumentList.Add(word);
        }
        _guard = Process.Start(start);
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static void Say(string line) => Console.Out.WriteLine(line);
}
