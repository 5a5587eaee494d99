using System.Collections.Immutable;

namespace CustomerService.Storage.Catalogue;

/// <summary>How the widget looks on a site's pages.</summary>
public sealed record SiteLook
{
    /// <summary>Accent colour, <c>#rrggbb</c>; dark enough for white text on it (a contrast of 4.5 or more).</summary>
    public string Color { get; init; } = "#0b6e5b";

    /// <summary><c>right</c> or <c>left</c>: the corner of the button.</summary>
    public string Position { get; init; } = "right";

    /// <summary>Languages offered, of <c>zh-CN</c> and <c>en</c>; with one, nobody is asked.</summary>
    public ImmutableArray<string> Languages { get; init; } = ["zh-CN", "en"];
}

/// <summary>When a site's service is open. Times are in the time zone, whatever the daylight saving.</summary>
public sealed record OpeningHours
{
    /// <summary>IANA name, such as <c>Asia/Shanghai</c>.</summary>
    public string TimeZone { get; init; } = "Asia/Shanghai";

    /// <summary>Spans of the week, 50 at most; a day may have several.</summary>
    public ImmutableArray<OpenSpan> Week { get; init; } = [];

    /// <summary>Days closed, as <c>2026-10-01</c>, 200 at most.</summary>
    public ImmutableArray<string> Holidays { get; init; } = [];
}

/// <summary>One span of opening hours.</summary>
/// <param name="Day">0 is Sunday, 6 is Saturday.</param>
/// <param name="From">Such as <c>09:00</c>.</param>
/// <param name="To">Such as <c>18:00</c>, later than <paramref name="From"/>; <c>24:00</c> is the end of the day.</param>
public sealed record OpenSpan(int Day, string From, string To);

/// <summary>A question of the form before the first message.</summary>
/// <param name="Key">1 to 40 characters of a-z, 0-9, hyphen and underscore; <c>name</c> becomes the visitor's name.</param>
/// <param name="Type"><c>text</c>, <c>email</c>, <c>phone</c>, <c>choice</c> or <c>paragraph</c>.</param>
/// <param name="Required">Whether it must be answered.</param>
/// <param name="Label">The question, by locale.</param>
/// <param name="Options">Of a choice, 20 at most.</param>
public sealed record FormField(
    string Key, string Type, bool Required, ImmutableDictionary<string, string> Label, ImmutableArray<string> Options)
{
    /// <summary>Of a choice, 20 at most; empty where none were given.</summary>
    public ImmutableArray<string> Options { get; init; } = Options.IsDefault ? [] : Options;
}

/// <summary>Something that agents write down of a site's customers.</summary>
/// <param name="Key">1 to 40 characters of a-z, 0-9, hyphen and underscore.</param>
/// <param name="Kind"><c>text</c>, <c>number</c> or <c>choice</c>.</param>
/// <param name="Label">Its name, by locale.</param>
/// <param name="Options">Of a choice, 2 to 20.</param>
/// <param name="Min">Of a number: the smallest.</param>
/// <param name="Max">Of a number: the largest; of a text: its length, 500 at most.</param>
public sealed record CustomerField(
    string Key, string Kind, ImmutableDictionary<string, string> Label, ImmutableArray<string> Options,
    decimal? Min = null, decimal? Max = null)
{
    /// <summary>Of a choice, 2 to 20; empty where none were given.</summary>
    public ImmutableArray<string> Options { get; init; } = Options.IsDefault ? [] : Options;
}

/// <summary>A bubble that speaks to a visitor who has read for a while.</summary>
/// <param name="Page">Path of the pages, <c>*</c> for anything: <c>/checkout*</c>.</param>
/// <param name="AfterSeconds">Seconds on the page, 1 to 3,600.</param>
/// <param name="Text">What it says, by locale.</param>
public sealed record Invitation(string Page, int AfterSeconds, ImmutableDictionary<string, string> Text);

/// <summary>What is kept of the secret that a site signs its visitors' identities with. Never leaves the server.</summary>
public sealed record SiteIdentity
{
    /// <summary>The secret, encrypted by the front.</summary>
    public required string Sealed { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset RolledAt { get; init; }

    /// <summary>The one before, encrypted; it counts until <see cref="PreviousUntil"/>.</summary>
    public string? PreviousSealed { get; init; }

    /// <summary>Until when the one before counts.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }
}
