using System.Collections.Immutable;
using System.Diagnostics;
using CustomerService.Conversations;
using CustomerService.Grains.Streams;

namespace CustomerService.Grains.Conversations;

/// <summary>
/// All that a decision may look at, folded from events alone. It holds no messages: a conversation of 100,000 is as
/// small as one of ten.
/// </summary>
[GenerateSerializer, Immutable, Alias("conversation.state")]
public sealed record Conversation : IFold<Conversation, ConversationEvent>
{
    /// <summary>Ids remembered to answer a quick retry without a doomed append; older ones are found in the journal.
    /// </summary>
    public const int RecentIdsMax = 32;

    /// <summary>Length of a preview in lists, in UTF-16 code units.</summary>
    private const int PreviewLengthMax = 120;

    public static Conversation Start { get; } = new();
    public static int SnapshotSchema => 5;

    [Id(0)] public long Version { get; init; }

    /// <summary>Count of events visitors may see: the last visitor sequence.</summary>
    [Id(1)] public long VisitorHead { get; init; }
    [Id(2)] public ConversationState State { get; init; }
    [Id(3)] public string Id { get; init; } = "";
    [Id(4)] public string SiteId { get; init; } = "";
    [Id(5)] public string VisitorId { get; init; } = "";
    [Id(6)] public string VisitorName { get; init; } = "";
    [Id(7)] public string Locale { get; init; } = "";
    [Id(8)] public QueueRef Queue { get; init; } = new("", "");
    [Id(9)] public int Priority { get; init; }

    /// <summary>Who holds it or is asked; null otherwise.</summary>
    [Id(10)] public AgentRef? Agent { get; init; }

    /// <summary>By which reservation; null exactly where <see cref="Agent"/> is.</summary>
    [Id(11)] public string? ReservationId { get; init; }

    /// <summary>Who held it last: tried first when it is reopened.</summary>
    [Id(12)] public AgentRef? LastAgent { get; init; }
    [Id(13)] public string? SkippedAgentId { get; init; }
    [Id(14)] public DateTimeOffset StartedAt { get; init; }
    [Id(15)] public DateTimeOffset EnqueuedAt { get; init; }
    [Id(16)] public DateTimeOffset? ClosedAt { get; init; }
    [Id(17)] public DateTimeOffset? OfferExpiresAt { get; init; }

    /// <summary>When somebody last did something by which it counts as alive. What the product does by itself, such as
    /// offering it around, does not count: it would keep an abandoned one open for ever.</summary>
    [Id(18)] public DateTimeOffset ActiveAt { get; init; }
    [Id(19)] public int? Rating { get; init; }

    /// <summary>Hash of the rating's comment: tells a repeated rating from a new one.</summary>
    [Id(20)] public string RatingCommentHash { get; init; } = "";
    [Id(21)] public DateTimeOffset? LastMessageAt { get; init; }
    [Id(22)] public string Preview { get; init; } = "";

    /// <summary>Author key of the last message, such as <c>visitor:3k…</c>.</summary>
    [Id(23)] public string LastAuthor { get; init; } = "";
    [Id(24)] public int Messages { get; init; }

    /// <summary>Hashes of the last ids of messages and notes, each with its author. As texts they were most of what a
    /// conversation holds in memory.</summary>
    [Id(26)] public ImmutableArray<long> RecentIds { get; init; } = []; // 25 was these as texts: never again.

    /// <summary>While snoozed: until when.</summary>
    [Id(30)] public DateTimeOffset? SnoozedUntil { get; init; }

    /// <summary>Its tags, in ordinal order.</summary>
    [Id(31)] public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Version of the last message: an edit of another one does not change the preview.</summary>
    [Id(32)] public long LastMessage { get; init; }

    /// <summary>Where the edits of messages and notes are, so that a redaction finds them; 200 at most.</summary>
    [Id(33)] public ImmutableArray<EditMark> Edits { get; init; } = [];

    /// <summary>Its visitor may not write.</summary>
    [Id(34)] public bool VisitorBlocked { get; init; }

    /// <summary>Version of the visitor's stream up to which blocks are old news.</summary>
    [Id(35)] public long BlocksHeard { get; init; }

    /// <summary>Who has a say in it besides supervisors: its agent, and while it is snoozed the one who gets it back. Nobody
    /// where its visitor left a message.</summary>
    public AgentRef? Owner => State == ConversationState.Snoozed ? LastAgent : Agent;

    public bool IsOpen => State is not (ConversationState.None or ConversationState.Closed);

    /// <summary>Whether that reservation holds it, assigned or offered.</summary>
    public bool IsHeldBy(string reservationId) => ReservationId == reservationId;

    /// <summary>Whether that id is among the recent ones; an answer of no is certain, yes is to be looked up.</summary>
    public bool Remembers(string author, string clientId) => RecentIds.Contains(RecentId(author, clientId));

    public Conversation Apply(ConversationEvent fact)
    {
        if (fact is MessagePosted message)
            return Posted(message, message.Author.AuthorKey);
        var next = Folded(fact);
        return next with
        {
            Version = Version + 1,
            VisitorHead = VisitorHead + (EventTable.IsForVisitors(fact) ? 1 : 0),
        };
    }

    private Conversation Folded(ConversationEvent fact) => fact switch
    {
        ConversationStarted e => this with
        {
            State = ConversationState.Waiting,
            Id = e.ConversationId,
            SiteId = e.SiteId,
            VisitorId = e.VisitorId,
            VisitorName = e.VisitorName,
            Locale = e.Locale,
            Queue = e.Queue,
            Priority = e.Priority,
            StartedAt = e.At,
            EnqueuedAt = e.At,
            ActiveAt = e.At,
        },
        ConversationQueued e => LetGo() with
        {
            State = ConversationState.Waiting,
            Queue = e.Queue,
            EnqueuedAt = e.EnqueuedAt,
            SkippedAgentId = e.SkippedAgentId,
        },
        NoteAdded e => this with { RecentIds = Remember(e.Author.AuthorKey, e.ClientMessageId) },
        MessageEdited e => Edited(e.Message) with
        {
            Preview = e.Message == LastMessage ? PreviewOf(e.Text.Length == 0 ? "📎" : e.Text) : Preview,
        },
        NoteEdited e => Edited(e.Message),
        MessageRedacted e => Redacted(e.Message) with { Preview = e.Message == LastMessage ? "" : Preview },
        NoteRedacted e => Redacted(e.Message),
        ConversationOffered e => this with
        {
            State = ConversationState.Offered,
            Agent = e.Agent,
            ReservationId = e.ReservationId,
            OfferExpiresAt = e.ExpiresAt,
            SkippedAgentId = null,
        },
        OfferDeclined e => LetGo() with { State = ConversationState.Waiting, SkippedAgentId = e.Agent.Id },
        ConversationAssigned e => Held(e.Agent, e.ReservationId, e.At),
        ConversationReleased => LetGo() with { State = ConversationState.Waiting },
        ReservationRefused => this,
        ConversationTransferred { ToAgent: { } agent, ReservationId: { } reservation } e =>
            Held(agent, reservation, e.At),
        ConversationTransferred { ToQueue: { } queue } e => LetGo() with
        {
            State = ConversationState.Waiting,
            SnoozedUntil = null,
            Queue = queue,
            SkippedAgentId = e.SkippedAgentId,
            ActiveAt = e.At,
        },
        ConversationClosed e => LetGo() with
        {
            State = ConversationState.Closed,
            ClosedAt = e.At,
            SkippedAgentId = null,
            SnoozedUntil = null,
        },
        // The visitor's grain lets nobody reopen while it is blocked: what was heard before is over. A wait that was over
        // is no reason to come before others, should the agent it goes back to hand it to a queue.
        ConversationReopened e => this with
        {
            State = ConversationState.Waiting, ClosedAt = null, EnqueuedAt = e.At, ActiveAt = e.At, VisitorBlocked = false,
        },
        ConversationVisitorBlocked e => this with { VisitorBlocked = true, BlocksHeard = e.VisitorVersion },
        ConversationVisitorUnblocked e => this with { VisitorBlocked = false, BlocksHeard = e.VisitorVersion },
        ConversationSnoozed e => LetGo() with
        {
            State = ConversationState.Snoozed,
            SnoozedUntil = e.Until,
            LastAgent = e.Agent,
            ActiveAt = e.At,
        },
        MessageLeft e => LetGo() with
        {
            State = ConversationState.Snoozed,
            SnoozedUntil = e.Until,
            LastAgent = null, // A message is nobody's: whoever of the queue comes first takes it.
            SkippedAgentId = null,
            ActiveAt = e.At,
        },
        ConversationWoken e => this with
        {
            State = ConversationState.Waiting, SnoozedUntil = null, EnqueuedAt = e.At, ActiveAt = e.At,
        },
        ConversationTagged e => this with { Tags = Retagged(Tags, e) },
        ConversationRated e => this with { Rating = e.Score, RatingCommentHash = HashOfComment(e.Comment) },
        // Loud on purpose: skipping an unknown fact would make every later decision wrong.
        _ => throw new UnreachableException($"No fold for {fact.GetType()}."),
    };

    internal static string HashOfComment(string? comment) =>
        string.IsNullOrEmpty(comment) ? "" : DerivedId.Of("comment", comment);

    /// <summary>All at once: a copy less for what comes most.</summary>
    private Conversation Posted(MessagePosted e, string author) => this with
    {
        Version = Version + 1,
        VisitorHead = VisitorHead + 1,
        ActiveAt = e.At,
        LastMessageAt = e.At,
        Preview = PreviewOf(e.Text.Length == 0 && e.Attachments is [var file, ..] ? $"📎 {file.Name}" : e.Text),
        LastAuthor = author,
        LastMessage = Version + 1,
        Messages = Messages + 1,
        RecentIds = Remember(author, e.ClientMessageId),
    };

    private Conversation Edited(long message) => this with { Edits = Edits.Add(new EditMark(message, Version + 1)) };

    private Conversation Redacted(long message) =>
        this with { Edits = Edits.RemoveAll(edit => edit.Message == message) };

    private Conversation Held(AgentRef agent, string reservationId, DateTimeOffset at) => this with
    {
        State = ConversationState.Assigned,
        Agent = agent,
        ReservationId = reservationId,
        LastAgent = agent,
        OfferExpiresAt = null,
        SnoozedUntil = null,
        SkippedAgentId = null,
        ActiveAt = at,
    };

    private static ImmutableArray<string> Retagged(ImmutableArray<string> tags, ConversationTagged fact) =>
        [.. tags.Except(fact.Removed).Union(fact.Added).Order(StringComparer.Ordinal)];

    private Conversation LetGo() => this with { Agent = null, ReservationId = null, OfferExpiresAt = null };

    private ImmutableArray<long> Remember(string author, string clientId) =>
        RecentIds.Length < RecentIdsMax
            ? RecentIds.Add(RecentId(author, clientId))
            : [.. RecentIds.AsSpan()[1..], RecentId(author, clientId)];

    /// <summary>FNV-1a: the same in every process, for it is stored in snapshots.</summary>
    private static long RecentId(string author, string clientId)
    {
        var hash = 14_695_981_039_346_656_037UL;
        Add(author);
        Add("\n");
        Add(clientId);
        return unchecked((long)hash);

        void Add(string text)
        {
            foreach (var c in text)
                hash = unchecked((hash ^ c) * 1_099_511_628_211UL);
        }
    }

    private static string PreviewOf(string text)
    {
        if (text.Length <= PreviewLengthMax)
            return text;
        // Half a surrogate pair is no character.
        var length = char.IsHighSurrogate(text[PreviewLengthMax - 1]) ? PreviewLengthMax - 1 : PreviewLengthMax;
        return text[..length];
    }
}

/// <summary>Versions of a message and of one of its edits.</summary>
[GenerateSerializer, Immutable, Alias("conversation.edit-mark")]
public readonly record struct EditMark([property: Id(0)] long Message, [property: Id(1)] long Edit);
