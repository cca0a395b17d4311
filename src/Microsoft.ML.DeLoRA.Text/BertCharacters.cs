using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>What BERT's normaliser makes of single characters: which are dropped, stand alone or end a word, and how accents go.</summary>
internal static class BertCharacters
{
    private const int FirstSyllable = 0xAC00;
    private const int Syllables = 11_172;
    private const int Vowels = 21;
    private const int Finals = 28;

    private static readonly Dictionary<int, Rune[]> _decompositions = Decompositions();

    /// <summary>The canonical decomposition of a character without its nonspacing marks: of é it is e, of a mark itself nothing.</summary>
    public static Rune[] WithoutAccents(Rune rune)
    {
        if (rune.IsAscii)
            return [rune];
        if (_decompositions.TryGetValue(rune.Value, out Rune[]? parts))
            return parts;
        if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark)
            return [];
        int syllable = rune.Value - FirstSyllable;
        return syllable is >= 0 and < Syllables ? Letters(syllable) : [rune];
    }

    /// <summary>Control characters and what else is as if it were not there; tab and line breaks are blanks.</summary>
    public static bool IsDropped(Rune rune)
    {
        if (rune.Value is 0 or 0xFFFD)
            return true;
        if (rune.Value is '\t' or '\n' or '\r')
            return false;
        return Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
            or UnicodeCategory.Surrogate;
    }

    /// <summary>A word of its own: all of ASCII that is neither letter nor digit, $ and + too, which Unicode calls symbols.</summary>
    public static bool IsPunctuation(Rune rune)
        => rune.IsAscii ? !char.IsAsciiLetterOrDigit((char)rune.Value) : Rune.IsPunctuation(rune);

    /// <summary>A Chinese character, which is cut apart from its neighbours.</summary>
    public static bool IsChinese(Rune rune)
        => rune.Value is >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x2A6DF
            or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2CEAF or >= 0x2F800 and <= 0x2FA1F;

    // By the formula of the Unicode Standard, section 3.12.
    private static Rune[] Letters(int syllable)
    {
        Rune[] open = [new Rune(0x1100 + syllable / (Vowels * Finals)), new Rune(0x1161 + syllable % (Vowels * Finals) / Finals)];
        return syllable % Finals == 0 ? open : [.. open, new Rune(0x11A7 + syllable % Finals)];
    }

    private static Dictionary<int, Rune[]> Decompositions()
    {
        var table = new Dictionary<int, Rune[]>();
        ReadOnlySpan<int> one = DecompositionTable.One, more = DecompositionTable.More;
        for (int i = 0; i < one.Length; i += 2)
            table.Add(one[i], [new Rune(one[i + 1])]);
        for (int i = 0; i < more.Length; i += 2 + more[i + 1])
        {
            var parts = new Rune[more[i + 1]];
            for (int j = 0; j < parts.Length; j++)
                parts[j] = new Rune(more[i + 2 + j]);
            table.Add(more[i], parts);
        }
        return table;
    }
}
