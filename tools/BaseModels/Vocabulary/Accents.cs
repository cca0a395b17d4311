using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.BaseModels.Vocabulary;

/// <summary>A character's canonical decomposition without its nonspacing marks: é is e.</summary>
internal static class Accents
{
    private const int FirstSyllable = 0xAC00;
    private const int Syllables = 11_172;
    private const int Vowels = 21;
    private const int Finals = 28;

    private static readonly Dictionary<int, Rune[]> _table = Read();

    /// <summary>What is left of a character; none of it where it is a mark itself.</summary>
    public static IEnumerable<Rune> Strip(Rune rune)
    {
        if (rune.IsAscii)
            return [rune];
        if (_table.TryGetValue(rune.Value, out Rune[]? parts))
            return parts;
        if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark)
            return [];
        int syllable = rune.Value - FirstSyllable;
        return syllable is >= 0 and < Syllables ? Letters(syllable) : [rune];
    }

    // Hangul by the formula of the Unicode Standard, section 3.12.
    private static Rune[] Letters(int syllable)
    {
        Rune[] open = [new Rune(0x1100 + syllable / (Vowels * Finals)), new Rune(0x1161 + syllable % (Vowels * Finals) / Finals)];
        return syllable % Finals == 0 ? open : [.. open, new Rune(0x11A7 + syllable % Finals)];
    }

    private static Dictionary<int, Rune[]> Read()
    {
        var table = new Dictionary<int, Rune[]>();
        ReadOnlySpan<int> one = DecompositionTable.One, more = DecompositionTable.More;
        for (int i = 0; i < one.Length; i += 2)
            table.Add(one[i], [new Rune(one[i + 1])]);
        for (int i = 0; i < more.Length; i += 2 + more[i + 1])
            table.Add(more[i], [.. more.Slice(i + 2, more[i + 1]).ToArray().Select(value => new Rune(value))]);
        return table;
    }
}
