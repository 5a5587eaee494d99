using System.Reflection;
using CustomerService.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CustomerService.Hosting.Telemetry;

/// <summary>OpenTelemetry for every process of the product. Nothing is switched on unless a setting asks for it.</summary>
public static class TelemetrySetup
{
    /// <summary>Meters of the product, of Orleans, of ASP.NET Core, of the database's driver and of the runtime.</summary>
    internal static readonly string[] Meters =
    [
        "CustomerService.*", GrainMeter.Name, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Http.Connections",
        "Microsoft.AspNetCore.RateLimiting", "Npgsql", "System.Runtime",
    ];

    private static readonly string[] s_sources =
    [
        "Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime", "Microsoft.AspNetCore.SignalR.Server", "Npgsql",
    ];

    /// <summary>Adds what <paramref name="options"/> ask for.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">As read from its configuration.</param>
    /// <param name="service">The process's name where <c>OTEL_SERVICE_NAME</c> gives no other.</param>
    public static IHostApplicationBuilder AddTelemetry(
        this IHostApplicationBuilder builder, TelemetryOptions options, string service)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        if (!options.Measures && !options.Traces)
            return builder;
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService(builder.Configuration["OTEL_SERVICE_NAME"] ?? service, serviceVersion: Version));
        if (options.Measures)
            telemetry.WithMetrics(metrics => Measure(metrics, options));
        if (options.Traces)
            telemetry.WithTracing(traces => Trace(traces, options));
        if (options.MetricsUrl.Length > 0)
        {
            builder.Services.AddSingleton(options);
            builder.Services.AddHostedService<MetricsListener>();
        }
        return builder;
    }

    /// <summary>The product's version, as its assemblies say.</summary>
    public static string Version { get; } = typeof(TelemetrySetup).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private static void Measure(MeterProviderBuilder metrics, TelemetryOptions options)
    {
        metrics.AddMeter(Meters);
        if (options.MetricsUrl.Length > 0)
            metrics.AddPrometheusExporter();
        if (options.SendsMetrics)
            metrics.AddOtlpExporter();
    }

    private static void Trace(TracerProviderBuilder traces, TelemetryOptions options)
    {
        traces.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TracesRatio)));
        traces.AddSource(s_sources);
        // A query may hold a token; not even its redacted form is sent.
        traces.AddAspNetCoreInstrumentation(requests =>
            requests.EnrichWithHttpRequest = static (activity, _) => activity.SetTag("url.query", null));
        traces.AddOtlpExporter();
    }
}
