using System.Collections.Concurrent;
using System.Diagnostics;
using CustomerService.Load.Drive;

namespace CustomerService.Load.Suite;

/// <summary>The product or a reference as a process of its own, from start to end of its turn.</summary>
public sealed class Contender : IAsyncDisposable
{
    public const string AdminEmail = "admin@load.invalid", AdminPassword = "the load tester's administrator";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private Contender(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public int Pid => _process.Id;

    /// <summary>Starts it on an empty database and waits until it is ready.</summary>
    public static async Task<Contender> Start(
        string name, int port, string database, string? product, string? references, CancellationToken cancellationToken)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        var dll = name == "product" ? product ?? Built("src/WebFront", "CustomerService.WebFront.dll")
            : references ?? Built("benchmarks/References", "CustomerService.References.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] limits = [.. ProductDeployment.RaisedLimits.SelectMany(pair => new[] { "--set", $"{pair.Key}={pair.Value}" })];
        foreach (var argument in name == "product"
            ? (string[])[dll, "--urls", address.ToString().TrimEnd('/'), "--postgres", database, .. limits]
            : [dll, name, "--urls", address.ToString().TrimEnd('/'), "--postgres", database])
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment["ADMIN_EMAIL"] = AdminEmail;
        start.Environment["ADMIN_PASSWORD"] = AdminPassword;
        var contender = new Contender(Process.Start(start)!, address);
        contender.Listen();
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(2) };
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if ((await http.GetAsync("health/ready", cancellationToken)).IsSuccessStatusCode)
                    return contender;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // It is still starting.
            }
            if (contender._process.HasExited || clock.Elapsed.TotalSeconds > 60)
            {
                await contender.DisposeAsync();
                throw new InvalidOperationException($"{name} did not get ready: {string.Join('\n', contender._output)}");
            }
            await Task.Delay(100, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    /// <summary>A Release build of a project of the repository this program lies in.</summary>
    public static string Built(string project, string dll)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Orleans.CustomerService.sln")))
                continue;
            var path = Path.Combine(folder.FullName, project, "bin", "Release", "net10.0", dll);
            return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: dotnet build -c Release {project}");
        }
        throw new InvalidOperationException($"Where is {dll}? Give its path.");
    }

    private void Listen()
    {
        void Keep(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is null)
                return;
            _output.Enqueue(line.Data);
            while (_output.Count > 50)
                _output.TryDequeue(out _);
        }
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }
}
