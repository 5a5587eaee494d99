using System.Collections.Immutable;
using System.Text.Json;

namespace CustomerService.WebFront.Maintenance;

/// <summary>A time at which the installation will be out of reach for a while, told to people ahead.</summary>
/// <param name="StartsAt">When every front that runs then moves its clients away.</param>
/// <param name="Minutes">How long it is expected to take.</param>
/// <param name="Text">What people read, in each language of the product.</param>
public sealed record MaintenanceWindow(DateTimeOffset StartsAt, int Minutes, ImmutableDictionary<string, string> Text)
{
    /// <summary>Visitors are told of it that long before; agents at once.</summary>
    public static readonly TimeSpan VisitorsAhead = TimeSpan.FromHours(24);

    /// <summary>From then on fronts serve again, whatever became of it.</summary>
    public DateTimeOffset EndsAt => StartsAt.AddMinutes(Minutes);

    /// <summary>Whether it is over.</summary>
    public bool IsOver(DateTimeOffset now) => now >= EndsAt;

    /// <summary>Whether a front has to move its clients away: those that came up since it began are what people move to.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="upSince">When the front started.</param>
    public bool Moves(DateTimeOffset now, DateTimeOffset upSince) => now >= StartsAt && !IsOver(now) && upSince < StartsAt;

    /// <summary>Whether that person is told of it now.</summary>
    public bool IsTold(bool toVisitor, DateTimeOffset now) =>
        !IsOver(now) && (!toVisitor || now >= StartsAt - VisitorsAhead);

    /// <summary>As it is stored.</summary>
    public string Stored() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>From what is stored; null where nothing is, or what only another version understands.</summary>
    public static MaintenanceWindow? Read(string? stored)
    {
        try
        {
            return stored is null ? null
                : JsonSerializer.Deserialize<MaintenanceWindow>(stored, JsonSerializerOptions.Web) is { Text: not null } window ? window
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What an administrator asks for.</summary>
public sealed record MaintenanceRequest(DateTimeOffset? StartsAt, int? Minutes, IReadOnlyDictionary<string, string?>? Text);

/// <summary>Which windows there can be. Pure.</summary>
public static class MaintenanceRules
{
    /// <summary>UTF-16 units of a text at most.</summary>
    public const int TextLengthMax = 300;

    /// <summary>A day at most.</summary>
    public const int MinutesMax = 24 * 60;

    /// <summary>It is announced that long ahead at most.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromDays(60);

    private static readonly string[] s_languages = ["zh-CN", "en"];

    /// <summary>The window, or why there can't be one.</summary>
    public static (MaintenanceWindow? Window, Refusal? Refusal) Make(MaintenanceRequest request, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.StartsAt is not { } startsAt)
            return Invalid("startsAt is missing.");
        if (startsAt <= now)
            return Invalid("startsAt is in the past.");
        if (startsAt - now > AheadMax)
            return Invalid($"startsAt is {AheadMax.Days} days ahead at most.");
        if (request.Minutes is not (>= 1 and <= MinutesMax))
            return Invalid($"minutes is from 1 to {MinutesMax}.");
        var text = request.Text ?? ImmutableDictionary<string, string?>.Empty;
        if (text.Count != s_languages.Length || !s_languages.All(language => !string.IsNullOrWhiteSpace(text.GetValueOrDefault(language))))
            return Invalid("text has zh-CN and en.");
        if (text.Values.Any(one => one!.Trim().Length > TextLengthMax))
            return (null, new Refusal(RefusalCode.TooLong, $"text has at most {TextLengthMax} UTF-16 units in each language."));
        return (new MaintenanceWindow(
            startsAt.ToUniversalTime(), request.Minutes.Value, text.ToImmutableDictionary(one => one.Key, one => one.Value!.Trim())), null);
    }

    private static (MaintenanceWindow?, Refusal?) Invalid(string why) => (null, new Refusal(RefusalCode.Invalid, why));
}
