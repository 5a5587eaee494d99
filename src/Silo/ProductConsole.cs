using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace CustomerService.Hosting;

/// <summary>Logs on the terminal.</summary>
public static class ProductConsole
{
    private static readonly Dictionary<string, string?> s_levels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Orleans"] = "Warning",
        ["Logging:LogLevel:Polly"] = "Warning",
        // Every page that asks whether somebody is signed in would be an entry, "was challenged".
        ["Logging:LogLevel:CustomerService.WebFront.SignIn.AgentAuthentication"] = "Warning",
        ["Logging:LogLevel:CustomerService.WebFront.VisitorSessions.VisitorAuthentication"] = "Warning",
        // A start that fails is said in one sentence instead; what stops a running host is critical.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
        // Advice about settings that were chosen on purpose: workstation GC, signing keys in the product's database.
        ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager"] = "Error",
    };

    /// <summary>Levels that leave an operator what matters, as the weakest configuration of all: every other source
    /// overrides it.</summary>
    public static void AddProductLevels(this IConfigurationBuilder configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = s_levels });
    }

    /// <summary>One line an entry, UTC. Section <c>Logging</c> of the configuration sets levels, except for what may hold
    /// secrets.</summary>
    public static ILoggingBuilder AddProductConsole(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            o.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        // These entries carry whole query strings, and a WebSocket's holds its token.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning);
        return logging;
    }
}
