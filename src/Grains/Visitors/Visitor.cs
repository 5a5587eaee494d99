using System.Collections.Immutable;
using System.Diagnostics;
using CustomerService.Grains.Conversations;
using CustomerService.Grains.Streams;

namespace CustomerService.Grains.Visitors;

/// <summary>A fact about a visitor of a site.</summary>
public abstract record VisitorEvent : DomainEvent;

/// <summary>The visitor began a conversation: it is the open one from here on, and its beginning is owed.</summary>
[Alias("visitor.conversation-opened.v1")]
public sealed record VisitorConversationOpened(
    string ConversationId, string ClientId, string QueueId, string VisitorName, string Locale,
    ImmutableDictionary<string, string> Form) : VisitorEvent;

/// <summary>The visitor began while one was open, and got that one: so says this client id for ever.</summary>
[Alias("visitor.conversation-joined.v1")]
public sealed record VisitorConversationJoined(string ConversationId, string ClientId) : VisitorEvent;

/// <summary>A closed one is the open one again.</summary>
/// <param name="ClosedVersion">The version it was closed at: that close, heard again, means nothing.</param>
[Alias("visitor.conversation-reopened.v1")]
public sealed record VisitorConversationReopened(string ConversationId, string? ClientId, long ClosedVersion)
    : VisitorEvent;

/// <summary>The open one is open no more.</summary>
/// <param name="ClosedVersion">Version of its stream at which it closed.</param>
[Alias("visitor.conversation-closed.v1")]
public sealed record VisitorConversationClosed(string ConversationId, long ClosedVersion) : VisitorEvent;

/// <summary>It may begin nothing and write nothing.</summary>
/// <param name="ConversationId">Where that was decided.</param>
[Alias("visitor.blocked.v1")]
public sealed record VisitorBlocked(Party By, string ConversationId, string? Reason) : VisitorEvent;

/// <summary>It may write again.</summary>
[Alias("visitor.unblocked.v1")]
public sealed record VisitorUnblocked(Party By, string ConversationId) : VisitorEvent;

/// <summary>Agents wrote down what they know of it.</summary>
/// <param name="Values">What changed, by the field's key; empty: it has no value any more.</param>
[Alias("visitor.fields-set.v1")]
public sealed record VisitorFieldsSet(Party By, ImmutableDictionary<string, string> Values) : VisitorEvent;

/// <summary>A value of a custom field.</summary>
[GenerateSerializer, Immutable, Alias("visitor.field")]
public sealed record CustomerValue([property: Id(0)] string Key, [property: Id(1)] string Value);

/// <summary>Which conversation of this visitor is open: one at most. Folded from events alone.</summary>
[GenerateSerializer, Immutable, Alias("visitor.state")]
public sealed record Visitor : IFold<Visitor, VisitorEvent>
{
    public static Visitor Start { get; } = new();
    public static int SnapshotSchema => 2;

    [Id(0)] public long Version { get; init; }

    /// <summary>The open one; null where none is. It may just have closed without this being heard yet.</summary>
    [Id(1)] public string? OpenId { get; init; }

    /// <summary>The last one that was open: what a visitor who comes back goes on with.</summary>
    [Id(2)] public string? LastId { get; init; }

    /// <summary>Closes of the open one up to this version of its stream are old news.</summary>
    [Id(3)] public long ClosesHeard { get; init; }

    /// <summary>It may write nothing.</summary>
    [Id(4)] public bool IsBlocked { get; init; }

    /// <summary>Values of custom fields, in ordinal order of their keys.</summary>
    [Id(5)] public ImmutableArray<CustomerValue> Fields { get; init; } = [];

    /// <summary>Count of changes of them.</summary>
    [Id(6)] public long FieldsRevision { get; init; }

    public Visitor Apply(VisitorEvent fact) => (fact switch
    {
        VisitorConversationOpened e => this with
        {
            OpenId = e.ConversationId, LastId = e.ConversationId, ClosesHeard = 0,
        },
        VisitorConversationJoined => this,
        VisitorConversationReopened e => this with
        {
            OpenId = e.ConversationId, LastId = e.ConversationId, ClosesHeard = e.ClosedVersion,
        },
        VisitorConversationClosed e => this with { OpenId = null, ClosesHeard = e.ClosedVersion },
        VisitorBlocked => this with { IsBlocked = true },
        VisitorUnblocked => this with { IsBlocked = false },
        VisitorFieldsSet e => this with { Fields = Changed(e.Values), FieldsRevision = FieldsRevision + 1 },
        // Loud on purpose: skipping an unknown fact would make every later decision wrong.
        _ => throw new UnreachableException($"No fold for {fact.GetType()}."),
    }) with { Version = Version + 1 };

    private ImmutableArray<CustomerValue> Changed(ImmutableDictionary<string, string> values) =>
    [
        .. Fields.Where(field => !values.ContainsKey(field.Key))
            .Concat(values.Where(pair => pair.Value.Length > 0).Select(pair => new CustomerValue(pair.Key, pair.Value)))
            .OrderBy(field => field.Key, StringComparer.Ordinal),
    ];
}
