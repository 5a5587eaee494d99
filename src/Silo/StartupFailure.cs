using System.Net.Sockets;
using CustomerService.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CustomerService.Hosting;

/// <summary>Turns what went wrong at start into one sentence for the person at the terminal.</summary>
public static class StartupFailure
{
    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>Runs a program; where it can't start, says why on standard error and answers 1.</summary>
    public static async Task<int> Guard(Func<Task> program)
    {
        try
        {
            await program();
            return Environment.ExitCode;
        }
        catch (Exception e) when (Sentence(e) is { } sentence)
        {
            return Refuse(sentence);
        }
    }

    /// <summary>Says why on standard error; the exit code.</summary>
    public static int Refuse(string sentence)
    {
        Console.Error.WriteLine(OneLine(sentence));
        return 1;
    }

    /// <summary>Starts a host. One that can't is taken down again, so that it gives back locks and ports.</summary>
    public static async Task Start(IHost host)
    {
        try
        {
            await host.StartAsync();
        }
        catch
        {
            await Stop(host);
            switch (host)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                default:
                    host.Dispose();
                    break;
            }
            throw;
        }
    }

    /// <summary>Services that did start are ended as services are: disposed of while running, the host would report each
    /// of them as failed, stack trace and all, beside the sentence that counts.</summary>
    private static async Task Stop(IHost host)
    {
        using var limit = new CancellationTokenSource(StopTimeMax);
        try
        {
            await host.StopAsync(limit.Token);
        }
        catch (Exception)
        {
            // What was never started may refuse to stop. Why it did not start is what the caller tells.
        }
    }

    /// <summary>The sentence for a failure that a person can mend, or null for a defect, whose stack trace is needed.
    /// </summary>
    public static string? Sentence(Exception failure) => failure switch
    {
        StartupException or StorageStartupException => OneLine(failure.Message),
        OptionsValidationException e => OneLine($"A setting is wrong: {e.Message}"),
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            "A port to listen on is already in use; choose another one with --urls.",
        IOException e when e.InnerException?.GetType().Name == "AddressInUseException"
            || e.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase) =>
            OneLine($"{e.Message.TrimEnd('.')}; choose another one with --urls."),
        OrleansConfigurationException e => OneLine($"A setting of the cluster is wrong: {e.Message}"),
        AggregateException e => e.InnerExceptions.Select(Sentence).FirstOrDefault(s => s is not null),
        { InnerException: { } inner } => Sentence(inner),
        _ => null,
    };

    private static string OneLine(string text) => string.Join(' ', text.Split(
        ['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
