using System.Collections.Immutable;
using CustomerService.Storage.Search;

namespace CustomerService.WebFront.Endpoints;

/// <summary>The part of a text that a hit shows.</summary>
/// <param name="Text">Plain text, <see cref="LengthMax"/> at most.</param>
/// <param name="CutBefore">Whether the text has more before it.</param>
/// <param name="CutAfter">Whether the text has more after it.</param>
/// <param name="Places">Where the terms are in <paramref name="Text"/>.</param>
public sealed record Snippet(string Text, bool CutBefore, bool CutAfter, ImmutableArray<TextRange> Places)
{
    /// <summary>Longest snippet, in UTF-16 units.</summary>
    public const int LengthMax = 160;

    // What came before is shown too, but the place found comes first on a narrow screen.
    private const int BeforeMax = 40;

    /// <summary>Cuts a snippet around the first place.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="places">Where the terms are in it, ascending and apart.</param>
    public static Snippet Of(string text, ImmutableArray<TextRange> places)
    {
        ArgumentNullException.ThrowIfNull(text);
        var start = text.Length <= LengthMax || places.IsEmpty
            ? 0
            : Math.Clamp(places[0].Start - BeforeMax, 0, text.Length - LengthMax);
        var end = Math.Min(text.Length, start + LengthMax);
        // No half of a pair at either end.
        if (start > 0 && char.IsLowSurrogate(text[start]) && char.IsHighSurrogate(text[start - 1]))
            start++;
        if (end < text.Length && end > start && char.IsHighSurrogate(text[end - 1]) && char.IsLowSurrogate(text[end]))
            end--;
        var shown = places
            .Select(place => (From: Math.Max(place.Start, start), To: Math.Min(place.Start + place.Length, end)))
            .Where(place => place.From < place.To)
            .Select(place => new TextRange(place.From - start, place.To - place.From));
        return new Snippet(text[start..end], start > 0, end < text.Length, [.. shown]);
    }
}
