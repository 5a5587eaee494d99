using System.Text.Json;
using BenchmarkDotNet.Attributes;
using CustomerService.Grains.Search;
using CustomerService.Storage;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Journal;
using CustomerService.Storage.Search;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CustomerService.Micro;

/// <summary>The seam on SQLite: one append, many at once, and the console's queries on 5,000 conversations of 20
/// messages. What they cost on millions the suite's part <c>lists</c> measures.</summary>
[MemoryDiagnoser]
public class StorageBenchmarks
{
    private const int Conversations = 5_000;
    private const int Streams = 1_000;
    private static readonly DateTimeOffset s_at = new(2026, 1, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly string[] s_texts =
    [
        "您好，我上周买的红色灯罩到货时已经碎了，请问可以换一个吗？", "我要申请退款，订单号在下面。", "物流三天没有更新了，能帮我查一下吗？",
        "Where is my refund? The order was cancelled on Monday.", "The broken lamp arrived, thank you for the quick answer.",
        "好的，谢谢，已经收到了。", "发票抬头写错了，麻烦重新开一张电子发票。", "Can I change the delivery address of my order?",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("micro-").FullName;
    private readonly long[] _versions = new long[Streams];
    private ServiceProvider _services = null!;
    private IJournal _journal = null!;
    private IConversationIndex _index = null!;
    private ISearchIndex _search = null!;
    private int _one;

    [GlobalSetup]
    public async Task Setup()
    {
        _services = new ServiceCollection().AddLogging(l => l.SetMinimumLevel(LogLevel.Error))
            .AddStorage(new StorageOptions { DataDirectory = _folder }).BuildServiceProvider();
        _journal = _services.GetRequiredService<IJournal>();
        _index = _services.GetRequiredService<IConversationIndex>();
        _search = _services.GetRequiredService<ISearchIndex>();
        foreach (var some in Enumerable.Range(0, Conversations).Chunk(500))
        {
            await Task.WhenAll(some.Select(n => _journal.Append(
                new Append($"conversation/c{n}", 0, [.. Enumerable.Range(0, 20).Select(m => Message(n, m))])
                {
                    Row = Row(n),
                })));
        }
        while (await _search.Advance(MessageText.Of))
        {
        }
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public Task AppendOne() => Append(0);

    /// <summary>A thousand streams at once: the group commit.</summary>
    [Benchmark(OperationsPerInvoke = Streams)]
    public Task AppendMany() => Task.WhenAll(Enumerable.Range(0, Streams).Select(Append));

    [Benchmark]
    public Task<ConversationPage> List() =>
        _index.List(new ConversationQuery { Queues = ["default"], OrHeldBy = "a1", Limit = 50 });

    [Benchmark]
    public Task<SearchPage> SearchTwoCharacters() => Find("退款");

    [Benchmark]
    public Task<SearchPage> SearchWords() => Find("broken lamp");

    [Benchmark]
    public Task<SearchPage> SearchRare() => Find("N77777");

    private Task<SearchPage> Find(string query) =>
        _search.Find(new SearchQuery { Terms = SearchTerms.Parse(query, out _)! }, MessageText.Of);

    private Task Append(int stream) => _journal.Append(
        new Append($"conversation/append{stream}", _versions[stream]++, [Message(stream, _one++)]));

    private static NewEvent Message(int conversation, int number) =>
        new("conversation.message-posted.v1", s_at, JsonSerializer.SerializeToUtf8Bytes(new
        {
            messageId = $"m{number}", clientMessageId = $"m{number}", author = new { kind = "visitor", id = "v", name = "" },
            text = $"{s_texts[(conversation + (number * 3)) % s_texts.Length]} N{(conversation * 20) + number}",
        }));

    private static ConversationRow Row(int n) => new()
    {
        Id = $"c{n}", Version = 1, SiteId = "demo", VisitorId = $"v{n}", QueueId = n % 2 == 0 ? "default" : "billing",
        State = n % 5 == 0 ? "assigned" : "closed", AgentId = n % 5 == 0 ? "a" + (n % 50) : null, EnqueuedAt = s_at,
        StartedAt = s_at.AddSeconds(n), Locale = "zh-CN",
        Activity = new ConversationActivity(1, 1, s_at.AddSeconds(n), "…", "visitor:v", 20),
    };
}
