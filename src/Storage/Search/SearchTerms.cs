using System.Collections.Immutable;

namespace CustomerService.Storage.Search;

/// <summary>A place in a text, in UTF-16 units.</summary>
public readonly record struct TextRange(int Start, int Length);

/// <summary>What a person looks for: a message must have every term.</summary>
public sealed class SearchTerms
{
    /// <summary>Longest query, in UTF-16 units: more than anybody types.</summary>
    public const int LengthMax = 200;

    /// <summary>Most terms of a query.</summary>
    public const int TermsMax = 8;

    private readonly ImmutableArray<string> _terms;

    private SearchTerms(ImmutableArray<string> terms, ImmutableArray<uint> tokens) =>
        (_terms, Tokens) = (terms, tokens);

    /// <summary>The tokens that a text must have, ascending.</summary>
    internal ImmutableArray<uint> Tokens { get; }

    /// <summary>Reads a query.</summary>
    /// <param name="query">As typed, <see cref="LengthMax"/> at most.</param>
    /// <param name="refusal">One English sentence, where the answer is null.</param>
    public static SearchTerms? Parse(string query, out string refusal)
    {
        ArgumentNullException.ThrowIfNull(query);
        refusal = "";
        var terms = SearchText.Fold(query).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Distinct(StringComparer.Ordinal).ToArray();
        if (query.Length > LengthMax)
            refusal = $"A query has at most {LengthMax} UTF-16 units.";
        else if (terms.Length is 0 or > TermsMax)
            refusal = $"A query has 1 to {TermsMax} terms.";
        var tokens = new SortedSet<uint>();
        foreach (var term in terms)
        {
            var own = new HashSet<uint>();
            SearchText.AddTokens(term, own);
            if (own.Count == 0 && refusal.Length == 0)
                refusal = "A term needs a word, or two characters in a row.";
            tokens.UnionWith(own);
        }
        return refusal.Length > 0 ? null : new SearchTerms([.. terms], [.. tokens]);
    }

    /// <summary>Where the terms are in a text, ascending and apart; empty where one of them is missing.</summary>
    public ImmutableArray<TextRange> Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var folded = SearchText.Fold(text);
        var found = new List<TextRange>();
        foreach (var term in _terms)
        {
            var before = found.Count;
            for (var at = folded.IndexOf(term, StringComparison.Ordinal); at >= 0;
                at = folded.IndexOf(term, at + 1, StringComparison.Ordinal))
            {
                if (IsWhole(folded, at, term.Length))
                    found.Add(new TextRange(at, term.Length));
            }
            if (found.Count == before)
                return [];
        }
        found.Sort(static (x, y) => x.Start.CompareTo(y.Start));
        return Apart(found);
    }

    /// <summary>No word is cut: the index holds whole ones.</summary>
    private static bool IsWhole(string text, int start, int length)
    {
        var end = start + length;
        return !(start > 0 && IsWord(text[start - 1]) && IsWord(text[start]))
            && !(end < text.Length && IsWord(text[end - 1]) && IsWord(text[end]));
    }

    private static bool IsWord(char c) => SearchText.KindOf(c) == SearchText.Kind.Word;

    private static ImmutableArray<TextRange> Apart(List<TextRange> ascending)
    {
        var apart = ImmutableArray.CreateBuilder<TextRange>();
        foreach (var range in ascending)
        {
            if (apart.Count > 0 && apart[^1] is var last && range.Start <= last.Start + last.Length)
            {
                var end = Math.Max(last.Start + last.Length, range.Start + range.Length);
                apart[^1] = last with { Length = end - last.Start };
            }
            else
            {
                apart.Add(range);
            }
        }
        return apart.ToImmutable();
    }
}
