using System.Collections.Immutable;
using System.Diagnostics;
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

/// <summary>Which conversation of this visitor is open: one at most. Folded from events alone.</summary>
[GenerateSerializer, Immutable, Alias("visitor.state")]
public sealed record Visitor : IFold<Visitor, VisitorEvent>
{
    public static Visitor Start { get; } = new();
    public static int SnapshotSchema => 1;

    [Id(0)] public long Version { get; init; }

    /// <summary>The open one; null where none is. It may just have closed without this being heard yet.</summary>
    [Id(1)] public string? OpenId { get; init; }

    /// <summary>The last one that was open: what a visitor who comes back goes on with.</summary>
    [Id(2)] public string? LastId { get; init; }

    /// <summary>Closes of the open one up to this version of its stream are old news.</summary>
    [Id(3)] public long ClosesHeard { get; init; }

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
        // Loud on purpose: skipping an unknown fact would make every later decision wrong.
        _ => throw new UnreachableException($"No fold for {fact.GetType()}."),
    }) with { Version = Version + 1 };
}
