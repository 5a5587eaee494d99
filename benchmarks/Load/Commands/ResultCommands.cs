using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using CustomerService.Load.Drive;
using CustomerService.Load.Results;
using Spectre.Console;

namespace CustomerService.Load.Commands;

/// <summary><c>compare</c>, and how a result is shown in the terminal.</summary>
public static class ResultCommands
{
    public static Command Compare()
    {
        var a = new Argument<FileInfo>("A") { Description = "A result (JSON)." };
        var b = new Argument<FileInfo>("B") { Description = "Another." };
        var command = new Command("compare", "Puts two results side by side, B over A.") { a, b };
        command.SetAction(parsed =>
        {
            var (x, y) = (RunResult.Read(parsed.GetValue(a)!.FullName), RunResult.Read(parsed.GetValue(b)!.FullName));
            foreach (var doubt in Comparison.Doubts(x, y))
                AnsiConsole.MarkupLine($"[yellow]{Markup.Escape(doubt)}[/]");
            var table = new Table().AddColumns("", "A", "B", "B / A");
            foreach (var line in Comparison.Of(x, y))
            {
                table.AddRow(Markup.Escape(line.What), Comparison.Show(line.A), Comparison.Show(line.B),
                    line.Ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-");
            }
            AnsiConsole.Write(table);
        });
        return command;
    }

    public static void Show(RunResult result)
    {
        var table = new Table().AddColumns("latency, ms", "count", "p50", "p90", "p99", "p99.9", "max");
        foreach (var (kind, l) in result.Latencies.OrderBy(k => k.Key, StringComparer.Ordinal))
        {
            string Ms(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
            table.AddRow(kind, l.Count.ToString("N0", CultureInfo.InvariantCulture), Ms(l.P50Ms), Ms(l.P90Ms), Ms(l.P99Ms), Ms(l.P999Ms), Ms(l.MaxMs));
        }
        AnsiConsole.Write(table);
        Say($"{result.Contender}: {result.AckedPerSecond:N1} acked/s; due {result.Scheduled:N0}, begun {result.Begun:N0}, acked {result.Acked:N0}, delivered {result.Delivered:N0}");
        Say($"CPU s: generator {result.Cpu?.GeneratorSeconds:0.00}, server {result.Cpu?.ServerSeconds:0.00}, database {result.Cpu?.DatabaseSeconds:0.00}");
        Say($"CPU s per 1,000: server {result.ServerCpuPer1000:0.000}, database {result.DatabaseCpuPer1000:0.000}");
        foreach (var (code, count) in result.Refusals)
            Say($"answered {code}: {count:N0}");
        if (result.Refusals.ContainsKey("RateLimited"))
            AnsiConsole.WriteLine("The server limits one address, caller or connection. For a load test start it with:\n" + ProductDeployment.LimitKeys);
        foreach (var reason in result.Void)
            AnsiConsole.MarkupLine($"[yellow]VOID[/] {Markup.Escape(reason)}");
        var c = result.Correctness;
        Say($"lost {c.Lost}, doubled {c.Doubled}, out of order {c.OutOfOrder}, refused for good {result.Failed}; gaps healed {c.GapsHealed}, repeats {c.Repeats}, unanswered {c.Unanswered}");
        AnsiConsole.MarkupLine(result.Passed ? "[green]The run counts.[/]" : "[red]The run does not count.[/]");
    }

    /// <summary>The commit of the folder it is started in, where there is one.</summary>
    public static string? Commit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", "describe --always --dirty --abbrev=12") { RedirectStandardOutput = true, RedirectStandardError = true });
            var commit = git!.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return commit.Length > 0 ? commit : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static void Say(FormattableString text) => AnsiConsole.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
