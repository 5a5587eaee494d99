using System.Text.Json.Nodes;
using CustomerService.Grains.Agents;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;
using CustomerService.Grains.Visitors;
using CustomerService.Storage.Journal;

namespace CustomerService.Unit.Tests.StoredEvents;

/// <summary>One committed sample of every stored event, as the journal holds it. A sample is never changed: what was
/// stored once must be read and folded for ever.</summary>
public class StoredEventTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "StoredEvents");

    public static TheoryData<string> ConversationNames => [.. EventCodec<ConversationEvent>.Instance.Names];
    public static TheoryData<string> VisitorNames => [.. EventCodec<VisitorEvent>.Instance.Names];
    public static TheoryData<string> AgentNames => [.. EventCodec<AgentEvent>.Instance.Names];

    [Theory, MemberData(nameof(ConversationNames))]
    public void Conversation_events_are_read_and_folded(string name) =>
        ReadAndFold<Conversation, ConversationEvent>(name, Story());

    [Theory, MemberData(nameof(VisitorNames))]
    public void Visitor_events_are_read_and_folded(string name) => ReadAndFold<Visitor, VisitorEvent>(name, Visitor.Start);

    [Theory, MemberData(nameof(AgentNames))]
    public void Agent_events_are_read_and_folded(string name) => ReadAndFold<Agent, AgentEvent>(name, Agent.Start);

    [Fact]
    public void No_sample_is_without_its_event()
    {
        var samples = Directory.GetFiles(Folder, "*.json").Select(Path.GetFileNameWithoutExtension).Order();
        var names = EventCodec<ConversationEvent>.Instance.Names
            .Concat(EventCodec<VisitorEvent>.Instance.Names).Concat(EventCodec<AgentEvent>.Instance.Names).Order();
        Assert.Equal(names, samples!);
    }

    [Fact]
    public void An_unknown_event_quarantines_its_stream()
    {
        var stored = new StoredEvent("conversation/x", 1, 1, "conversation.of-tomorrow.v9", At, "{}"u8.ToArray());
        Assert.Throws<StreamQuarantinedException>(() => EventCodec<ConversationEvent>.Instance.Decode(stored));
    }

    [Theory, MemberData(nameof(ConversationNames))]
    public void A_damaged_event_of_a_conversation_is_never_read_as_something_else(string name) => Damaged<ConversationEvent>(name);

    [Theory, MemberData(nameof(VisitorNames))]
    public void A_damaged_event_of_a_visitor_is_never_read_as_something_else(string name) => Damaged<VisitorEvent>(name);

    [Theory, MemberData(nameof(AgentNames))]
    public void A_damaged_event_of_an_agent_is_never_read_as_something_else(string name) => Damaged<AgentEvent>(name);

    private static void Damaged<TEvent>(string name)
        where TEvent : DomainEvent
    {
        var sample = Sample(name);
        var text = System.Text.Encoding.UTF8.GetString(sample.Data.Span);
        var damaged = new List<string> { "null", "[]", "7", "", text.TrimEnd()[..^1], text + "}" };
        if (JsonNode.Parse(text)!.AsObject().Count > 0)
            damaged.Add("{}"); // JSON as it should be, without anything that it should hold.
        Assert.All(damaged, data => Assert.Throws<StreamQuarantinedException>(() =>
            EventCodec<TEvent>.Instance.Decode(sample with { Data = System.Text.Encoding.UTF8.GetBytes(data) })));
    }

    private static Conversation Story() =>
        Conversation.Start.Apply(EventCodec<ConversationEvent>.Instance.Decode(Sample("conversation.started.v1")));

    private static void ReadAndFold<TState, TEvent>(string name, TState before)
        where TState : IFold<TState, TEvent>
        where TEvent : DomainEvent
    {
        var stored = Sample(name);
        var fact = EventCodec<TEvent>.Instance.Decode(stored);
        Assert.Equal(At, fact.At);
        Assert.Equal(before.Version + 1, before.Apply(fact).Version);
        // What this program writes is what it once wrote: nothing renamed, nothing dropped.
        var written = EventCodec<TEvent>.Instance.Encode(new NewFact<TEvent>(fact));
        Assert.Equal(name, written.Type);
        var (expected, actual) = (JsonNode.Parse(stored.Data.Span), JsonNode.Parse(written.Data.Span));
        Assert.True(JsonNode.DeepEquals(expected, actual), $"Expected {expected}, got {actual}.");
    }

    private static StoredEvent Sample(string name) =>
        new("sample/1", 1, 1, name, At, File.ReadAllBytes(Path.Combine(Folder, name + ".json")));
}
