using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>Editing and removing what was written.</summary>
internal static class AmendingRules
{
    public static Decision Edit(Conversation now, EditMessage c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Agent)
            return ConversationRules.WrongRole;
        if (around.Message is not { } answer)
            return Decision.First(new AskMessage(c.Sequence));
        if (Written.Of(answer.Fact) is not { } written)
            return Decision.NotFound;
        return written switch
        {
            _ when written.Author.AuthorKey != c.By.Key => OnlyItsAuthor,
            { IsNote: false } when now.State == ConversationState.Closed => Decision.Closed,
            { IsRemoved: true } => Conflict("It was removed."),
            _ when around.At - written.At > around.Policy.Edit => Conflict("The time to edit it is over."),
            _ when now.Edits.Length >= Limits.EditsMax => Conflict($"A conversation keeps {Limits.EditsMax} edits."),
            { HasFiles: false } when string.IsNullOrWhiteSpace(c.Text) =>
                Decision.Refuse(RefusalCode.Invalid, "The text is blank."),
            _ when written.Text == c.Text && !IsEdited(now, c.Sequence) => Decision.NothingToDo,
            _ => Decision.Accept(written.IsNote
                ? new NoteEdited(written.MessageId, c.Sequence, Party.Of(c.By), c.Text) { At = around.At }
                : new MessageEdited(written.MessageId, c.Sequence, Party.Of(c.By), c.Text) { At = around.At }),
        };
    }

    public static Decision Redact(Conversation now, RedactMessage c, Circumstances around)
    {
        if (c.By.Kind != ActorKind.Agent)
            return ConversationRules.WrongRole;
        if (around.Message is not { } answer)
            return Decision.First(new AskMessage(c.Sequence));
        if (Written.Of(answer.Fact) is not { } written)
            return Decision.NotFound;
        if (!MayRedact(now, c.By, written))
            return ConversationRules.Forbidden;
        if (written.IsRemoved)
            return Decision.NothingToDo;
        ConversationEvent fact = written.IsNote
            ? new NoteRedacted(written.MessageId, c.Sequence, Party.Of(c.By)) { At = around.At }
            : new MessageRedacted(written.MessageId, c.Sequence, Party.Of(c.By)) { At = around.At };
        var emptied = now.Edits.Where(edit => edit.Message == c.Sequence).Select(edit => (edit.Edit, written.Emptied(c.Sequence)));
        return Decision.Accept(fact) with
        {
            Erased = [(c.Sequence, Emptied(answer.Fact!)), .. emptied],
            Discarded = [.. written.Files],
        };
    }

    private static bool MayRedact(Conversation now, Actor by, Written written) =>
        ConversationRules.MayAct(now, by)
        || now.Owner?.Id == by.Id
        || (now.State == ConversationState.Closed && now.LastAgent?.Id == by.Id)
        || (written.IsNote && written.Author.AuthorKey == by.Key);

    private static bool IsEdited(Conversation now, long sequence) => now.Edits.Any(edit => edit.Message == sequence);

    /// <summary>The event without what it said.</summary>
    private static ConversationEvent Emptied(ConversationEvent fact) => fact switch
    {
        MessagePosted e => e with { Text = "", Attachments = null, Removed = true },
        NoteAdded e => e with { Text = "", Removed = true },
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact.GetType(), "Neither message nor note."),
    };

    private static Decision Conflict(string message) => Decision.Refuse(RefusalCode.Conflict, message);

    private static Decision OnlyItsAuthor { get; } = Decision.Refuse(RefusalCode.Forbidden, "Only its author may edit it.");

    /// <summary>A message or a note, as these rules look at it.</summary>
    private sealed record Written(
        string MessageId, Party Author, DateTimeOffset At, string Text, bool IsNote, bool IsRemoved)
    {
        /// <summary>Ids of its files.</summary>
        public ImmutableArray<string> Files { get; init; } = [];

        public bool HasFiles => Files.Length > 0;

        public static Written? Of(ConversationEvent? fact) => fact switch
        {
            MessagePosted e => new Written(
                e.MessageId, e.Author, e.At, e.Text, false, e.Removed == true)
            {
                Files = [.. (e.Attachments ?? []).Select(file => file.Id)],
            },
            NoteAdded e => new Written(e.MessageId, e.Author, e.At, e.Text, true, e.Removed == true),
            _ => null,
        };

        /// <summary>One of its edits without what it said. Only its author edits it.</summary>
        public ConversationEvent Emptied(long message) => IsNote
            ? new NoteEdited(MessageId, message, Author, "", Removed: true)
            : new MessageEdited(MessageId, message, Author, "", Removed: true);
    }
}
