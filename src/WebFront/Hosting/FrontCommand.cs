using System.CommandLine;
using CustomerService.Hosting;
using CustomerService.WebFront.LocalCluster;
using CustomerService.WebFront.Maintenance;

namespace CustomerService.WebFront.Hosting;

/// <summary>The command line: friendly options that become configuration.</summary>
public static class FrontCommand
{
    /// <summary>Where it listens unless told otherwise: this machine only.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Parses <paramref name="args"/>, then runs <paramref name="serve"/> with the configuration they stand for;
    /// the exit code. Wrong options are one sentence on standard error and 1.</summary>
    public static async Task<int> Run(string[] args, Func<IReadOnlyDictionary<string, string?>, Task> serve)
    {
        var urls = new Option<string?>("--urls")
        {
            Description = $"Where to listen, several separated by semicolons. Default {DefaultUrl}. For HTTPS see "
                + "docs/configuration.md.",
            HelpName = "URLS",
        };
        var data = new Option<string?>("--data")
        {
            Description = "Folder of the SQLite database, made if missing and owned by one process. Default ./data.",
            HelpName = "DIR",
        };
        var postgres = SharedOptions.Postgres();
        var join = new Option<bool>("--join")
        {
            Description = "Be a web front of a cluster: host no silo, use those that src/Silo runs on the same "
                + "PostgreSQL.",
        };
        var cluster = new Option<string[]?>("--cluster")
        {
            Description = "Start a whole cluster on this machine for trying out: silos=N fronts=M (default silos=3 "
                + "fronts=2), with a PostgreSQL of its own below --data, or the one given by --postgres. The first front "
                + "listens on --urls, the others on the ports after it. Ctrl+C stops all.",
            HelpName = "silos=N fronts=M",
            Arity = ArgumentArity.ZeroOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        var demo = new Option<bool>("--demo")
        {
            Description = "Make agents (their password is printed), queues and conversations to play with.",
        };
        var set = SharedOptions.Set();
        var command = new RootCommand(
            """
            Online customer service: the web widget for visitors, the console for agents, and the engine behind them, in
            one process. Then open http://127.0.0.1:5080/ (a demo page with the widget) and /console/.

            The first administrator is made at first start: from the environment variables ADMIN_EMAIL and
            ADMIN_PASSWORD where both are set, otherwise admin@localhost with a random password, printed once.
            """) { urls, data, postgres, join, cluster, demo, set, MaintenanceCommand.Create() };

        command.SetAction((parsed, _) => StartupFailure.Guard(() =>
        {
            var configuration = SharedOptions.Pairs(parsed.GetValue(set)!);
            if (parsed.GetResult(cluster) is not null)
            {
                if (parsed.GetValue(join))
                    throw new StartupException("--cluster starts fronts of its own; --join is for one front.");
                return new LocalClusterCommand(new LocalClusterOptions(
                    ClusterShape.Parse(parsed.GetValue(cluster) ?? []), FirstUrl(parsed.GetValue(urls)),
                    Path.GetFullPath(parsed.GetValue(data) ?? "data"), parsed.GetValue(postgres), parsed.GetValue(demo),
                    configuration)).Run();
            }
            if (parsed.GetValue(urls) is { } u)
                configuration["urls"] = u;
            if (parsed.GetValue(data) is { } d)
                configuration["Storage:DataDirectory"] = d;
            if (parsed.GetValue(postgres) is { } p)
                configuration["Storage:ConnectionString"] = p;
            if (parsed.GetValue(join))
                configuration["Cluster:Join"] = "true";
            if (parsed.GetValue(demo))
                configuration["Demo:Enabled"] = "true";
            return serve(configuration);
        }));
        var arguments = command.Parse(args);
        return arguments.Errors is [var wrong, ..]
            ? StartupFailure.Refuse($"{wrong.Message} See --help.")
            : await SharedOptions.Run(arguments);
    }

    private static Uri FirstUrl(string? urls) =>
        Uri.TryCreate(urls ?? DefaultUrl, UriKind.Absolute, out var url) && url is { Scheme: "http", Port: > 0 and < 65_500 }
            ? url
            : throw new StartupException($"--cluster needs one address with --urls, such as {DefaultUrl}, not '{urls}'.");
}
