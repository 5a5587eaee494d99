using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>Tags.</summary>
internal static class TaggingRules
{
    public static Decision Tag(Conversation now, TagConversation c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Agent)
            return ConversationRules.WrongRole;
        var added = c.Add.Except(now.Tags).Distinct().Order(StringComparer.Ordinal).ToList();
        var removed = c.Remove.Intersect(now.Tags).Order(StringComparer.Ordinal).ToList();
        if (added.Count + removed.Count == 0)
            return Decision.NothingToDo;
        return now.Tags.Length - removed.Count + added.Count > Limits.TagsMax
            ? Decision.Refuse(RefusalCode.Conflict, $"A conversation has {Limits.TagsMax} tags at most.")
            : Decision.Accept(new ConversationTagged(Party.Of(c.By), [.. added], [.. removed]) { At = around.At });
    }
}
