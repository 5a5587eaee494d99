using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using CustomerService.Agents;
using CustomerService.Visitors;
using CustomerService.WebFront.Files;
using ProtocolLimits = CustomerService.Limits;

namespace CustomerService.WebFront.Hubs;

/// <summary>The argument of a hub method, as it came. Nothing in it is required here: <see cref="Check"/> says what is
/// wrong with it in the protocol's words.</summary>
public abstract record HubCall
{
    /// <summary>It was not of this shape at all.</summary>
    [JsonIgnore]
    public bool IsMalformed { get; init; }

    /// <summary>Whether a second try of the same call has no second effect: it names an id, or changes nothing that could
    /// be done twice.</summary>
    [JsonIgnore]
    public virtual bool MayBeRepeated => true;

    /// <summary>Null where the shape is right.</summary>
    public abstract Refusal? Check();

    private protected static Refusal? CheckId(string? id, string name) => IsId(id)
        ? null
        : new Refusal(RefusalCode.Invalid, $"{name} has to be 1 to 64 characters.");

    private protected static Refusal? CheckOptionalId(string? id, string name) => id is null ? null : CheckId(id, name);

    private protected static Refusal? CheckText(string? text, string name, int lengthMax, bool isRequired) => text switch
    {
        null when isRequired => new Refusal(RefusalCode.Invalid, $"{name} is missing."),
        null => null,
        _ when text.Length > lengthMax => new Refusal(RefusalCode.TooLong, $"{name} is over {lengthMax} characters."),
        // No database stores it in a text.
        _ when text.Contains('\0') => new Refusal(RefusalCode.Invalid, $"{name} holds a null character."),
        _ => null,
    };

    /// <summary>A message with files may go without a text.</summary>
    private protected static bool HasFiles(ImmutableArray<string>? ids) => ids is { IsDefaultOrEmpty: false };

    private protected static Refusal? CheckFiles(ImmutableArray<string>? ids)
    {
        if (ids is not { IsDefaultOrEmpty: false } given)
            return null;
        if (given.Length > ProtocolLimits.AttachmentsMax)
            return new Refusal(RefusalCode.Invalid, $"A message has {ProtocolLimits.AttachmentsMax} files at most.");
        if (given.Distinct().Count() != given.Length)
            return new Refusal(RefusalCode.Invalid, "A file is named twice.");
        return given.Select(id => CheckId(id, "attachmentIds")).FirstOrDefault(wrong => wrong is not null);
    }

    private protected static Refusal? CheckForm(ImmutableDictionary<string, string>? form)
    {
        if (form is null)
            return null;
        if (form.Count > ProtocolLimits.FormFieldsMax)
            return new Refusal(RefusalCode.Invalid, $"A form has {ProtocolLimits.FormFieldsMax} fields at most.");
        foreach (var (name, value) in form)
        {
            var wrong = name.Length == 0
                ? new Refusal(RefusalCode.Invalid, "A field of the form has no name.")
                : CheckText(name, "A field's name", ProtocolLimits.NameLengthMax, isRequired: true)
                    ?? CheckText(value, "A field of the form", ProtocolLimits.TextLengthMax, isRequired: true);
            if (wrong is not null)
                return wrong;
        }
        return null;
    }

    private static bool IsId(string? id)
    {
        if (id is not { Length: >= 1 and <= ProtocolLimits.IdLengthMax })
            return false;
        foreach (var c in id)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
                return false;
        }
        return true;
    }
}

/// <summary>Names a conversation, and what is to happen to it once at most.</summary>
public record ConversationCall : HubCall
{
    public string? ConversationId { get; init; }

    public string? CommandId { get; init; }

    public override bool MayBeRepeated => CommandId is not null;

    public override Refusal? Check() =>
        CheckId(ConversationId, "conversationId") ?? CheckOptionalId(CommandId, "commandId");
}

/// <summary><c>StartConversation</c>.</summary>
public sealed record StartCall : HubCall
{
    public string? ClientId { get; init; }

    public ImmutableDictionary<string, string>? Form { get; init; }

    public FirstMessage? Message { get; init; }

    /// <summary>The queue chosen, of those that the site offers.</summary>
    public string? QueueId { get; init; }

    public override Refusal? Check() => CheckId(ClientId, "clientId")
        ?? CheckOptionalId(QueueId, "queueId") ?? CheckForm(Form) ?? CheckMessage();

    private Refusal? CheckMessage() => Message is null
        ? null
        : CheckId(Message.ClientMessageId, "clientMessageId")
            ?? CheckFiles(Message.AttachmentIds)
            ?? CheckText(
                Message.Text, "text", ProtocolLimits.TextLengthMax, isRequired: !HasFiles(Message.AttachmentIds));
}

/// <summary>The message that comes with <c>StartConversation</c>.</summary>
public sealed record FirstMessage(
    string? ClientMessageId, string? Text, ImmutableArray<string>? AttachmentIds = null);

/// <summary><c>SendMessage</c>.</summary>
public sealed record SendCall : HubCall
{
    public string? ConversationId { get; init; }

    public string? ClientMessageId { get; init; }

    public string? Text { get; init; }

    public ImmutableArray<string>? AttachmentIds { get; init; }

    public string? ReplyTo { get; init; }

    public override Refusal? Check() => CheckId(ConversationId, "conversationId")
        ?? CheckId(ClientMessageId, "clientMessageId")
        ?? CheckOptionalId(ReplyTo, "replyTo")
        ?? CheckFiles(AttachmentIds)
        ?? CheckText(Text, "text", ProtocolLimits.TextLengthMax, isRequired: !HasFiles(AttachmentIds));
}

/// <summary><c>AddNote</c>.</summary>
public sealed record NoteCall : HubCall
{
    public string? ConversationId { get; init; }

    public string? ClientMessageId { get; init; }

    public string? Text { get; init; }

    public override Refusal? Check() => CheckId(ConversationId, "conversationId")
        ?? CheckId(ClientMessageId, "clientMessageId")
        ?? CheckText(Text, "text", ProtocolLimits.TextLengthMax, isRequired: true);
}

/// <summary><c>Resume</c> and <c>Subscribe</c>.</summary>
public sealed record ResumeCall : HubCall
{
    public string? ConversationId { get; init; }

    public long After { get; init; }

    public override Refusal? Check() => CheckId(ConversationId, "conversationId")
        ?? (After < 0 ? new Refusal(RefusalCode.Invalid, "after has to be 0 or more.") : null);
}

/// <summary><c>MarkDelivered</c>: of the same shape as <c>MarkRead</c>.</summary>
public sealed record MarkDeliveredCall : MarkCall;

/// <summary><c>MarkRead</c>.</summary>
public sealed record MarkReadCall : MarkCall;

/// <summary>Up to where something holds.</summary>
public abstract record MarkCall : HubCall
{
    public string? ConversationId { get; init; }

    public long? UpTo { get; init; }

    public override Refusal? Check() => CheckId(ConversationId, "conversationId")
        ?? (UpTo is null or < 0 ? new Refusal(RefusalCode.Invalid, "upTo has to be 0 or more.") : null);
}

/// <summary><c>Typing</c>.</summary>
public sealed record TypingCall : HubCall
{
    public string? ConversationId { get; init; }

    public string? Text { get; init; }

    public override Refusal? Check() => CheckId(ConversationId, "conversationId")
        ?? CheckText(Text, "text", ProtocolLimits.TextLengthMax, isRequired: false);
}

/// <summary><c>Rate</c>.</summary>
public sealed record RateCall : ConversationCall
{
    public int? Score { get; init; }

    public string? Comment { get; init; }

    public override Refusal? Check() => base.Check()
        ?? (Score is >= 1 and <= 5 ? null : new Refusal(RefusalCode.Invalid, "score has to be 1 to 5."))
        ?? CheckText(Comment, "comment", ProtocolLimits.TextLengthMax, isRequired: false);
}

/// <summary><c>LeaveMessage</c>.</summary>
public sealed record LeaveCall : ConversationCall
{
    public ImmutableDictionary<string, string>? Form { get; init; }

    public override Refusal? Check() => base.Check() ?? CheckForm(Form);
}

/// <summary><c>SetStatus</c>.</summary>
public sealed record StatusCall : HubCall
{
    public AgentStatus? Status { get; init; }

    public string? CommandId { get; init; }

    /// <summary>Why: the id of one of the reasons set up, for busy and away.</summary>
    public string? Reason { get; init; }

    /// <summary>Its place among those that this front received; null before it was given one.</summary>
    internal StatusWish? Wish { get; set; }

    public override Refusal? Check() => Status is null
        ? new Refusal(RefusalCode.Invalid, "status has to be online, busy, away or offline.")
        : CheckOptionalId(CommandId, "commandId") ?? CheckOptionalId(Reason, "reason");
}

/// <summary><c>WatchLists</c>.</summary>
public sealed record WatchListsCall : HubCall
{
    public bool? On { get; init; }

    public override Refusal? Check() =>
        On is null ? new Refusal(RefusalCode.Invalid, "on has to be true or false.") : null;
}

/// <summary><c>Transfer</c>.</summary>
public sealed record TransferCall : ConversationCall
{
    public string? ToQueue { get; init; }

    public string? ToAgent { get; init; }

    public string? Note { get; init; }

    public override Refusal? Check() => base.Check()
        ?? (ToQueue is null == ToAgent is null
            ? new Refusal(RefusalCode.Invalid, "Exactly one of toQueue and toAgent is needed.")
            : null)
        ?? CheckOptionalId(ToQueue, "toQueue")
        ?? CheckOptionalId(ToAgent, "toAgent")
        ?? CheckText(Note, "note", ProtocolLimits.TextLengthMax, isRequired: false);
}

/// <summary><c>Close</c>.</summary>
public sealed record CloseCall : ConversationCall
{
    public string? Reason { get; init; }

    public override Refusal? Check() => base.Check()
        ?? CheckText(Reason, "reason", ProtocolLimits.ReasonLengthMax, isRequired: false);
}

/// <summary><c>Snooze</c>.</summary>
public sealed record SnoozeCall : ConversationCall
{
    public DateTimeOffset? Until { get; init; }

    public override Refusal? Check() => base.Check()
        ?? (Until is null ? new Refusal(RefusalCode.Invalid, "until is missing.") : null);
}

/// <summary><c>RedactMessage</c>: names a message or note.</summary>
public record MessageCall : ConversationCall
{
    public long? Sequence { get; init; }

    public override Refusal? Check() => base.Check()
        ?? (Sequence is >= 1 ? null : new Refusal(RefusalCode.Invalid, "sequence has to be 1 or more."));
}

/// <summary><c>EditMessage</c>.</summary>
public sealed record EditCall : MessageCall
{
    public string? Text { get; init; }

    public override Refusal? Check() =>
        base.Check() ?? CheckText(Text, "text", ProtocolLimits.TextLengthMax, isRequired: true);
}

/// <summary><c>BlockVisitor</c>.</summary>
public sealed record BlockCall : ConversationCall
{
    public bool? Blocked { get; init; }

    public string? Reason { get; init; }

    public override Refusal? Check() => base.Check()
        ?? (Blocked is null ? new Refusal(RefusalCode.Invalid, "blocked is missing.") : null)
        ?? CheckText(Reason, "reason", ProtocolLimits.ReasonLengthMax, isRequired: false);
}

/// <summary><c>SetVisitorFields</c>.</summary>
public sealed record FieldsCall : ConversationCall
{
    public long? Revision { get; init; }

    public ImmutableDictionary<string, string>? Values { get; init; }

    public override Refusal? Check() => base.Check()
        ?? (Revision is >= 0 ? null : new Refusal(RefusalCode.Invalid, "revision is 0 or more."))
        ?? (Values is { Count: >= 1 and <= ProtocolLimits.CustomerFieldsMax }
            ? null
            : new Refusal(RefusalCode.Invalid, $"values are 1 to {ProtocolLimits.CustomerFieldsMax}."))
        ?? Values!.Select(pair => pair.Value is null
            ? new Refusal(RefusalCode.Invalid, "A value is a text.")
            : CheckText(pair.Value, "value", ProtocolLimits.CustomerValueLengthMax, isRequired: false))
            .FirstOrDefault(wrong => wrong is not null);
}

/// <summary><c>Viewing</c>.</summary>
public sealed record ViewingCall : ConversationCall
{
    public bool? Viewing { get; init; }

    public override Refusal? Check() =>
        base.Check() ?? (Viewing is null ? new Refusal(RefusalCode.Invalid, "viewing is missing.") : null);
}

/// <summary><c>PageViewed</c>.</summary>
public sealed record PageCall : HubCall
{
    /// <summary>Longest address taken: what browsers manage is longer, what is shown is shorter.</summary>
    private const int UrlLengthMax = 2_000;

    public string? Url { get; init; }

    public string? Title { get; init; }

    public override Refusal? Check() =>
        CheckText(Url, "url", UrlLengthMax, isRequired: true) ?? CheckText(Title, "title", UrlLengthMax, isRequired: false)
        ?? (Page() is null ? new Refusal(RefusalCode.Invalid, "url is an http or https address.") : null);

    /// <summary>As it is kept: without query and fragment, which may hold secrets, and without what could mislead.</summary>
    public PageView? Page()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return null;
        var address = uri.GetLeftPart(UriPartial.Path);
        if (uri.UserInfo.Length > 0 || address.Length > ProtocolLimits.PageUrlLengthMax)
            return null;
        return new PageView(address, FileNames.Shown(Title ?? "", ProtocolLimits.PageTitleLengthMax), default);
    }
}

/// <summary><c>Tag</c>.</summary>
public sealed record TagCall : ConversationCall
{
    public ImmutableArray<string>? Add { get; init; }

    public ImmutableArray<string>? Remove { get; init; }

    public override Refusal? Check() => base.Check()
        ?? (Add is { IsDefault: true } || Remove is { IsDefault: true }
            ? new Refusal(RefusalCode.Invalid, "add and remove are lists.")
            : null);
}

/// <summary>Reads calls so that a wrong type inside becomes an answer instead of a failed binding.</summary>
internal sealed class HubCallConverter(JsonSerializerOptions inner) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeof(HubCall).IsAssignableFrom(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Lenient<>).MakeGenericType(typeToConvert), inner)!;

    private sealed class Lenient<TCall>(JsonSerializerOptions inner) : JsonConverter<TCall>
        where TCall : HubCall, new()
    {
        public override TCall Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            // A copy of the reader: where reading fails the argument is passed over whole from where it began.
            var ahead = reader;
            try
            {
                var call = JsonSerializer.Deserialize<TCall>(ref ahead, inner);
                reader = ahead;
                return call ?? new TCall { IsMalformed = true };
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
            {
                reader.Skip();
                return new TCall { IsMalformed = true };
            }
        }

        public override bool HandleNull => true;

        public override void Write(Utf8JsonWriter writer, TCall value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value, inner);
    }
}
