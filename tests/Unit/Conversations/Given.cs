using System.Collections.Immutable;
using CustomerService.Conversations;
using CustomerService.Grains.Conversations;

namespace CustomerService.Unit.Tests.Conversations;

/// <summary>People, times and states for the tables.</summary>
internal static class Given
{
    public static readonly DateTimeOffset At = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);
    public static readonly QueueRef Default = new("default", "Default");
    public static readonly Actor Visitor = new(ActorKind.Visitor, "v1", "韩梅梅");
    public static readonly Actor Stranger = new(ActorKind.Visitor, "v2", "");
    public static readonly Actor Ann = new(ActorKind.Agent, "ann", "Ann") { Queues = ["default"] };
    public static readonly Actor Bob = new(ActorKind.Agent, "bob", "Bob") { Queues = ["default"] };
    public static readonly Actor Outsider = new(ActorKind.Agent, "out", "Out") { Queues = ["other"] };
    public static readonly Actor Boss = new(ActorKind.Agent, "boss", "Boss") { IsSupervisor = true };
    public static readonly AgentRef AnnRef = new("ann", "Ann");
    public static readonly AgentRef BobRef = new("bob", "Bob");

    public static readonly ConversationPolicy Direct =
        new(Default, false, TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(30), TimeSpan.FromDays(1),
            TimeSpan.FromMinutes(15));
    public static readonly ConversationPolicy Offering = Direct with { Offers = true };

    public static readonly StartConversation Start =
        new(Visitor, null, "demo", "default", "zh-CN", ImmutableDictionary<string, string>.Empty, 0);

    public static readonly Conversation None = Conversation.Start;
    public static readonly Conversation Waiting = Do(None, Start);
    public static readonly Conversation Assigned = Do(Waiting, Assign("r1", AnnRef));
    public static readonly Conversation Offered = Do(Waiting, Assign("r1", AnnRef), Offering);
    public static readonly DateTimeOffset Until = At.AddHours(1);
    public static readonly Conversation Snoozed = Do(Assigned, new SnoozeConversation(Ann, null, Until));
    public static readonly LeaveMessage Leave = new(
        Visitor, null, ImmutableDictionary<string, string>.Empty.Add("email", "han@example.com"));
    public static readonly Conversation Left = Do(Waiting, Leave);
    public static readonly Conversation Closed = Do(Assigned, new CloseConversation(Ann, null, "solved"));

    /// <summary>By name, for the rows of a table.</summary>
    public static Conversation State(string name) => name switch
    {
        "none" => None,
        "waiting" => Waiting,
        "offered" => Offered,
        "assigned" => Assigned,
        "snoozed" => Snoozed,
        "left" => Left,
        "closed" => Closed,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    public static AssignConversation Assign(string reservationId, AgentRef agent, string queueId = "default") =>
        new(Actor.System, null, reservationId, agent, queueId, "");

    public static Circumstances Around(DateTimeOffset? at = null, ConversationPolicy? policy = null) =>
        new("c1", at ?? At, policy ?? Direct);

    public static Conversation Do(Conversation now, ConversationCommand command, ConversationPolicy? policy = null) =>
        ConversationRules.Decide(now, command, Around(policy: policy)).Facts
            .Aggregate(now, (state, fact) => state.Apply(fact));
}
