using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace CustomerService.Hosting.Telemetry;

/// <summary>What a process tells of itself, and where: section <c>Telemetry</c> and OpenTelemetry's own variables.
/// </summary>
public sealed record TelemetryOptions
{
    /// <summary>Where Prometheus reads <c>/metrics</c>, such as <c>http://127.0.0.1:9464</c>. Empty (the default): nowhere,
    /// and nothing is measured. It asks nobody who they are: give it a loopback or private address.</summary>
    public string MetricsUrl { get; private init; } = "";

    /// <summary>Share of requests that are traced, 0 (the default, none) to 1. Traces go out by OTLP.</summary>
    public double TracesRatio { get; private init; }

    /// <summary>Whether metrics are sent by OTLP: one of its standard endpoints is set.</summary>
    public bool SendsMetrics { get; private init; }

    /// <summary>Whether anything at all is measured.</summary>
    public bool Measures => MetricsUrl.Length > 0 || SendsMetrics;

    /// <summary>Whether anything is traced.</summary>
    public bool Traces => TracesRatio > 0;

    /// <summary>Reads and checks the settings.</summary>
    public static TelemetryOptions Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var url = configuration["Telemetry:MetricsUrl"]?.Trim() ?? "";
        if (url.Length > 0 && !IsUrl(url))
            throw new StartupException(
                $"Setting Telemetry:MetricsUrl is '{url}'; it must be like http://127.0.0.1:9464, without a path.");
        var ratio = configuration["Telemetry:TracesRatio"];
        var share = 0d;
        if (!string.IsNullOrWhiteSpace(ratio)
            && (!double.TryParse(ratio, NumberStyles.Float, CultureInfo.InvariantCulture, out share) || share is not (>= 0 and <= 1)))
        {
            throw new StartupException($"Setting Telemetry:TracesRatio is '{ratio}'; it must be from 0 to 1.");
        }
        return new TelemetryOptions
        {
            MetricsUrl = url,
            TracesRatio = share,
            SendsMetrics = IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
        };

        bool IsSet(string name) => !string.IsNullOrWhiteSpace(configuration[name]);
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
