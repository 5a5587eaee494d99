using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace CustomerService.Storage.Catalogue;

/// <summary>
/// Sites and queues: what administrators set up. Few rows, read often; hosts keep a copy of their own for five seconds
/// at most. A fresh database holds site <c>demo</c> and queue <c>default</c>.
/// </summary>
public interface ICatalogue
{
    /// <summary>All queues, by id.</summary>
    Task<ImmutableArray<QueueSettings>> Queues(CancellationToken cancellationToken = default);

    /// <summary>All sites, by key.</summary>
    Task<ImmutableArray<SiteSettings>> Sites(CancellationToken cancellationToken = default);

    /// <summary>Adds or replaces a queue. Durable when the task completes; safe to repeat.</summary>
    Task Save(QueueSettings queue, CancellationToken cancellationToken = default);

    /// <summary>Adds a queue (revision 0) or replaces the one that still has the revision given with it. False where
    /// that is not so: somebody else was faster, and nothing changed.</summary>
    Task<bool> Replace(QueueSettings queue, CancellationToken cancellationToken = default);

    /// <summary>Adds or replaces a site. Durable when the task completes; safe to repeat.</summary>
    Task Save(SiteSettings site, CancellationToken cancellationToken = default);

    /// <summary>Replaces a site that still has the revision given with it. False where it has not: nothing changed.
    /// </summary>
    Task<bool> Replace(SiteSettings site, CancellationToken cancellationToken = default);
}

/// <summary>How a queue treats its conversations. Stored as JSON: members are only ever added, with a default.</summary>
public sealed record QueueSettings
{
    /// <summary>1 to 64 characters of a-z, 0-9 and hyphen.</summary>
    public required string Id { get; init; }

    /// <summary>The name people see.</summary>
    public required string Name { get; init; }

    /// <summary>How an agent is picked: <c>longest-idle</c>, <c>least-loaded</c> or <c>round-robin</c>.</summary>
    public string Strategy { get; init; } = "longest-idle";

    /// <summary>True: the agent is asked first and may decline. False: assigned directly.</summary>
    public bool Offers { get; init; }

    /// <summary>How long an offer stands, seconds, 5 to 600.</summary>
    public int OfferSeconds { get; init; } = 20;

    /// <summary>How long an absent agent keeps its conversations, seconds, 1 to 3,600.</summary>
    public int GraceSeconds { get; init; } = 30;

    /// <summary>Nobody writes for this long: closed. Seconds, 10 to 604,800; a waiting one is abandoned.</summary>
    public int IdleCloseSeconds { get; init; } = 1_800;

    /// <summary>How long after closing a visitor's next message reopens, seconds, 0 to 2,592,000.</summary>
    public int ReopenSeconds { get; init; } = 86_400;

    /// <summary>How long an agent may change the wording of a message of its own, seconds, 0 (never) to 86,400.</summary>
    public int EditSeconds { get; init; } = 900;

    /// <summary>Wrap-up time: after a conversation was closed by a person its place stays taken for this long, so that its
    /// agent can finish the work on it. Seconds, 0 (none) to 3,600.</summary>
    public int WrapUpSeconds { get; init; }

    /// <summary>Higher is served first by agents of several queues; -100 to 100.</summary>
    public int Priority { get; init; }

    /// <summary>Rises with each change. Not part of what is stored as JSON: the row's own column.</summary>
    [JsonIgnore]
    public long Revision { get; init; }
}

/// <summary>A place where the widget is embedded. Stored as JSON: members are only ever added, with a default.</summary>
public sealed record SiteSettings
{
    /// <summary>Public key in the embed script, 1 to 64 characters of a-z, 0-9 and hyphen; also its id.</summary>
    public required string Key { get; init; }

    /// <summary>The name people see.</summary>
    public required string Name { get; init; }

    /// <summary>Where its conversations go.</summary>
    public string QueueId { get; init; } = "default";

    /// <summary>Greeting by locale, shown before the first message.</summary>
    public ImmutableDictionary<string, string> Greeting { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Origins that may embed the widget, such as <c>https://shop.example</c>; empty means the server's own
    /// origins only.</summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    /// <summary>What visitors may send.</summary>
    public FileRules Files { get; init; } = new();

    /// <summary>How the widget looks.</summary>
    public SiteLook Look { get; init; } = new();

    /// <summary>When it is open; null: whenever somebody is online.</summary>
    public OpeningHours? Hours { get; init; }

    /// <summary>What the widget does while closed: <c>message</c> (take a message) or <c>hide</c>.</summary>
    public string Closed { get; init; } = "message";

    /// <summary>Said while closed, by locale.</summary>
    public ImmutableDictionary<string, string> ClosedText { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Questions before the first message, 20 at most.</summary>
    public ImmutableArray<FormField> Form { get; init; } = [];

    /// <summary>Queues a visitor may choose from; empty: <see cref="QueueId"/> without a question.</summary>
    public ImmutableArray<string> Queues { get; init; } = [];

    /// <summary>What a visitor agrees to before the first message, by locale; empty: nothing is asked.</summary>
    public ImmutableDictionary<string, string> Consent { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Invitations, 20 at most.</summary>
    public ImmutableArray<Invitation> Invitations { get; init; } = [];

    /// <summary>What agents write down of its customers, 20 at most.</summary>
    public ImmutableArray<CustomerField> CustomerFields { get; init; } = [];

    /// <summary>Whether agents see what a visitor types before it is sent. Off unless a site's owner says so, who then has
    /// to tell the visitors.</summary>
    public bool UnsentText { get; init; }

    /// <summary>Its secret for signed identities; null: nobody can identify.</summary>
    public SiteIdentity? Identity { get; init; }

    /// <summary>Rises with each change. Not part of what is stored as JSON: the row's own column.</summary>
    [JsonIgnore]
    public long Revision { get; init; }
}

/// <summary>Which files visitors of a site may send.</summary>
public sealed record FileRules
{
    /// <summary>Whether any. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Largest file, bytes; null or more than the server's own limit: that one.</summary>
    public long? BytesMax { get; init; }

    /// <summary>Media types that are taken; empty: the usual ones, which are all that can be told by their bytes but
    /// archives.</summary>
    public ImmutableArray<string> Types { get; init; } = [];
}
