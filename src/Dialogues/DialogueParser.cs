using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CustomerService.Dialogues;

/// <summary>
/// Reads one dialogue file and refuses whatever it does not fully understand: a misspelt member that is silently
/// ignored would be a rating that never plays.
/// </summary>
public static class DialogueParser
{
    /// <summary>Fewest messages of a dialogue, in turns that are not notes.</summary>
    public const int TurnsMin = 8;

    /// <summary>Most turns of a dialogue, notes included: bounds what one file may make a player do.</summary>
    public const int TurnsMax = 200;

    /// <summary>Longest text of a turn or a transfer's note, in UTF-16 units: the protocol's limit.</summary>
    public const int TextLengthMax = 4_000;

    /// <summary>Longest name, id and industry, in UTF-16 units.</summary>
    public const int NameLengthMax = 64;

    /// <summary>Longest subject, in UTF-16 units.</summary>
    public const int SubjectLengthMax = 200;

    /// <summary>Longest comment of a rating, in UTF-16 units.</summary>
    public const int CommentLengthMax = 1_000;

    /// <summary>Longest pause before a turn, in seconds.</summary>
    public const int ThinkSecondsMax = 600;

    /// <summary>The locales that exist; each is a folder under <c>data</c>.</summary>
    public static ImmutableArray<string> Locales { get; } = ["en", "zh-CN"];

    /// <summary>The queue ids that a dialogue may name.</summary>
    public static ImmutableArray<string> Queues { get; } = ["default", "sales", "billing", "technical"];

    // Strict: unknown and repeated members, missing ones and nulls where none may be are all refused.
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters =
        {
            new JsonStringEnumConverter<DialogueTurnBy>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
        },
    };

    /// <summary>Reads and checks one dialogue.</summary>
    /// <param name="file">Its name with the folder, as <c>en/some-id.json</c>: used in the error, and checked.</param>
    /// <param name="json">The file's content, UTF-8.</param>
    /// <exception cref="DialogueFormatException">The file breaks a rule; the message names both.</exception>
    public static Dialogue Parse(string file, ReadOnlySpan<byte> json)
    {
        Dialogue dialogue;
        try
        {
            dialogue = JsonSerializer.Deserialize<Dialogue>(json, s_options)
                ?? throw new DialogueFormatException(file, "is null.");
        }
        catch (JsonException unreadable)
        {
            throw new DialogueFormatException(file, unreadable.Message, unreadable);
        }

        return Fault(file, dialogue) is { } fault ? throw new DialogueFormatException(file, fault) : dialogue;
    }

    private static string? Fault(string file, Dialogue d)
    {
        var expected = $"{d.Locale}/{d.Id}.json";
        return LengthFault("id", d.Id, NameLengthMax)
            ?? (Locales.Contains(d.Locale) ? null : $"locale '{d.Locale}' is not one of {string.Join(", ", Locales)}.")
            ?? (file == expected ? null : $"locale and id belong in a file '{expected}'.")
            ?? LengthFault("industry", d.Industry, NameLengthMax)
            ?? LengthFault("subject", d.Subject, SubjectLengthMax)
            ?? QueueFault("queue", d.Queue)
            ?? LengthFault("visitor.name", d.Visitor.Name, NameLengthMax)
            ?? LengthFault("agent.name", d.Agent.Name, NameLengthMax)
            ?? TurnsFault(d.Turns)
            ?? TransferFault(d)
            ?? RatingFault(d.Rating);
    }

    private static string? TurnsFault(ImmutableArray<DialogueTurn> turns)
    {
        if (turns.Length > TurnsMax)
            return $"has {turns.Length} turns; at most {TurnsMax} are allowed.";
        for (var i = 0; i < turns.Length; i++)
        {
            if (turns[i] is not { } turn)
                return $"turns[{i}] is null.";
            if (LengthFault($"turns[{i}].text", turn.Text, TextLengthMax) is { } fault)
                return fault;
            if (turn.ThinkSeconds is < 0 or > ThinkSecondsMax)
                return $"turns[{i}].thinkSeconds is {turn.ThinkSeconds}; 0 to {ThinkSecondsMax} is allowed.";
        }

        var messages = turns.Count(turn => turn.By != DialogueTurnBy.Note);
        if (messages < TurnsMin)
            return $"has {messages} turns that are not notes; at least {TurnsMin} are needed.";
        return turns[0].By == DialogueTurnBy.Visitor ? null : "turns[0] is not the visitor's: a visitor begins.";
    }

    private static string? TransferFault(Dialogue d) => d.Transfer switch
    {
        null => null,
        { AfterTurn: var after } when after < 1 || after >= d.Turns.Length =>
            $"transfer.afterTurn is {after}; 1 to {d.Turns.Length - 1} is allowed.",
        { ToQueue: var queue } when queue == d.Queue => $"transfer.toQueue '{queue}' is where the dialogue already is.",
        var transfer => QueueFault("transfer.toQueue", transfer.ToQueue)
            ?? LengthFault("transfer.note", transfer.Note, TextLengthMax),
    };

    private static string? RatingFault(DialogueRating? rating) => rating switch
    {
        null => null,
        { Score: < 1 or > 5 } => $"rating.score is {rating.Score}; 1 to 5 is allowed.",
        { Comment: { } comment } => LengthFault("rating.comment", comment, CommentLengthMax),
        _ => null,
    };

    private static string? QueueFault(string member, string queue) =>
        Queues.Contains(queue) ? null : $"{member} '{queue}' is not one of {string.Join(", ", Queues)}.";

    private static string? LengthFault(string member, string text, int lengthMax) =>
        string.IsNullOrWhiteSpace(text) ? $"{member} is blank."
        : text.Length > lengthMax ? $"{member} has {text.Length} UTF-16 units; at most {lengthMax} are allowed."
        : null;
}

/// <summary>A dialogue file breaks a rule of the format. It is a fault of the data: nothing can be retried.</summary>
public sealed class DialogueFormatException : Exception
{
    /// <summary>Names the file and what is wrong with it.</summary>
    public DialogueFormatException(string file, string fault, Exception? inner = null)
        : base($"Dialogue file '{file}': {fault}", inner) => File = file;

    /// <summary>The file, with its folder.</summary>
    public string File { get; }
}
