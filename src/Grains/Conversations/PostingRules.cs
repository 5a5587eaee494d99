using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>Messages, notes, ratings.</summary>
internal static class PostingRules
{
    public static Decision Post(Conversation now, PostMessage c, Circumstances around) => c.By.Kind switch
    {
        // Closed first: nobody holds a closed one, and who held it should learn that, not that it may not.
        ActorKind.Agent or ActorKind.Visitor when now.State == ConversationState.Closed => Decision.Closed,
        ActorKind.Visitor when now.VisitorBlocked => Decision.Refuse(Refusal.Blocked),
        ActorKind.Agent when !ConversationRules.MayAct(now, c.By) => ConversationRules.Forbidden,
        ActorKind.Visitor when now.State == ConversationState.Snoozed =>
            SnoozeRules.Wake(now, "visitor", Posted(now, c, around), around),
        ActorKind.Agent or ActorKind.Visitor => Decision.Accept(Posted(now, c, around)),
        _ => ConversationRules.WrongRole,
    };

    public static Decision AddNote(Conversation now, AddNote c, Circumstances around) =>
        c.By.Kind != ActorKind.Agent
            ? ConversationRules.WrongRole
            : Decision.Accept(new NoteAdded(
                MessageId(now, c), c.CommandId!, Party.Of(c.By), c.Text) { At = around.At });

    public static Decision Rate(Conversation now, RateConversation c, Circumstances around) =>
        c.By.Kind != ActorKind.Visitor ? ConversationRules.WrongRole
        : now.Rating == c.Score && now.RatingCommentHash == Conversation.HashOfComment(c.Comment) ? Decision.NothingToDo
        : Decision.Accept(new ConversationRated(c.Score, c.Comment) { At = around.At });

    private static MessagePosted Posted(Conversation now, PostMessage c, Circumstances around) => new(
        MessageId(now, c), c.CommandId!, Party.Of(c.By), c.Text, c.ReplyTo,
        c.Attachments is [_, ..] ? c.Attachments : null) { At = around.At };

    /// <summary>Follows from the sender's own id, so that every attempt names the same message.</summary>
    private static string MessageId(Conversation now, ConversationCommand c) =>
        DerivedId.Of("message", now.Id, c.By.Key, c.CommandId!);
}
