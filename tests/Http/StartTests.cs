using System.Diagnostics;
using CustomerService.Support;

namespace CustomerService.Http.Tests;

/// <summary>What a person reads at the terminal when it does not start.</summary>
[Trait("Category", "Process")]
public sealed class StartTests
{
    [Theory]
    [InlineData("--no-such-option", "--no-such-option")]
    [InlineData("--set nonsense", "--set")]
    [InlineData("--join", "--postgres")]
    [InlineData("--cluster silos=0", "silos=0")]
    [InlineData("--cluster nodes=3", "nodes=3")]
    [InlineData("--cluster --join", "--join")]
    [InlineData("--set Cluster:SiloPort=70000", "Cluster:SiloPort")]
    [InlineData("--set Proxies:Known:0=nonsense", "Proxies:Known")]
    [InlineData("--set SignIn:SessionHours=0", "SessionHours")]
    [InlineData("--set Storage:ReadThreads=many", "Storage")]
    [InlineData("--set Telemetry:MetricsUrl=9464", "Telemetry:MetricsUrl")]
    [InlineData("--set Telemetry:TracesRatio=2", "Telemetry:TracesRatio")]
    [InlineData("--data /dev/null/data", "/dev/null/data")]
    [InlineData("--urls http://nonsense:99999999", "http://nonsense:99999999")]
    public async Task What_is_wrong_is_one_sentence(string arguments, string names)
    {
        using var folder = new TemporaryFolder();
        var given = arguments.Split(' ').ToList();
        if (!given.Contains("--data"))
            given.AddRange(["--data", folder.Path]);
        if (!given.Contains("--urls"))
            given.AddRange(["--urls", "http://127.0.0.1:0"]);
        await Refused([.. given], [], names);
    }

    [Theory]
    [InlineData("a@example.test", null, "ADMIN_PASSWORD")]
    [InlineData(null, "a long enough password", "ADMIN_EMAIL")]
    [InlineData("a@example.test", "short", "ADMIN_PASSWORD")]
    [InlineData("a@example.test", "password123", "ADMIN_PASSWORD")]
    [InlineData("no address", "a long enough password", "ADMIN_EMAIL")]
    public async Task Half_a_first_administrator_is_none(string? email, string? password, string names)
    {
        using var folder = new TemporaryFolder();
        await Refused(
            ["--data", folder.Path, "--urls", "http://127.0.0.1:0"],
            new() { ["ADMIN_EMAIL"] = email, ["ADMIN_PASSWORD"] = password }, names);
    }

    [Fact]
    public async Task A_data_folder_belongs_to_one_process_and_a_port_too()
    {
        using var folder = new TemporaryFolder();
        await using var host = await ProductHost.Start(folder: folder.Path);
        await Refused(["--data", folder.Path, "--urls", "http://127.0.0.1:0"], [], folder.Path);
        using var other = new TemporaryFolder();
        await Refused(["--data", other.Path, "--urls", host.Origin], [], "already in use");
    }

    [Fact]
    public async Task An_absent_database_server_is_said()
    {
        await Refused(
            ["--postgres", "Host=127.0.0.1;Port=1;Username=x;Password=secret-word;Database=x;Timeout=2",
             "--set", "Storage:StartWaitMax=00:00:00", "--urls", "http://127.0.0.1:0"],
            [], "can't be reached", absent: "secret-word");
    }

    [Fact]
    public async Task Termination_is_the_hosts_and_ends_with_code_zero()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            typeof(WebFront.Program).Assembly.Location, "--data", folder.Path, "--urls", "http://127.0.0.1:0",
        })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line
                && !line.Contains("Ready:", StringComparison.Ordinal))
                Assert.DoesNotContain("fail:", line, StringComparison.Ordinal);
            var rest = process.StandardOutput.ReadToEndAsync(limit.Token);
            using (Process.Start("kill", ["-TERM", $"{process.Id}"]))
                await process.WaitForExitAsync(limit.Token);
            Assert.Equal(0, process.ExitCode);
            Assert.Contains("Drained", await rest, StringComparison.Ordinal);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Help_tells_every_option()
    {
        var (code, output, errors) = await Run(["--help"], []);
        Assert.Equal(0, code);
        Assert.Equal("", errors);
        foreach (var word in new[] { "--urls", "--data", "--postgres", "--join", "--demo", "--set", "ADMIN_EMAIL" })
            Assert.Contains(word, output, StringComparison.Ordinal);
    }

    private static async Task Refused(
        string[] arguments, Dictionary<string, string?> environment, string names, string? absent = null)
    {
        var (code, output, errors) = await Run(arguments, environment);
        Assert.True(code == 1, $"It ended with {code}: {output} {errors}");
        var sentence = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(names, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", errors, StringComparison.Ordinal);
        if (absent is not null)
            Assert.DoesNotContain(absent, output + errors, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> Run(
        string[] arguments, Dictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(WebFront.Program).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Remove("ADMIN_EMAIL");
        start.Environment.Remove("ADMIN_PASSWORD");
        foreach (var (name, value) in environment.Where(e => e.Value is not null))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"It went on running: {await output} {await errors}");
        }
        return (process.ExitCode, await output, await errors);
    }
}
