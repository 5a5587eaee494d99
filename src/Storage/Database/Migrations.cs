using System.Data;
using System.Reflection;
using DbUp.Builder;
using DbUp.Engine.Output;
using Microsoft.Extensions.Logging;

namespace CustomerService.Storage.Database;

/// <summary>The embedded SQL files of one folder, forward only.</summary>
internal static class Migrations
{
    public const string Table = "schema_versions";
    public const string Expansions = "schema_expansions";

    private static readonly Assembly Assembly = typeof(Migrations).Assembly;

    /// <summary>Names of the files below a folder such as <c>Sqlite.Migrations</c>, in order.</summary>
    public static string[] In(string folder) =>
        [.. Assembly.GetManifestResourceNames().Where(n => n.Contains($".{folder}.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Refuses a database that has files this program neither knows nor can live with: those that name
    /// themselves in <see cref="Expansions"/> only added what older programs pass over.</summary>
    public static void RefuseNewer(IDbConnection connection, string folder, string database, bool hasExpansions)
    {
        var known = In(folder).ToHashSet(StringComparer.Ordinal);
        var expansions = hasExpansions ? Names(connection, $"select script from {Expansions}") : [];
        if (Names(connection, $"select scriptname from {Table}").Find(name => !known.Contains(name)
            && !expansions.Exists(file => name == file || name.EndsWith("." + file, StringComparison.Ordinal))) is { } unknown)
        {
            throw new StorageStartupException(
                $"{database} is newer than this program: it has the change {unknown}, which this version does not know and "
                + "can't live with; start a newer version.");
        }
    }

    private static List<string> Names(IDbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Built from constants.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Applies what is missing, each file in a transaction of its own.</summary>
    public static void Apply(UpgradeEngineBuilder builder, string folder, string database, ILogger log)
    {
        // Variables are off: a dollar sign in a function's body is only a dollar sign.
        var result = builder
            .WithScriptsEmbeddedInAssembly(Assembly, n => n.Contains($".{folder}.", StringComparison.Ordinal))
            .WithVariablesDisabled()
            .WithTransactionPerScript()
            .LogTo(new Log(log))
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw new StorageStartupException(
                $"{database} could not be brought to this program's version: {result.Error.Message}", result.Error);
        }
    }

    private sealed class Log(ILogger log) : IUpgradeLog
    {
#pragma warning disable CA2254 // The templates are the library's own.
        public void LogTrace(string format, params object[] args) => log.LogTrace(format, args);

        public void LogDebug(string format, params object[] args) => log.LogDebug(format, args);

        public void LogInformation(string format, params object[] args) => log.LogDebug(format, args);

        public void LogWarning(string format, params object[] args) => log.LogWarning(format, args);

        public void LogError(string format, params object[] args) => log.LogError(format, args);

        public void LogError(Exception ex, string format, params object[] args) => log.LogError(ex, format, args);
#pragma warning restore CA2254
    }
}
