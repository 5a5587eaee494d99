using System.Collections.Immutable;
using System.Globalization;
using CustomerService.Storage.Catalogue;
using CustomerService.WebFront.Files;

namespace CustomerService.WebFront.Endpoints;

/// <summary>What may be set for a site, and whether it is open. Pure.</summary>
public static class SiteRules
{
    private const int TextLengthMax = 1_000;
    private const int LocalesMax = 50;
    private const double ContrastMin = 4.5;

    private static readonly string[] s_languages = ["zh-CN", "en"];
    private static readonly string[] s_types = ["text", "email", "phone", "choice", "paragraph"];

    /// <summary>Why these settings can't be; null where they can.</summary>
    public static Refusal? Check(SiteSettings site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return Look(site.Look) ?? (site.Hours is { } hours ? Hours(hours) : null)
            ?? (site.Closed is "message" or "hide" ? null : Invalid("closed is message or hide."))
            ?? Texts(site.ClosedText, "closedText") ?? Texts(site.Consent, "consent")
            ?? Form(site.Form) ?? Customers(site.CustomerFields) ?? Invitations(site.Invitations) ?? Files(site.Files);
    }

    /// <summary>Whether the hours say that it is open; without hours it always is.</summary>
    public static bool IsOpen(OpeningHours? hours, DateTimeOffset at)
    {
        if (hours is null || !TimeZoneInfo.TryFindSystemTimeZoneById(hours.TimeZone, out var zone))
            return true;
        var local = TimeZoneInfo.ConvertTime(at, zone);
        if (hours.Holidays.Contains(local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)))
            return false;
        var minute = (local.Hour * 60) + local.Minute;
        return hours.Week.Any(span => span.Day == (int)local.DayOfWeek
            && Minute(span.From) <= minute && minute < Minute(span.To));
    }

    private static Refusal? Look(SiteLook look) =>
        look.Color is not ['#', .. { Length: 6 } digits] || !digits.All(char.IsAsciiHexDigit) ? Invalid("color is like #0b6e5b.")
        : Contrast(look.Color) < ContrastMin ? Invalid("color is too light for white text on it.")
        : look.Position is not ("left" or "right") ? Invalid("position is left or right.")
        : look.Languages.IsDefaultOrEmpty || look.Languages.Distinct().Count() != look.Languages.Length
            || !look.Languages.All(s_languages.Contains) ? Invalid("languages are zh-CN, en or both.")
        : null;

    private static Refusal? Hours(OpeningHours hours)
    {
        if (hours.TimeZone is null || !TimeZoneInfo.TryFindSystemTimeZoneById(hours.TimeZone, out _))
            return Invalid("timeZone is an IANA name such as Asia/Shanghai.");
        if (hours.Week.IsDefault || hours.Week.Length > 50 || !hours.Week.All(
            span => span is { Day: >= 0 and <= 6 } && Minute(span.From) >= 0 && Minute(span.To) > Minute(span.From)))
        {
            return Invalid("week is 50 spans at most, each with a day from 0 to 6 and to later than from.");
        }
        return !hours.Holidays.IsDefault && hours.Holidays.Length <= 200 && hours.Holidays.All(
            day => DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            ? null
            : Invalid("holidays are 200 at most, each like 2026-10-01.");
    }

    private static Refusal? Form(ImmutableArray<FormField> form)
    {
        if (form.IsDefault || form.Length > 20 || form.Contains(null!)
            || form.Select(field => field.Key).Distinct().Count() != form.Length)
        {
            return Invalid("form has 20 fields at most, each with a key of its own.");
        }
        foreach (var field in form)
        {
            if (!IsKey(field.Key))
                return Invalid("A field's key is 1 to 40 characters of a-z, 0-9, hyphen and underscore.");
            if (!s_types.Contains(field.Type))
                return Invalid($"A field's type is one of {string.Join(", ", s_types)}.");
            if (Texts(field.Label, "label") is { } wrong)
                return wrong;
            var options = field.Options;
            if (options.Length > 20 || options.Any(o => string.IsNullOrWhiteSpace(o) || o.Length > Limits.NameLengthMax)
                || (field.Type == "choice" && options.Length < 2))
            {
                return Invalid("A choice has 2 to 20 options of 100 characters at most.");
            }
        }
        return null;
    }

    private static Refusal? Customers(ImmutableArray<CustomerField> fields)
    {
        if (fields.IsDefault || fields.Length > Limits.CustomerFieldsMax || fields.Contains(null!)
            || fields.Select(field => field.Key).Distinct().Count() != fields.Length)
        {
            return Invalid($"There are {Limits.CustomerFieldsMax} customer fields at most, each with a key of its own.");
        }
        foreach (var field in fields)
        {
            if (!IsKey(field.Key) || field.Kind is not ("text" or "number" or "choice"))
                return Invalid("A customer field has a key of 1 to 40 characters and is text, number or choice.");
            if (Texts(field.Label, "label") is { } wrong)
                return wrong;
            var options = field.Options;
            if (field.Kind == "choice" && (options.Length is < 2 or > 20
                || options.Any(o => string.IsNullOrWhiteSpace(o) || o.Length > Limits.NameLengthMax)))
            {
                return Invalid("A choice has 2 to 20 options of 100 characters at most.");
            }
            if (field.Min > field.Max || (field.Kind == "text" && field.Max is < 1 or > Limits.CustomerValueLengthMax))
                return Invalid("A customer field's bounds are the smaller one first, and a text has 500 characters at most.");
        }
        return null;
    }

    private static Refusal? Invitations(ImmutableArray<Invitation> invitations)
    {
        if (invitations.IsDefault || invitations.Length > 20)
            return Invalid("There are 20 invitations at most.");
        foreach (var invitation in invitations)
        {
            if (invitation?.Page is not { Length: > 0 and <= 200 } || invitation.AfterSeconds is < 1 or > 3_600)
                return Invalid("An invitation has a page of 200 characters at most and 1 to 3,600 seconds.");
            if (Texts(invitation.Text, "text") is { } wrong)
                return wrong;
        }
        return null;
    }

    private static Refusal? Files(FileRules files) =>
        files.BytesMax is < 1_024 or > 25 << 20 ? Invalid("files.bytesMax is 1 KiB to 25 MiB.")
        : !files.Types.IsDefault && files.Types.All(type => FileTypes.Known.Any(known => known.Type == type)) ? null
        : Invalid("files.types are media types that the server knows.");

    private static Refusal? Texts(ImmutableDictionary<string, string>? texts, string name) =>
        texts is null || texts.Count > LocalesMax || texts.Any(text => text.Key.Length is 0 or > 35 || text.Value is null)
            ? Invalid($"{name} is a text for each locale.")
            : texts.Values.Any(text => text.Length > TextLengthMax)
                ? new Refusal(RefusalCode.TooLong, $"{name} has at most {TextLengthMax} UTF-16 units.")
                : null;

    private static int Minute(string? time) =>
        time == "24:00" ? 1_440
        : TimeOnly.TryParseExact(time, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? (at.Hour * 60) + at.Minute : -1;

    /// <summary>Of white on it, by WCAG's formula.</summary>
    private static double Contrast(string color)
    {
        double Channel(int at)
        {
            var value = int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255d;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
        return 1.05 / ((0.2126 * Channel(1)) + (0.7152 * Channel(3)) + (0.0722 * Channel(5)) + 0.05);
    }

    private static Refusal Invalid(string message) => new(RefusalCode.Invalid, message);

    private static bool IsKey(string? key) =>
        key is { Length: > 0 and <= 40 }
        && key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
