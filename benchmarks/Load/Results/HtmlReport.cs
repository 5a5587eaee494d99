using System.Globalization;
using System.Net;
using System.Text;
using CustomerService.Load.Drive;
using CustomerService.Load.Measure;

namespace CustomerService.Load.Results;

/// <summary>One self-contained page: tables and drawings inside, nothing fetched from anywhere.</summary>
public static class HtmlReport
{
    private static readonly string[] Colours = ["#0b6bcb", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0f766e"];

    public static void Write(string path, string title, IReadOnlyList<RunResult> results, string intro = "") =>
        File.WriteAllText(path, Page(title, results, intro));

    public static string Page(string title, IReadOnlyList<RunResult> results, string intro = "")
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<title>").Append(Text(title)).Append("</title><style>")
            .Append("body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}")
            .Append("table{border-collapse:collapse;margin:.7rem 0}th,td{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:right}")
            .Append("th:first-child,td:first-child{text-align:left}.void{background:#fde2e1;padding:.6rem 1rem;border-left:4px solid #b91c1c}")
            .Append(".ok{background:#e5f5e8;padding:.6rem 1rem;border-left:4px solid #15803d}svg{max-width:100%;height:auto}")
            .Append("</style></head><body><h1>").Append(Text(title)).Append("</h1>").Append(intro);
        foreach (var result in results)
            Section(page, result);
        return page.Append("</body></html>\n").ToString();
    }

    public static string Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new StringBuilder("<table><thead><tr>");
        foreach (var head in heads)
            table.Append("<th>").Append(Text(head)).Append("</th>");
        table.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            table.Append("<tr>");
            foreach (var cell in row)
                table.Append("<td>").Append(Text(cell)).Append("</td>");
            table.Append("</tr>");
        }
        return table.Append("</tbody></table>").ToString();
    }

    private static void Section(StringBuilder page, RunResult r)
    {
        page.Append("<h2>").Append(Text($"{r.Contender}: {r.Scenario.Name}")).Append("</h2>");
        if (r.Passed)
            page.Append("<p class=\"ok\">The run counts: nothing lost, doubled or out of order.</p>");
        foreach (var reason in r.Void)
            page.Append("<p class=\"void\">VOID. ").Append(Text(reason)).Append("</p>");
        if (!r.Correctness.Holds || r.Failed > 0)
        {
            page.Append("<p class=\"void\">").Append(Text(Fixed(
                $"FAILED: {r.Correctness.Lost} lost, {r.Correctness.Doubled} doubled, {r.Correctness.OutOfOrder} out of order, {r.Failed} refused for good.")))
                .Append("</p>");
        }
        page.Append(Table(["", ""], Facts(r)));
        page.Append(Table(["latency, ms", "count", "p50", "p90", "p99", "p99.9", "max"], r.Latencies.OrderBy(l => l.Key, StringComparer.Ordinal)
            .Select(l => (IReadOnlyList<string>)[l.Key, Fixed($"{l.Value.Count:N0}"), Ms(l.Value.P50Ms), Ms(l.Value.P90Ms),
                Ms(l.Value.P99Ms), Ms(l.Value.P999Ms), Ms(l.Value.MaxMs)])));

        var kinds = r.Latencies.Where(l => l.Key != RunRecord.Lag && l.Value.Slices.Count > 0).OrderBy(l => l.Key, StringComparer.Ordinal).ToList();
        if (kinds.Count == 0)
            return;
        page.Append(SvgPlot.Lines("Throughput", "seconds", "per second", false,
            kinds.Select((k, i) => new SvgPlot.Line(k.Key, Colours[i % Colours.Length], [.. k.Value.Slices.Select(s => (s.AtSeconds, s.PerSecond))]))));
        page.Append(SvgPlot.Lines("Latency over time, p50 (thin) and p99", "seconds", "ms", true,
            kinds.SelectMany((k, i) => new[]
            {
                new SvgPlot.Line(k.Key + " p99", Colours[i % Colours.Length], [.. k.Value.Slices.Select(s => (s.AtSeconds, s.P99Ms))]),
                new SvgPlot.Line("", Colours[i % Colours.Length], [.. k.Value.Slices.Select(s => (s.AtSeconds, s.P50Ms))], 0.7),
            })));
        page.Append(SvgPlot.Lines("Latency by percentile", "share of all that took longer: 1 in 10^x", "ms", true,
            kinds.Select((k, i) => new SvgPlot.Line(k.Key, Colours[i % Colours.Length], ByPercentile(k.Value)))));
    }

    private static IEnumerable<IReadOnlyList<string>> Facts(RunResult r)
    {
        yield return ["at", r.At.ToString("u", CultureInfo.InvariantCulture)];
        yield return ["command", r.Command];
        if (r.Commit is { } commit)
            yield return ["commit", commit];
        if (r.Settings is { } settings)
            yield return ["settings", settings];
        yield return ["machine", Fixed($"{r.Machine.Cores} cores, {r.Machine.Cpu}, {r.Machine.Runtime}, load before {r.Machine.LoadAverageBefore}")];
        yield return ["arrivals due, begun", Fixed($"{r.Scheduled:N0}, {r.Begun:N0}")];
        yield return ["messages acked, delivered", Fixed($"{r.Acked:N0}, {r.Delivered:N0}")];
        yield return ["acked per second", Fixed($"{r.AckedPerSecond:N1}")];
        yield return ["pushes asked for again, repeats", Fixed($"{r.Correctness.GapsHealed:N0}, {r.Correctness.Repeats:N0}")];
        yield return ["connections", Fixed($"{r.Connections:N0}")];
        if (r.Cpu is { } cpu)
        {
            yield return ["CPU seconds: generator, server, database",
                Fixed($"{cpu.GeneratorSeconds:0.00}, {cpu.ServerSeconds:0.00}, {cpu.DatabaseSeconds:0.00}")];
        }
        if (r.ServerCpuPer1000 is { } s)
            yield return ["CPU seconds per 1,000: server, database", Fixed($"{s:0.000}, {r.DatabaseCpuPer1000:0.000}")];
        if (r.ServerBytesBefore is { } before && r.ServerBytesAfter is { } after)
            yield return ["server's resident MB before and after", Fixed($"{before / 1e6:N0}, {after / 1e6:N0}")];
        foreach (var (code, count) in r.Refusals)
            yield return [$"answered {code}", Fixed($"{count:N0}")];
    }

    private static (double, double)[] ByPercentile(LatencySummary summary)
    {
        var points = new List<(double, double)>();
        long below = 0;
        foreach (var pair in summary.Histogram)
        {
            // The share that took at least as long as this value.
            points.Add((-Math.Log10(Math.Max(1, summary.Count - below) / (double)summary.Count), pair[0] / 1000.0));
            below += pair[1];
        }
        return [.. points];
    }

    private static string Ms(double ms) => ms.ToString("0.00", CultureInfo.InvariantCulture);
    private static string Text(string text) => WebUtility.HtmlEncode(text);
    private static string Fixed(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Line drawings, small and plain.</summary>
public static class SvgPlot
{
    public sealed record Line(string Name, string Colour, IReadOnlyList<(double X, double Y)> Points, double Width = 1.8);

    private const double Left = 64, Top = 34, Width = 720, Height = 240;

    public static string Lines(string title, string xName, string yName, bool logarithmic, IEnumerable<Line> lines)
    {
        var all = lines.Where(l => l.Points.Count > 0).ToList();
        if (all.Count == 0)
            return "";
        var xMax = Math.Max(1e-9, all.Max(l => l.Points.Max(p => p.X)));
        var yMax = Math.Max(logarithmic ? 1 : 1e-9, all.Max(l => l.Points.Max(p => p.Y))) * 1.05;
        var yMin = logarithmic ? Math.Min(0.1, yMax / 10) : 0;
        double X(double x) => Left + (x / xMax * Width);
        double Y(double y) => Top + Height - (Height * (logarithmic
            ? Math.Log(Math.Max(y, yMin) / yMin) / Math.Log(yMax / yMin)
            : y / yMax));

        var svg = new StringBuilder();
        void Add(FormattableString part) => svg.Append(part.ToString(CultureInfo.InvariantCulture));
        var bottom = Top + Height;
        Add($"<svg viewBox=\"0 0 960 320\" width=\"960\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\" font-size=\"12\" fill=\"#333\">");
        Add($"<text x=\"{Left}\" y=\"20\" font-size=\"15\">{WebUtility.HtmlEncode(title)}</text>");
        foreach (var tick in Ticks(yMin, yMax, logarithmic))
        {
            Add($"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{Y(tick):0.0}\" y2=\"{Y(tick):0.0}\" stroke=\"#ddd\"/>");
            Add($"<text x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.0}\" text-anchor=\"end\">{tick:0.###}</text>");
        }
        foreach (var tick in Ticks(0, xMax, false))
            Add($"<text x=\"{X(tick):0.0}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{tick:0.##}</text>");
        Add($"<text x=\"{Left + Width}\" y=\"{bottom + 34}\" text-anchor=\"end\">{WebUtility.HtmlEncode(xName)}</text>");
        Add($"<text x=\"{Left + Width}\" y=\"20\" text-anchor=\"end\">{WebUtility.HtmlEncode(yName)}</text>");
        var row = 0;
        foreach (var line in all)
        {
            svg.Append("<polyline fill=\"none\" stroke=\"").Append(line.Colour).Append('"');
            Add($" stroke-width=\"{line.Width}\" points=\"");
            foreach (var (x, y) in line.Points)
                Add($"{X(x):0.0},{Y(y):0.0} ");
            svg.Append("\"/>");
            if (line.Name.Length == 0)
                continue;
            Add($"<text x=\"{Left + Width + 10}\" y=\"{Top + 12 + (row++ * 18)}\" fill=\"{line.Colour}\">{WebUtility.HtmlEncode(line.Name)}</text>");
        }
        return svg.Append("</svg>").ToString();
    }

    private static IEnumerable<double> Ticks(double min, double max, bool logarithmic)
    {
        if (logarithmic)
        {
            for (var tick = Math.Pow(10, Math.Ceiling(Math.Log10(min))); tick <= max; tick *= 10)
                yield return tick;
            yield break;
        }
        var step = Math.Pow(10, Math.Floor(Math.Log10(max)));
        step = max / step > 5 ? step * 2 : max / step > 2 ? step : step / 2;
        for (var tick = 0.0; tick <= max; tick += step)
            yield return tick;
    }
}
