using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace CustomerService.Support.Servers;

/// <summary>
/// A process of the product as a user would run it: started, awaited until ready, killed, started again on the same
/// address and data. Its output is kept for the failure message.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Sign-in of the first administrator of every server that tests start.</summary>
    public const string AdminEmail = "admin@example.test", AdminPassword = "a long enough password";

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly ConcurrentQueue<string> _output = new();
    private readonly string _program;
    private readonly string[] _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private Process? _process;
    private int _said;

    private ServerProcess(
        string program, Uri address, string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        _program = program;
        Address = address;
        _arguments = arguments;
        _environment = environment;
    }

    /// <summary>Where it listens; for a silo, where nothing does.</summary>
    public Uri Address { get; }

    /// <summary>Everything it wrote so far, of all its starts.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Its process id.</summary>
    public int Id => Running.Id;

    private Process Running => _process ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>A web front: alone with its own silo, or one of a cluster, as <paramref name="arguments"/> say.</summary>
    public static ServerProcess Front(string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        return new ServerProcess(
            "WebFront", address, ["--urls", address.ToString().TrimEnd('/'), .. arguments], WithAdmin(environment));
    }

    /// <summary>A silo of a cluster.</summary>
    public static ServerProcess Silo(
        string[] arguments, IReadOnlyDictionary<string, string>? environment = null, string[]? through = null) =>
        new("Silo", new Uri("http://127.0.0.1:0"), arguments, WithAdmin(environment)) { Through = through ?? [] };

    /// <summary>Starts the process; <see cref="Ready"/> tells when it serves.</summary>
    public ServerProcess Start()
    {
        var folder = Path.Combine(RepositoryRoot, "src", _program);
        var dll = Path.Combine(Binaries ?? Path.Combine(folder, "bin", Configuration, "net10.0"), $"CustomerService.{_program}.dll");
        _said = _output.Count;
        if (!File.Exists(dll))
            throw new FileNotFoundException($"Build the solution first ({Configuration}): {dll} is missing.");
        string[] words = [.. Through, "dotnet", dll, .. _arguments];
        var start = new ProcessStartInfo(words[0])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var word in words[1..])
            start.ArgumentList.Add(word);
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        _process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return this;
    }

    /// <summary>Completes when /health/ready says so.</summary>
    public async Task<ServerProcess> Ready(TimeSpan? within = null)
    {
        await Await.Until(
            $"{_program} at {Address} is ready",
            async () =>
            {
                if (Running.HasExited)
                    throw new InvalidOperationException($"It exited with {Running.ExitCode}:\n{Output}");
                try
                {
                    using var answer = await Http.GetAsync(new Uri(Address, "/health/ready"));
                    return answer.IsSuccessStatusCode;
                }
                catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            },
            within ?? TimeSpan.FromSeconds(60),
            () => Output);
        return this;
    }

    /// <summary>Completes when it has said that since its latest start.</summary>
    public async Task<ServerProcess> Said(string text, TimeSpan? within = null)
    {
        await Await.Until(
            $"{_program} says '{text}'",
            () =>
            {
                if (_output.Skip(_said).Any(line => line.Contains(text, StringComparison.Ordinal)))
                    return true;
                return Running.HasExited ? throw new InvalidOperationException($"It exited with {Running.ExitCode}:\n{Output}") : false;
            },
            within ?? TimeSpan.FromSeconds(60), () => Output);
        return this;
    }

    /// <summary>Completes with its exit code when it has ended by itself.</summary>
    public async Task<int> Exited(TimeSpan within)
    {
        await Running.WaitForExitAsync().WaitAsync(within);
        return Running.ExitCode;
    }

    /// <summary>It was started and has not ended.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Any signal, such as STOP and CONT.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Running.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Words put before the command, such as those that lead into another network.</summary>
    public string[] Through { get; init; } = [];

    /// <summary>Another build of the programs, for the next <see cref="Start"/>: a folder that holds both.</summary>
    public string? Binaries { get; set; }

    /// <summary>SIGKILL: nothing of it gets a chance to tidy up.</summary>
    public async Task Kill()
    {
        Running.Kill(entireProcessTree: true);
        await Running.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and its exit code.</summary>
    public async Task<int> Stop()
    {
        using var kill = Process.Start("kill", ["-TERM", Running.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await Running.WaitForExitAsync();
        return Running.ExitCode;
    }

    /// <summary>A bearer token of the first administrator.</summary>
    public Task<string> AdminToken() => SignIn(AdminEmail, AdminPassword);

    /// <summary>A bearer token of that account.</summary>
    public async Task<string> SignIn(string email, string password)
    {
        using var answer = await Http.PostAsJsonAsync(
            new Uri(Address, "/api/v1/agent-sessions"), new { email, password });
        return (await Body(answer)).GetProperty("token").GetString()!;
    }

    /// <summary>Makes an agent of the default queue; answers its id.</summary>
    public async Task<string> Hire(string adminToken, string email, string name, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, "/api/v1/agents"));
        request.Headers.Authorization = new("Bearer", adminToken);
        request.Content = JsonContent.Create(new { email, name, password, roles = new[] { "agent" } });
        using var answer = await Http.SendAsync(request);
        return (await Body(answer)).GetProperty("agentId").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            await Kill();
        _process.Dispose();
        _process = null;
    }

    /// <summary>The checkout that these tests were built from.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    private static string Configuration =>
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            ? "Release" : "Debug";

    private static async Task<JsonElement> Body(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new HttpRequestException($"{(int)answer.StatusCode}: {text}");
    }

    private static Dictionary<string, string> WithAdmin(IReadOnlyDictionary<string, string>? environment) =>
        new(environment ?? new Dictionary<string, string>())
        {
            ["ADMIN_EMAIL"] = AdminEmail,
            ["ADMIN_PASSWORD"] = AdminPassword,
        };

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Orleans.CustomerService.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("The tests are not below the repository.");
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        while (_output.Count > 2_000 && _output.TryDequeue(out _))
            _said = Math.Max(0, _said - 1);
    }
}
