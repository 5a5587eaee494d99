using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using CustomerService.Conversations;
using CustomerService.WebFront.Feed;
using CustomerService.WebFront.Hubs;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace CustomerService.Micro;

/// <summary>From what a silo announces to bytes for sockets, and to the queues of many connections.</summary>
[MemoryDiagnoser]
public class FeedBenchmarks
{
    private readonly OutboundMaker _maker = new([Json()]);
    private ImmutableArray<EventView> _events = [];
    private OutboundQueue[] _connections = [];

    [GlobalSetup]
    public void Setup()
    {
        _events =
        [
            new EventView(14, new DateTimeOffset(2026, 1, 2, 9, 0, 0, TimeSpan.Zero), "messagePosted")
            {
                MessageId = "abcdefghijklmnopqrstuvwxyz", ClientMessageId = "79c0",
                Author = new AuthorView("agent", "a_31Lm", "Ada"),
                Text = "已经为您补发，预计明天送达。您可以保留碎掉的那个，不用寄回。 It is on its way to you, the number follows.",
                Attachments = ImmutableArray<Attachment>.Empty,
            },
        ];
        _connections = [.. Enumerable.Range(0, 1_000).Select(_ => new OutboundQueue(
            static _ => ValueTask.CompletedTask, static _ => { }, static () => { }, 1_000, 1 << 20, TimeProvider.System))];
    }

    [Benchmark]
    public object EnvelopeToJson() => Make();

    /// <summary>One message for a thousand connections: serialized once, offered to each.</summary>
    [Benchmark]
    public object FanOutToAThousand()
    {
        var message = Make();
        foreach (var connection in _connections)
            connection.Offer(message);
        return message;
    }

    private Outbound Make() => _maker.MakeEvents("c_8Zk1", _events, 14, readerKey: null);

    private static JsonHubProtocol Json()
    {
        var options = new JsonHubProtocolOptions();
        Wire.Configure(options.PayloadSerializerOptions);
        return new JsonHubProtocol(Options.Create(options));
    }
}
