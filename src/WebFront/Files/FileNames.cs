using System.Globalization;
using System.Text;

namespace CustomerService.WebFront.Files;

/// <summary>Names of files as given by strangers, made harmless.</summary>
public static class FileNames
{
    private const string Nameless = "file";

    /// <summary>The last part of whatever path it is, in one normal form, without control, format and direction
    /// characters (a right-to-left override makes <c>gpj.exe</c> read as <c>exe.jpg</c>), without what systems give a
    /// meaning, 120 characters at most with its ending kept. Never empty.</summary>
    public static string Clean(string? given)
    {
        if (string.IsNullOrEmpty(given))
            return Nameless;
        var slash = given.LastIndexOfAny(['/', '\\']);
        var clean = new StringBuilder();
        foreach (var rune in given[(slash + 1)..].EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (Misleads(rune, category))
                continue;
            clean.Append(rune.IsAscii && "<>:\"|?*".Contains((char)rune.Value, StringComparison.Ordinal)
                ? "_" : category == UnicodeCategory.SpaceSeparator ? " " : rune.ToString());
        }
        var name = clean.ToString().Normalize(NormalizationForm.FormC).Trim(' ', '.');
        if (name.Length == 0)
            return Nameless;
        if (name.Length <= Limits.FileNameLengthMax)
            return name;
        var ending = Path.GetExtension(name) is { Length: <= 12 } known ? known : "";
        var length = Limits.FileNameLengthMax - ending.Length;
        if (char.IsHighSurrogate(name[length - 1]))
            length--;
        return name[..length] + ending;
    }

    /// <summary>A text of strangers that is shown on one line: without control, format and direction characters, cut to so
    /// many UTF-16 units.</summary>
    public static string Shown(string given, int lengthMax)
    {
        var clean = new StringBuilder();
        foreach (var rune in given.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > lengthMax)
                break;
            if (!Misleads(rune, Rune.GetUnicodeCategory(rune)))
                clean.Append(rune.ToString());
        }
        return clean.ToString().Trim();
    }

    private static bool Misleads(Rune rune, UnicodeCategory category) =>
        rune == Rune.ReplacementChar || category is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>The name with another ending.</summary>
    public static string WithEnding(string name, string ending) =>
        Clean(Path.GetFileNameWithoutExtension(name) is { Length: > 0 } stem ? stem + ending : Nameless + ending);
}
