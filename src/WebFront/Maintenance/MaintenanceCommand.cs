using System.CommandLine;
using System.Text.Json;
using CustomerService.Hosting;
using CustomerService.WebFront.Hosting;

namespace CustomerService.WebFront.Maintenance;

/// <summary><c>maintenance</c>: what an administrator can say of a window, from a terminal. Talks to a running front.</summary>
internal static class MaintenanceCommand
{
    private const string Path = "/api/v1/system/maintenance";

    /// <summary>The command with its four words.</summary>
    public static Command Create()
    {
        var at = new Option<DateTimeOffset>("--at")
        {
            Description = "When it starts, with an offset: 2027-01-31T22:00:00+08:00.", Required = true,
        };
        var minutes = new Option<int>("--minutes")
        {
            Description = $"How long it is expected to take, 1 to {MaintenanceRules.MinutesMax}.", Required = true,
        };
        var zh = new Option<string>("--zh") { Description = "What people read in Chinese.", Required = true };
        var en = new Option<string>("--en") { Description = "What people read in English.", Required = true };
        var announce = Word("announce", "Announce a window, or change it.", (parsed, front) => front.Send(
            HttpMethod.Put, Path, new MaintenanceRequest(parsed.GetValue(at), parsed.GetValue(minutes),
                new Dictionary<string, string?> { ["zh-CN"] = parsed.GetValue(zh), ["en"] = parsed.GetValue(en) })));
        foreach (var option in new Option[] { at, minutes, zh, en })
            announce.Add(option);
        return new Command(
            "maintenance", "Announce that the installation will be out of reach. Signs in with ADMIN_EMAIL and ADMIN_PASSWORD.")
        {
            announce,
            Word("show", "Show the announced window.", (_, front) => front.Send(HttpMethod.Get, Path, null)),
            Word("drain", "Begin the announced window now: every front that runs moves its clients away.",
                (_, front) => front.Send(HttpMethod.Post, Path + "/drain", null)),
            Word("cancel", "Call it off, or end it: fronts take people again.",
                (_, front) => front.Send(HttpMethod.Delete, Path, null)),
        };
    }

    private static Command Word(string name, string description, Func<ParseResult, Caller, Task<string>> call)
    {
        var url = new Option<string>("--url")
        {
            Description = "A front.", DefaultValueFactory = _ => FrontCommand.DefaultUrl,
        };
        var command = new Command(name, description) { url };
        command.SetAction((parsed, _) => StartupFailure.Guard(async () =>
        {
            if (!Uri.TryCreate(parsed.GetValue(url), UriKind.Absolute, out var address))
                throw new StartupException($"--url is no address: '{parsed.GetValue(url)}'.");
            using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
            try
            {
                Console.Out.WriteLine(await call(parsed, await Caller.SignIn(http)));
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                throw new StartupException($"{address} can't be reached: {e.Message}");
            }
        }));
        return command;
    }

    /// <summary>An administrator who is signed in at a front.</summary>
    private sealed class Caller(HttpClient http, string? token)
    {
        public static async Task<Caller> SignIn(HttpClient http)
        {
            if (Environment.GetEnvironmentVariable("ADMIN_EMAIL") is not { Length: > 0 } email
                || Environment.GetEnvironmentVariable("ADMIN_PASSWORD") is not { Length: > 0 } password)
            {
                throw new StartupException("Set ADMIN_EMAIL and ADMIN_PASSWORD to an administrator's.");
            }
            var answer = await new Caller(http, null).Send(HttpMethod.Post, "/api/v1/agent-sessions", new { email, password });
            using var session = JsonDocument.Parse(answer);
            return new Caller(http, session.RootElement.GetProperty("token").GetString());
        }

        public async Task<string> Send(HttpMethod method, string path, object? body)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
                request.Content = JsonContent.Create(body);
            if (token is not null)
                request.Headers.Authorization = new("Bearer", token);
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode ? text
                : throw new StartupException($"The front refused ({(int)answer.StatusCode}): {text}");
        }
    }
}
