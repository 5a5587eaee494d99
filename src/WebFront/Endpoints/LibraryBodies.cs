using System.Text.Encodings.Web;
using System.Text.Json;

namespace CustomerService.WebFront.Endpoints;

/// <summary>What the library's items may hold, by kind. What is not listed here is not stored.</summary>
internal static class LibraryBodies
{
    private const int ShortcutLengthMax = 30;
    private const int LocalesMax = 10;
    private const int ActionsMax = 10;
    private const int FilterLengthMax = 2_000;

    private static readonly string[] s_actions =
        ["reply", "note", "addTag", "removeTag", "snoozeHours", "transferQueue", "close"];

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 8,
    };

    /// <summary>A canned reply: one text a locale, found by its shortcut.</summary>
    private sealed record Reply(string? Shortcut, string? Title, Dictionary<string, string?>? Texts);

    /// <summary>Several actions at once, done in order.</summary>
    private sealed record Macro(string? Title, MacroAction[]? Actions);

    private sealed record MacroAction(string? Type, string? Value);

    /// <summary>A list with its filter, which only the console reads.</summary>
    private sealed record View(string? Name, JsonElement? Filter);

    private sealed record Tag(string? Name);

    /// <summary>Why somebody is busy or away, by locale.</summary>
    private sealed record Reason(string? Status, Dictionary<string, string?>? Names);

    /// <summary>Whether there is such a kind.</summary>
    public static bool IsKind(string kind) => kind is "replies" or "macros" or "views" or "tags" or "reasons";

    /// <summary>The body as it is stored; null where it is refused.</summary>
    public static string? Read(string kind, JsonElement? body, out Refusal? refusal)
    {
        if (body is not { ValueKind: JsonValueKind.Object } given)
        {
            refusal = Invalid("body is missing.");
            return null;
        }
        try
        {
            object read = kind switch
            {
                "replies" => given.Deserialize<Reply>(s_json)!,
                "macros" => given.Deserialize<Macro>(s_json)!,
                "views" => given.Deserialize<View>(s_json)!,
                "reasons" => given.Deserialize<Reason>(s_json)!,
                _ => given.Deserialize<Tag>(s_json)!,
            };
            refusal = Check(read);
            return refusal is null ? JsonSerializer.Serialize(read, read.GetType(), s_json) : null;
        }
        catch (JsonException)
        {
            refusal = Invalid("body has another shape.");
            return null;
        }
    }

    private static Refusal? Check(object body) => body switch
    {
        Reply reply => Shortcut(reply.Shortcut) ?? Text(reply.Title, Limits.NameLengthMax, "title")
            ?? (reply.Texts is { Count: >= 1 and <= LocalesMax } texts
                ? texts.Select(text => Text(text.Key, 35, "locale") ?? Text(text.Value, Limits.TextLengthMax, "text"))
                    .FirstOrDefault(wrong => wrong is not null)
                : Invalid($"A reply has a text in 1 to {LocalesMax} languages.")),
        Macro macro => Text(macro.Title, Limits.NameLengthMax, "title")
            ?? (macro.Actions is { Length: >= 1 and <= ActionsMax } actions
                ? actions.Select(Action).FirstOrDefault(wrong => wrong is not null)
                : Invalid($"A macro has 1 to {ActionsMax} actions.")),
        View view => Text(view.Name, Limits.NameLengthMax, "name")
            ?? (view.Filter is { ValueKind: JsonValueKind.Object } filter
                && filter.GetRawText().Length <= FilterLengthMax
                    ? null
                    : Invalid($"filter is an object of {FilterLengthMax} characters at most.")),
        Reason reason => reason.Status is not ("busy" or "away")
            ? Invalid("status is busy or away.")
            : reason.Names is { Count: >= 1 and <= LocalesMax } names
                ? names.Select(name => Text(name.Key, 35, "locale") ?? Text(name.Value, Limits.TagLengthMax, "name"))
                    .FirstOrDefault(wrong => wrong is not null)
                : Invalid($"A reason has a name in 1 to {LocalesMax} languages."),
        Tag tag => Text(tag.Name, Limits.TagLengthMax, "name"),
        _ => throw new ArgumentOutOfRangeException(nameof(body), body.GetType(), "No such body."),
    };

    private static Refusal? Action(MacroAction? action) =>
        action is null || !s_actions.Contains(action.Type)
            ? Invalid($"An action is of {string.Join(", ", s_actions)}.")
            : action.Type == "close" && string.IsNullOrEmpty(action.Value)
                ? null
                : Text(action.Value, Limits.TextLengthMax, "value");

    private static Refusal? Shortcut(string? shortcut) =>
        Text(shortcut, ShortcutLengthMax, "shortcut")
        ?? (shortcut!.Any(c => char.IsWhiteSpace(c) || c == '/') ? Invalid("A shortcut has no blanks or slashes.") : null);

    private static Refusal? Text(string? text, int lengthMax, string what) =>
        string.IsNullOrWhiteSpace(text) ? Invalid($"{what} is missing.")
        : text.Length > lengthMax ? new Refusal(RefusalCode.TooLong, $"{what} has at most {lengthMax} UTF-16 units.")
        : text.Contains('\0') ? Invalid($"{what} holds a null character.")
        : null;

    private static Refusal Invalid(string message) => new(RefusalCode.Invalid, message);
}
