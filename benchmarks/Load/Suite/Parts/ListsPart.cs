using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CustomerService.Load.Measure;
using CustomerService.Load.Schedules;

namespace CustomerService.Load.Suite.Parts;

/// <summary>The console's lists and search over REST, on many conversations and messages: arrivals fixed in advance, as
/// everywhere, filters and terms varied, half of it as a supervisor and half as an agent of one queue.</summary>
public static class ListsPart
{
    private const double PerSecond = 20;
    private const double BatchSeconds = 8;
    private const int Batches = 5;

    // Not counted: five batches on a server just started went from a p99 of 100 ms down to 41 while it compiled.
    private const int WarmBatches = 5;

    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        var size = suite.Size;
        var database = await suite.NewDatabase(cancellationToken);
        // The product makes its tables.
        await using (await suite.OnPostgres("product", cancellationToken, database))
        {
        }
        suite.Say($"lists: {size.Listed:N0} conversations with {size.Messages:N0} messages are made");
        var seed = new Seed(database);
        await seed.Conversations(size.Listed, size.Messages, suite.Say, cancellationToken);
        await using var contender = await suite.OnPostgres("product", cancellationToken, database);
        suite.Say("lists: the search index catches up");
        var before = ProcStat.CpuSeconds(contender.Pid);
        var databaseBefore = ProcStat.CpuSecondsOfTree(suite.DatabasePid ?? 0);
        suite.Sample("lists", "search.indexedPerSecond", await seed.Indexed(TimeSpan.FromMinutes(60), cancellationToken));
        suite.Sample("lists", "search.indexServerCpuPer1000",
            (ProcStat.CpuSeconds(contender.Pid) - before) / size.Messages * 1000);
        suite.Sample("lists", "search.indexDatabaseCpuPer1000",
            (ProcStat.CpuSecondsOfTree(suite.DatabasePid ?? 0) - databaseBefore) / size.Messages * 1000);
        using var caller = await Callers.SignIn(contender.Address, cancellationToken);
        for (var batch = -WarmBatches; batch < Batches; batch++)
            await Batch(suite, caller, batch, cancellationToken);
    }

    private static async Task Batch(
        SuiteContext suite, Callers callers, int batch, CancellationToken cancellationToken)
    {
        var kinds = new Dictionary<string, Latencies>
        {
            ["list"] = new(BatchSeconds), ["search"] = new(BatchSeconds), ["search.two"] = new(BatchSeconds),
        };
        var failures = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        var (found, searches) = (0, 0);
        var random = new Random(batch + WarmBatches);
        var start = Stopwatch.GetTimestamp();
        var underWay = new List<Task>();
        foreach (var at in Schedule.Arrivals(new ScheduleConfig { Rate = PerSecond * 2 }, BatchSeconds, batch + WarmBatches + 1))
        {
            var intended = start + (long)(at * Stopwatch.Frequency);
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), intended);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, cancellationToken);
            var (kind, path) = random.Next(2) == 0 ? ("list", Lists(random)) : Searches(random, suite.Size.Messages);
            var supervisor = random.Next(2) == 0;
            underWay.Add(One());

            async Task One()
            {
                var (isOk, hits, what) = await callers.Get(supervisor, path, cancellationToken);
                if (!isOk)
                    failures.AddOrUpdate(what, 1, (_, n) => n + 1);
                if (kind != "list")
                {
                    Interlocked.Increment(ref searches);
                    if (hits > 0)
                        Interlocked.Increment(ref found);
                }
                foreach (var into in kind == "search.two" ? (string[])["search", kind] : [kind])
                    kinds[into].Record(intended, Stopwatch.GetTimestamp(), at);
            }
        }
        await Task.WhenAll(underWay);
        if (batch < 0)
            return;
        var isVoid = failures.IsEmpty ? null : string.Join(", ", failures.Select(f => $"{f.Value} times {f.Key}"));
        foreach (var (kind, latencies) in kinds)
        {
            var summary = LatencySummary.Of(latencies.Merged(), latencies.Slices());
            suite.Sample("lists", $"{kind}.p50", summary.P50Ms, isVoid);
            suite.Sample("lists", $"{kind}.p99", summary.P99Ms, isVoid);
        }
        suite.Sample("lists", "search.sharePagesWithHits", searches == 0 ? double.NaN : (double)found / searches, isVoid);
    }

    private static string Lists(Random random)
    {
        string[] filters =
        [
            "", "state=assigned", "state=closed", "state=assigned,waiting", "queue=default", "queue=q3", "queue=q3&state=assigned",
            $"agent=a-{random.Next(100) * 5}", $"visitor=v-{random.Next(1, 1000)}", "queue=default&state=closed&limit=200",
        ];
        return "api/v1/conversations?" + filters[random.Next(filters.Length)];
    }

    private static (string Kind, string Path) Searches(Random random, long messages)
    {
        var text = Seed.Texts[random.Next(Seed.Texts.Count)];
        var ideographs = Enumerable.Range(0, Math.Max(0, text.Length - 1))
            .Where(i => IsIdeograph(text[i]) && IsIdeograph(text[i + 1])).ToArray();
        var words = text.Split([' ', ',', '.', '?', '!', '，', '。', '？', '！'], StringSplitOptions.RemoveEmptyEntries)
            .Where(w => w.Length > 2 && w.All(char.IsAsciiLetter)).ToArray();
        var two = ideographs.Length > 0 ? text.Substring(ideographs[random.Next(ideographs.Length)], 2) : null;
        string? query = null;
        var kind = "search";
        switch (random.Next(6))
        {
            case 0 or 1 when two is not null:
                (kind, query) = ("search.two", two);
                break;
            case 2 when ideographs.Length > 4:
                var run = ideographs[random.Next(ideographs.Length)];
                var length = 2;
                while (length < 4 && run + length < text.Length && IsIdeograph(text[run + length]))
                    length++;
                query = text.Substring(run, length);
                break;
            case 3 when words.Length > 1:
                query = $"{words[random.Next(words.Length)]} {words[random.Next(words.Length)]}";
                break;
            case 4 when words.Length > 0:
                query = words[random.Next(words.Length)];
                break;
            case 5 when two is not null:
                query = $"{two} N{random.NextInt64(messages)}";
                break;
        }
        query ??= string.Create(CultureInfo.InvariantCulture, $"N{random.NextInt64(messages)}");
        string[] filters = ["", "", "", "&state=assigned", "&queue=q3", "&limit=50"];
        return (kind, $"api/v1/search?q={Uri.EscapeDataString(query)}{filters[random.Next(filters.Length)]}");
    }

    private static bool IsIdeograph(char c) => c is >= '\u4e00' and <= '\u9fff';

    /// <summary>A supervisor and an agent of one queue.</summary>
    private sealed class Callers : IDisposable
    {
        private readonly HttpClient _http;
        private string _supervisor = "";
        private string _agent = "";

        private Callers(Uri address) => _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

        public static async Task<Callers> SignIn(Uri address, CancellationToken cancellationToken)
        {
            var callers = new Callers(address);
            callers._supervisor = await callers.Token(Contender.AdminEmail, Contender.AdminPassword, cancellationToken);
            const string email = "lists@load.invalid", password = "load tester's own agents";
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/agents")
            {
                Content = JsonContent.Create(new { email, name = "Lists", password, roles = (string[])["agent"], queues = (string[])["default"] }),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", callers._supervisor);
            using var made = await callers._http.SendAsync(request, cancellationToken);
            made.EnsureSuccessStatusCode();
            callers._agent = await callers.Token(email, password, cancellationToken);
            return callers;
        }

        public async Task<(bool IsOk, int Hits, string What)> Get(
            bool supervisor, string path, CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", supervisor ? _supervisor : _agent);
            try
            {
                using var answer = await _http.SendAsync(request, cancellationToken);
                var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
                return answer.IsSuccessStatusCode
                    ? (true, body.TryGetProperty("hits", out var hits) ? hits.GetArrayLength() : 0, "")
                    : (false, 0, $"{(path.Contains("search", StringComparison.Ordinal) ? "search" : "list")} answered {(int)answer.StatusCode}");
            }
            catch (Exception failed) when (failed is HttpRequestException or JsonException)
            {
                return (false, 0, failed.GetType().Name);
            }
        }

        public void Dispose() => _http.Dispose();

        private async Task<string> Token(string email, string password, CancellationToken cancellationToken)
        {
            using var answer = await _http.PostAsJsonAsync("api/v1/agent-sessions", new { email, password }, cancellationToken);
            answer.EnsureSuccessStatusCode();
            return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("token").GetString()!;
        }
    }
}
