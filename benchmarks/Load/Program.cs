using System.CommandLine;
using CustomerService.Load.Commands;
using CustomerService.Load.Scenarios;

namespace CustomerService.Load;

/// <summary>The load tester's command line. 0: the run counts and the promise held; 1: it did not; 2: wrong input.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        var root = new RootCommand(
            """
            Puts a crowd of visitors and agents on a customer-service deployment, over the real protocol, and measures.

            Arrivals are fixed before the run begins and latencies count from the time an arrival was due, so a slow
            server can't slow its own test down. Every client checks that what it sees is dense, once and in order: one
            message lost, doubled or out of order fails the run. A run in which the load tester itself was late, or
            used most of the machine, is void.

            First time:  CustomerService.Load run smoke --url http://127.0.0.1:5080 --admin-password ...
            Exit codes:  0 it counts and held, 1 void or failed, 2 wrong input.
            """)
        {
            RunCommands.Run(), RunCommands.Knee(), RunCommands.List(), ResultCommands.Compare(), SuiteCommand.Create(),
            TurnsCommand.Create(),
        };
        try
        {
            var parsed = root.Parse(args);
            if (parsed.Errors.Count > 0)
            {
                foreach (var error in parsed.Errors)
                    await Console.Error.WriteLineAsync(error.Message);
                await Console.Error.WriteLineAsync("See --help.");
                return 2;
            }
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception wrong) when (wrong is ScenarioException or FormatException or ArgumentException
            or IOException or HttpRequestException or InvalidOperationException or System.Text.Json.JsonException
            or System.Net.WebSockets.WebSocketException or TimeoutException)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return 2;
        }
    }
}
