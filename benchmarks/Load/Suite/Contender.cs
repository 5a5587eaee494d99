using System.Collections.Concurrent;
using System.Diagnostics;
using CustomerService.Load.Drive;

namespace CustomerService.Load.Suite;

/// <summary>What to start, and on what.</summary>
public sealed record ContenderStart
{
    /// <summary><c>product</c>, or a mode of benchmarks/References.</summary>
    public required string Name { get; init; }
    public required int Port { get; init; }

    /// <summary>Connection string of an empty database; null: SQLite.</summary>
    public string? Postgres { get; init; }

    /// <summary>Folder for SQLite; made if missing.</summary>
    public string? Folder { get; init; }

    /// <summary>Program of the product. Default: the Release build of this repository.</summary>
    public string? Product { get; init; }

    /// <summary>Environment variables of its process, beside its own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Program of the references.</summary>
    public string? References { get; init; }
}

/// <summary>The product or a reference as a process of its own, from start to end of its turn.</summary>
public sealed class Contender : IAsyncDisposable
{
    public const string AdminEmail = "admin@load.invalid", AdminPassword = "the load tester's administrator";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private Contender(Process process, string name, Uri address) => (_process, Name, Address) = (process, name, address);

    public string Name { get; }

    public Uri Address { get; }

    public int Pid => _process.Id;

    /// <summary>From the start of the process to its first ready answer.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<Contender> Start(ContenderStart what, CancellationToken cancellationToken)
    {
        var address = new Uri($"http://127.0.0.1:{what.Port}");
        var isProduct = what.Name == "product";
        var dll = isProduct ? what.Product ?? Built("src/WebFront", "CustomerService.WebFront.dll")
            : what.References ?? Built("benchmarks/References", "CustomerService.References.dll");
        // Not a wrapper that may be on the path: the runtime this program runs on.
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) != "dotnet")
            start.FileName = "dotnet";
        start.ArgumentList.Add(dll);
        if (!isProduct)
            start.ArgumentList.Add(what.Name);
        List<string> arguments = ["--urls", address.ToString().TrimEnd('/')];
        if (what.Postgres is { } database)
            arguments.AddRange(["--postgres", database]);
        if (what.Folder is { } folder)
        {
            Directory.CreateDirectory(folder);
            arguments.AddRange(["--data", isProduct ? folder : Path.Combine(folder, "references.db")]);
        }
        if (isProduct)
        {
            foreach (var (key, value) in ProductDeployment.RaisedLimits)
                arguments.AddRange(["--set", $"{key}={value}"]);
            arguments.AddRange(["--set", "Diagnostics:Memory=true"]);
        }
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["ADMIN_EMAIL"] = AdminEmail;
        start.Environment["ADMIN_PASSWORD"] = AdminPassword;
        foreach (var (key, value) in what.Environment)
            start.Environment[key] = value;
        var clock = Stopwatch.StartNew();
        var contender = new Contender(Process.Start(start)!, what.Name, address);
        contender.Listen();
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(2) };
        while (true)
        {
            try
            {
                if ((await http.GetAsync("health/ready", cancellationToken)).IsSuccessStatusCode)
                {
                    contender.ReadyAfter = clock.Elapsed;
                    return contender;
                }
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // It is still starting.
            }
            if (contender._process.HasExited || clock.Elapsed.TotalSeconds > 120)
            {
                await contender.DisposeAsync();
                throw new InvalidOperationException($"{what.Name} did not get ready: {string.Join('\n', contender._output)}");
            }
            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>The client's side of it. Dispose it before the contender.</summary>
    public Deployment Deployment() => Name == "product"
        ? new ProductDeployment(Address, AdminEmail, AdminPassword)
        : new ReferenceDeployment(Address);

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
