using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace CustomerService.Hosting;

/// <summary>Logs on the terminal.</summary>
public static class ProductConsole
{
    /// <summary>One line an entry, UTC, and only what an operator needs of the libraries. Section <c>Logging</c> of the
    /// configuration changes levels, except for what may hold secrets.</summary>
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
        return logging;
    }
}
