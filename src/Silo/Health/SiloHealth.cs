using CustomerService.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CustomerService.Hosting.Health;

/// <summary>
/// <c>/health/live</c> and <c>/health/ready</c> of a silo without a web front, on the address of setting <c>Health:Url</c>;
/// nowhere without it. Ready means: active in the cluster's membership, and the database answers. It listens before the
/// silo joins, and until the process ends.
/// </summary>
internal sealed class SiloHealth(IServiceProvider services, string url, ILogger<SiloHealth> log) : IHostedService, IAsyncDisposable
{
    /// <summary>The setting's key.</summary>
    public const string Key = "Health:Url";

    private WebApplication? _app;

    /// <summary>Adds it where it is asked for. Before the silo, so that it starts first and stops last.</summary>
    public static void AddTo(IServiceCollection services, IConfiguration configuration)
    {
        var url = configuration[Key]?.Trim() ?? "";
        if (url.Length == 0)
            return;
        if (!IsUrl(url))
            throw new StartupException($"Setting {Key} is '{url}'; it must be like http://127.0.0.1:9465, without a path.");
        services.AddHostedService(s => new SiloHealth(s, url, s.GetRequiredService<ILogger<SiloHealth>>()));
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Who asks are one supervisor or a few.
            kestrel.Limits.MaxConcurrentConnections = 20;
            kestrel.Limits.MaxRequestBodySize = 0;
        });
        _app = builder.Build();
        _app.Run(Answer);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new StartupException($"Setting {Key} is '{url}', which can't be listened on: {e.Message}");
        }
        log.LogInformation("Health: {Url}/health/ready", url);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task Answer(HttpContext context)
    {
        var (status, word) = context.Request.Path.Value switch
        {
            "/health/live" => (StatusCodes.Status200OK, "live"),
            "/health/ready" => await Missing() is { } missing
                ? (StatusCodes.Status503ServiceUnavailable, missing) : (StatusCodes.Status200OK, "ready"),
            _ => (StatusCodes.Status404NotFound, "not found"),
        };
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(word, context.RequestAborted);
    }

    private async Task<string?> Missing()
    {
        var status = services.GetRequiredService<ISiloStatusOracle>().CurrentStatus;
        if (status != SiloStatus.Active)
            return $"not active: {status.ToString().ToLowerInvariant()}";
        return (await services.GetRequiredService<StorageHealth>().Check()).IsHealthy ? null : "the database does not answer";
    }

    private static bool IsUrl(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Scheme: "http", PathBase: "", Port: >= 0 and <= 65_535 };
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
