using System.Diagnostics;
using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>The rules, one method a command. No clock, I/O or randomness: the same arguments give the same answer.
/// Commands are well-formed (<see cref="CommandChecks"/>) before they come here.</summary>
public static class ConversationRules
{
    public static Decision Decide(Conversation now, ConversationCommand command, Circumstances around)
    {
        if (now.State == ConversationState.None)
        {
            return command switch
            {
                StartConversation start => Start(start, around),
                // Nothing can ever hold what never began.
                RefuseReservation or ReleaseConversation or CheckConversationDeadlines => Decision.NothingToDo,
                _ => Decision.NotFound,
            };
        }
        if (!MaySee(now, command.By))
            return Decision.NotFound;
        return command switch
        {
            StartConversation => Decision.NothingToDo,
            PostMessage c => PostingRules.Post(now, c, around),
            AddNote c => PostingRules.AddNote(now, c, around),
            EditMessage c => AmendingRules.Edit(now, c, around),
            RedactMessage c => AmendingRules.Redact(now, c, around),
            RateConversation c => PostingRules.Rate(now, c, around),
            AssignConversation c => AssignmentRules.Assign(now, c, around),
            AcceptConversation c => AssignmentRules.Accept(now, c, around),
            DeclineConversation c => AssignmentRules.Decline(now, c, around),
            TransferConversation c => TransferRules.Transfer(now, c, around),
            ReleaseConversation c => AssignmentRules.Release(now, c, around),
            RefuseReservation c => AssignmentRules.RefuseReservation(now, c, around),
            SnoozeConversation c => SnoozeRules.Snooze(now, c, around),
            LeaveMessage c => SnoozeRules.Leave(now, c, around),
            HearBlock c => HearBlock(now, c, around),
            TagConversation c => TaggingRules.Tag(now, c, around),
            CloseConversation c => ClosingRules.Close(now, c, around),
            ReopenConversation c => ClosingRules.Reopen(now, c, around),
            CheckConversationDeadlines c => ClosingRules.CheckDeadlines(now, c, around),
            _ => throw new UnreachableException($"No rule for {command.GetType()}."),
        };
    }

    /// <summary>Whether it exists for that party: the visitor's own, an agent's by queue or because it holds it.
    /// </summary>
    public static bool MaySee(Conversation now, Actor by) => by.Kind switch
    {
        ActorKind.System => true,
        ActorKind.Visitor => now.VisitorId == by.Id,
        ActorKind.Agent => by.MaySee(now.Queue.Id, now.Owner?.Id),
        _ => false,
    };

    /// <summary>Whether an agent may act for it: holds it, or is a supervisor.</summary>
    internal static bool MayAct(Conversation now, Actor by) =>
        by.Kind == ActorKind.Agent && (by.IsSupervisor || now.Agent?.Id == by.Id);

    internal static Decision Forbidden { get; } =
        Decision.Refuse(RefusalCode.Forbidden, "Only who holds the conversation, or a supervisor, may.");

    internal static Decision WrongRole { get; } = Decision.Refuse(RefusalCode.Forbidden, "This role may not.");

    internal static AgentRef RefOf(Actor agent) => new(agent.Id, agent.Name);

    private static Decision HearBlock(Conversation now, HearBlock c, Circumstances around) =>
        c.By.Kind != ActorKind.System ? WrongRole
        : c.VisitorVersion <= now.BlocksHeard ? Decision.NothingToDo
        : Decision.Accept(c.Blocked
            ? new ConversationVisitorBlocked(Of(c.Who), c.Reason, c.VisitorVersion) { At = around.At }
            : new ConversationVisitorUnblocked(Of(c.Who), c.VisitorVersion) { At = around.At });

    private static Party Of(AgentRef agent) => new(ActorKind.Agent, agent.Id, agent.Name);

    private static Decision Start(StartConversation c, Circumstances around) =>
        c.By.Kind != ActorKind.Visitor
            ? WrongRole
            : Decision.Accept(
                new ConversationStarted(
                    around.ConversationId, c.SiteId, c.By.Id, c.By.Name, around.Policy.Queue, c.Locale, c.Form,
                    c.Priority) { At = around.At },
                new ConversationQueued(around.Policy.Queue, around.At, null) { At = around.At });
}
