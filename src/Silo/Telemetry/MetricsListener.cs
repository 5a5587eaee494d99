using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace CustomerService.Hosting.Telemetry;

/// <summary>
/// Serves <c>/metrics</c> on an address of its own, so that it is never reachable where visitors are, and so that a silo
/// without a web front has it too.
/// </summary>
internal sealed class MetricsListener(
    TelemetryOptions options, MeterProvider meters, ILogger<MetricsListener> log) : IHostedService, IAsyncDisposable
{
    private WebApplication? _app;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(options.MetricsUrl).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Scrapers are few; whoever finds the port shall not use up memory.
            kestrel.Limits.MaxConcurrentConnections = 20;
            kestrel.Limits.MaxRequestBodySize = 0;
        });
        _app = builder.Build();
        _app.UseOpenTelemetryPrometheusScrapingEndpoint(meters, null, "/metrics", null, null);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new StartupException(
                $"Setting Telemetry:MetricsUrl is '{options.MetricsUrl}', which can't be listened on: {e.Message}");
        }
        foreach (var url in _app.Urls)
            log.LogInformation("Metrics: {Url}/metrics", url);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
}
