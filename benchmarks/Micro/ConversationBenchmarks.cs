using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Storage.Journal;

namespace CustomerService.Micro;

/// <summary>A message's decision and fold, and how long a conversation takes to read itself back.</summary>
[MemoryDiagnoser]
public class ConversationBenchmarks
{
    private static readonly DateTimeOffset s_at = new(2026, 1, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly Actor s_visitor = new(ActorKind.Visitor, "v1", "林女士");
    private static readonly Circumstances s_around = new("c1", s_at, ConversationPolicy.Of("default", null));
    private static readonly EventCodec<ConversationEvent> s_codec = EventCodec<ConversationEvent>.Instance;

    private const string Text = "您好，我上周买的红色灯罩到货时已经碎了，订单号是 A1024，请问可以换一个吗？ Thank you for looking into it, I have photos.";

    private Conversation _now = Conversation.Start;
    private PostMessage _post = null!;
    private StoredEvent[] _stored = [];

    [GlobalSetup]
    public void Setup()
    {
        _now = Started();
        _post = new PostMessage(s_visitor, "m-1", Text, null);
        _stored = [.. Enumerable.Range(0, 10_000).Select(n =>
        {
            ConversationEvent fact = n switch
            {
                0 => Starting()[0],
                1 => Starting()[1],
                _ => new MessagePosted($"m{n}", $"c{n}", Party.Of(s_visitor), Text, null) { At = s_at },
            };
            var encoded = s_codec.Encode(new NewFact<ConversationEvent>(fact));
            return new StoredEvent("conversation/c1", n + 1, n + 1, encoded.Type, encoded.At, encoded.Data);
        })];
    }

    [Benchmark]
    public Conversation DecideAndFold() =>
        ConversationRules.Decide(_now, _post, s_around).Facts.Aggregate(_now, static (state, fact) => state.Apply(fact));

    [Benchmark]
    public NewEvent Encode() => s_codec.Encode(new NewFact<ConversationEvent>(
        new MessagePosted("m1", "c1", Party.Of(s_visitor), Text, null) { At = s_at }));

    [Benchmark]
    [Arguments(1_000)]
    [Arguments(10_000)]
    public Conversation Replay(int events)
    {
        var state = Conversation.Start;
        for (var n = 0; n < events; n++)
            state = state.Apply(s_codec.Decode(_stored[n]));
        return state;
    }

    private static Conversation Started() =>
        Starting().Aggregate(Conversation.Start, static (state, fact) => state.Apply(fact));

    private static ImmutableArray<ConversationEvent> Starting() => ConversationRules.Decide(
        Conversation.Start,
        new StartConversation(s_visitor, "s1", "demo", "default", "zh-CN", ImmutableDictionary<string, string>.Empty, 0),
        s_around).Facts;
}
