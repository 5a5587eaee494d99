using System.Collections.Immutable;
using CustomerService.Conversations;

namespace CustomerService.Grains.Conversations;

/// <summary>What can be said about a command without knowing the conversation.</summary>
public static class CommandChecks
{
    /// <summary>Longest locale: the longest registered language tags have 35 characters.</summary>
    private const int LocaleLengthMax = 35;

    /// <summary>All of a form's names and answers together: the outbox stores them within 8 KiB.</summary>
    private const int FormLengthMax = 2_000;

    /// <summary>Longest explanation of an assignment; the contract's figure.</summary>
    private const int WhyLengthMax = 2_000;

    /// <summary>Why the command is malformed; null where it is not.</summary>
    public static Refusal? Check(ConversationCommand command) =>
        Id(command.By.Id) ?? Short(command.By.Name, Limits.NameLengthMax, "name")
        ?? (command.CommandId is { } id ? Id(id) : null)
        ?? command switch
        {
            StartConversation c => Id(c.SiteId) ?? Id(c.QueueId) ?? Locale(c.Locale) ?? Form(c.Form),
            PostMessage c => Required(c.CommandId) ?? Files(c.Attachments)
                ?? (c.Attachments is [_, ..] && c.Text.Length == 0 ? null : Text(c.Text))
                ?? (c.ReplyTo is null ? null : Id(c.ReplyTo)),
            AddNote c => Required(c.CommandId) ?? Text(c.Text),
            // Blank is for the rules to refuse: a message with files may go without a text.
            EditMessage c => At(c.Sequence) ?? Short(c.Text, Limits.TextLengthMax, "text"),
            RedactMessage c => At(c.Sequence),
            AssignConversation c => Id(c.ReservationId) ?? Id(c.Agent.Id)
                ?? Short(c.Agent.Name, Limits.NameLengthMax, "name") ?? Short(c.Why, WhyLengthMax, "why"),
            TransferConversation c => (c.ToQueue is null) == (c.ToAgent is null)
                ? Invalid("A transfer has one target: a queue or an agent.")
                : Id((c.ToQueue ?? c.ToAgent)!) ?? Optional(c.Note, Limits.TextLengthMax, "note"),
            CloseConversation c => Optional(c.Reason, Limits.ReasonLengthMax, "reason"),
            SnoozeConversation c => c.Until == default ? Invalid("A snooze has an end.") : null,
            LeaveMessage c => Form(c.Form),
            HearBlock c => Id(c.Who.Id) ?? Optional(c.Reason, Limits.ReasonLengthMax, "reason"),
            TagConversation c => Tags(c.Add, c.Remove),
            RateConversation c => c.Score is < 1 or > 5
                ? Invalid("A score is 1 to 5.")
                : Optional(c.Comment, Limits.TextLengthMax, "comment"),
            ReleaseConversation c => Id(c.AgentId) ?? Id(c.ReservationId),
            RefuseReservation c => Id(c.AgentId) ?? Id(c.ReservationId),
            _ => null,
        };

    /// <summary>Why a text can't be a message.</summary>
    public static Refusal? Text(string text) =>
        string.IsNullOrWhiteSpace(text) ? Invalid("The text is blank.") : Short(text, Limits.TextLengthMax, "text");

    /// <summary>Why a string can't be a client's id.</summary>
    public static Refusal? Id(string? id) =>
        string.IsNullOrEmpty(id) || id.Length > Limits.IdLengthMax || !IsWellFormed(id)
            ? Invalid($"An id has 1 to {Limits.IdLengthMax} characters.")
            : null;

    /// <summary>Why a string can't be a locale.</summary>
    public static Refusal? Locale(string locale) =>
        locale.Length > LocaleLengthMax || !IsWellFormed(locale) ? Invalid("The locale is malformed.") : null;

    /// <summary>Why a form can't be stored.</summary>
    public static Refusal? Form(ImmutableDictionary<string, string> form) =>
        form.Count > Limits.FormFieldsMax
        || form.Sum(field => (long)field.Key.Length + (field.Value?.Length ?? 0)) > FormLengthMax
            ? Invalid($"A form has {Limits.FormFieldsMax} fields and {FormLengthMax} characters at most.")
            : form.All(field => field.Value is not null && IsWellFormed(field.Key) && IsWellFormed(field.Value))
                ? null
                : Invalid("The form is malformed.");

    /// <summary>Hash of what a command says, without who and under which id: tells a retry from other content.
    /// </summary>
    public static byte[] ContentHash(ConversationCommand command)
    {
        Span<byte> hash = stackalloc byte[PartsHash.Length];
        PartsHash.Of(Parts(command), hash);
        return hash[..16].ToArray();
    }

    private static string?[] Parts(ConversationCommand command) => command switch
    {
        // Without files the parts are as they were before there were any: stored hashes stay true.
        PostMessage { Attachments: [_, ..] files } c =>
            ["post", c.Text, c.ReplyTo, "files", .. files.Select(file => file.Id)],
        PostMessage c => ["post", c.Text, c.ReplyTo],
        AddNote c => ["note", c.Text],
        EditMessage c => ["edit", $"{c.Sequence}", c.Text],
        RedactMessage c => ["redact", $"{c.Sequence}"],
        AcceptConversation => ["accept"],
        DeclineConversation => ["decline"],
        TransferConversation c => ["transfer", c.ToQueue, c.ToAgent, c.Note],
        CloseConversation c => ["close", c.Reason],
        ReopenConversation => ["reopen"],
        SnoozeConversation c => ["snooze", $"{c.Until.UtcTicks}"],
        LeaveMessage c => ["leave", .. c.Form.OrderBy(field => field.Key, StringComparer.Ordinal)
            .SelectMany(field => (string[])[field.Key, field.Value])],
        HearBlock c => ["block", $"{c.Blocked}", $"{c.VisitorVersion}"],
        TagConversation c => ["tag", .. c.Add, null, .. c.Remove],
        RateConversation c => ["rate", $"{c.Score}", c.Comment],
        ReleaseConversation c => ["release", c.AgentId, c.ReservationId],
        StartConversation c => ["start", c.SiteId],
        AssignConversation c => ["assign", c.ReservationId, c.Agent.Id],
        RefuseReservation c => ["refuse", c.AgentId, c.ReservationId],
        CheckConversationDeadlines => ["check"],
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType(), "No content hash."),
    };

    /// <summary>Why these can't be the files of a message.</summary>
    private static Refusal? Files(ImmutableArray<Attachment>? files)
    {
        if (files is not { IsDefaultOrEmpty: false } given)
            return null;
        if (given.Length > Limits.AttachmentsMax)
            return Invalid($"A message has {Limits.AttachmentsMax} files at most.");
        return given.Select(file => Id(file.Id) ?? Short(file.Name, Limits.FileNameLengthMax, "file name")
            ?? Short(file.Type, Limits.NameLengthMax, "type")).FirstOrDefault(wrong => wrong is not null);
    }

    /// <summary>Why these can't be tags to add and to take away.</summary>
    private static Refusal? Tags(ImmutableArray<string> add, ImmutableArray<string> remove)
    {
        if (add.IsDefault || remove.IsDefault || add.Length + remove.Length is 0 or > 2 * Limits.TagsMax)
            return Invalid($"A change has 1 to {2 * Limits.TagsMax} tags.");
        if (add.Intersect(remove).Any())
            return Invalid("A tag is added or taken away, not both.");
        return add.Concat(remove).Select(Tag).FirstOrDefault(refusal => refusal is not null);
    }

    /// <summary>Why a string can't be a tag: it is shown as it is and kept one a line.</summary>
    public static Refusal? Tag(string? tag) =>
        string.IsNullOrWhiteSpace(tag) || tag != tag.Trim() || tag.Any(char.IsControl)
            ? Invalid("A tag is not blank and has no blanks around it and no control characters.")
            : Short(tag, Limits.TagLengthMax, "tag");

    private static Refusal? At(long sequence) => sequence < 1 ? Invalid("A sequence is 1 or more.") : null;

    private static Refusal? Required(string? id) => id is null ? Invalid("An id is required.") : null;

    private static Refusal? Optional(string? text, int lengthMax, string what) =>
        text is null ? null : Short(text, lengthMax, what);

    private static Refusal? Short(string text, int lengthMax, string what) =>
        text.Length > lengthMax ? new Refusal(RefusalCode.TooLong, $"The {what} has over {lengthMax} characters.")
        : IsWellFormed(text) ? null
        : Invalid($"The {what} holds half a character or a NUL.");

    private static Refusal Invalid(string message) => new(RefusalCode.Invalid, message);

    /// <summary>No NUL, which databases can't store in text, and no half of a surrogate pair.</summary>
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0')
                return false;
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}
