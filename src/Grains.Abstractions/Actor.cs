using System.Collections.Immutable;

namespace CustomerService;

/// <summary>What kind of party acts.</summary>
public enum ActorKind
{
    /// <summary>A person on a site.</summary>
    Visitor = 1,

    /// <summary>A signed-in person of the staff, of any role.</summary>
    Agent = 2,

    /// <summary>An automaton that talks.</summary>
    Bot = 3,

    /// <summary>The product itself.</summary>
    System = 4,
}

/// <summary>Who acts, as the front authenticated it. Clients never send this.</summary>
/// <param name="Kind">Visitor, agent, bot or system.</param>
/// <param name="Id">Opaque id, 64 characters at most.</param>
/// <param name="Name">The name others see; may be empty for a visitor.</param>
[GenerateSerializer, Immutable, Alias("actor")]
public sealed record Actor(
    [property: Id(0)] ActorKind Kind, [property: Id(1)] string Id, [property: Id(2)] string Name)
{
    /// <summary>An agent who may see and do everything in every queue.</summary>
    [Id(3)]
    public bool IsSupervisor { get; init; }

    /// <summary>Queues an agent serves.</summary>
    [Id(4)]
    public ImmutableArray<string> Queues { get; init; } = [];

    /// <summary>The product itself.</summary>
    public static Actor System { get; } = new(ActorKind.System, "system", "");

    /// <summary>The key under which its client ids are stored, such as <c>visitor:3k…</c>.</summary>
    public string Key => KeyOf(Kind, Id);

    /// <summary>See <see cref="Key"/>.</summary>
    public static string KeyOf(ActorKind kind, string id) => kind switch
    {
        ActorKind.Visitor => "visitor:" + id,
        ActorKind.Agent => "agent:" + id,
        ActorKind.Bot => "bot:" + id,
        _ => "system:" + id,
    };

    /// <summary>Whether an agent may see conversations of that queue, or held by it.</summary>
    public bool MaySee(string queueId, string? heldBy) =>
        IsSupervisor || heldBy == Id || Queues.Contains(queueId);
}
