using System.Globalization;

namespace CustomerService.Storage.Search;

/// <summary>
/// What of a text can be found: each two neighbouring characters of Chinese, Japanese and Korean, and each word of other
/// scripts. A token is a hash, so an index entry is a hint: whoever uses one looks at the text again.
/// </summary>
public static class SearchText
{
    internal enum Kind
    {
        Other,
        Word,
        Ideograph,
    }

    /// <summary>Adds the tokens of a text.</summary>
    public static void AddTokens(ReadOnlySpan<char> text, ISet<uint> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var before = Kind.Other;
        var last = '\0';
        var word = 0u;
        foreach (var given in text)
        {
            var c = Fold(given);
            var kind = KindOf(c);
            if (before == Kind.Word && kind != Kind.Word)
                tokens.Add(Mixed(word));
            if (kind == Kind.Word)
                word = ((before == Kind.Word ? word : 2_166_136_261) ^ c) * 16_777_619;
            else if (kind == Kind.Ideograph && before == Kind.Ideograph)
                tokens.Add(Mixed(((uint)last << 16) | c));
            (before, last) = (kind, c);
        }
        if (before == Kind.Word)
            tokens.Add(Mixed(word));
    }

    /// <summary>A character without its case and width. One for one, so that places in the folded text are places in the
    /// text.</summary>
    internal static char Fold(char c) => c switch
    {
        >= 'a' and <= 'z' => c,
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        < '\u0080' or (>= '\u4e00' and <= '\u9fff') => c,
        '\u3000' => ' ',
        >= '\uff01' and <= '\uff5e' => char.ToLowerInvariant((char)(c - 0xfee0)),
        _ => char.ToLowerInvariant(c),
    };

    internal static string Fold(string text) =>
        string.Create(text.Length, text, static (folded, given) =>
        {
            for (var i = 0; i < folded.Length; i++)
                folded[i] = Fold(given[i]);
        });

    internal static Kind KindOf(char c)
    {
        if (c < '\u0080')
            return char.IsAsciiLetterOrDigit(c) ? Kind.Word : Kind.Other;
        // Kana, unified ideographs, hangul, compatibility ideographs. A pair of surrogates is a rare ideograph or a
        // picture: its halves are neighbours, so it is found as any two characters are.
        if (c is (>= '\u3040' and <= '\u30ff') or (>= '\u3400' and <= '\u4dbf') or (>= '\u4e00' and <= '\u9fff')
            or (>= '\uac00' and <= '\ud7a3') or (>= '\uf900' and <= '\ufaff') or '\u3005')
        {
            return Kind.Ideograph;
        }
        if (char.IsSurrogate(c))
            return Kind.Ideograph;
        return char.IsLetterOrDigit(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark
            ? Kind.Word
            : Kind.Other;
    }

    // The last steps of MurmurHash3: neighbouring characters must not give neighbouring tokens.
    private static uint Mixed(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }
}
