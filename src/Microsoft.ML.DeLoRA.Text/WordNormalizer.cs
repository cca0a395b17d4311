using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// BERT's words of a text, as Hugging Face's BertNormalizer and BertPreTokenizer give them: control characters dropped, blanks and Chinese
/// characters cut apart, accents stripped, lower case, every punctuation mark a word.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class WordNormalizer
{
    private const int FirstSyllable = 0xAC00;
    private const int Syllables = 11_172;
    private const int Vowels = 21;
    private const int Finals = 28;

    private static readonly Dictionary<int, Rune[]> _decompositions = Decompositions();

    private readonly WordPieceSettings _settings;
    private readonly HashSet<string> _neverSplit;

    /// <param name="settings">What is done.</param>
    public WordNormalizer(WordPieceSettings settings)
    {
        _settings = settings;
        _neverSplit = new HashSet<string>(settings.NeverSplit, StringComparer.Ordinal);
    }

    /// <summary>The words, found as they are asked for.</summary>
    /// <returns>Each with whether it must stay whole.</returns>
    public IEnumerable<(string Word, bool IsWhole)> Words(string text)
    {
        var word = new StringBuilder();
        foreach (string raw in BetweenBlanks(text))
        {
            if (_neverSplit.Contains(raw))
            {
                yield return (raw, true);
                continue;
            }
            foreach (Rune rune in raw.EnumerateRunes())
            {
                foreach (Rune part in Stripped(rune))
                {
                    if (!IsPunctuation(part))
                    {
                        AppendCased(word, part);
                        continue;
                    }
                    if (word.Length > 0)
                        yield return (word.ToString(), false);
                    word.Clear();
                    yield return (part.ToString(), false);
                }
            }
            if (word.Length > 0)
                yield return (word.ToString(), false);
            word.Clear();
        }
    }

    private IEnumerable<string> BetweenBlanks(string text)
    {
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsDropped(rune))
                continue;
            bool isBlank = Rune.IsWhiteSpace(rune), isAlone = _settings.SplitChinese && IsChinese(rune);
            if (!isBlank && !isAlone)
            {
                word.Append(rune.ToString());
                continue;
            }
            if (word.Length > 0)
                yield return word.ToString();
            word.Clear();
            if (isAlone)
                yield return rune.ToString();
        }
        if (word.Length > 0)
            yield return word.ToString();
    }

    private Rune[] Stripped(Rune rune)
    {
        if (rune.IsAscii || !_settings.StripAccents)
            return [rune];
        if (_decompositions.TryGetValue(rune.Value, out Rune[]? parts))
            return parts;
        if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark)
            return [];
        int syllable = rune.Value - FirstSyllable;
        return syllable is >= 0 and < Syllables ? Letters(syllable) : [rune];
    }

    private void AppendCased(StringBuilder word, Rune rune)
    {
        // The one character whose lower case is two; .NET leaves it as it is.
        if (_settings.LowerCase && rune.Value == 0x130)
            word.Append("i\u0307");
        else
            word.Append((_settings.LowerCase ? Rune.ToLowerInvariant(rune) : rune).ToString());
    }

    // By the formula of the Unicode Standard, section 3.12.
    private static Rune[] Letters(int syllable)
    {
        Rune[] open = [new Rune(0x1100 + syllable / (Vowels * Finals)), new Rune(0x1161 + syllable % (Vowels * Finals) / Finals)];
        return syllable % Finals == 0 ? open : [.. open, new Rune(0x11A7 + syllable % Finals)];
    }

    private static bool IsDropped(Rune rune)
    {
        if (rune.Value is 0 or 0xFFFD)
            return true;
        if (rune.Value is '\t' or '\n' or '\r')
            return false;
        return Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
            or UnicodeCategory.Surrogate;
    }

    // All of ASCII that is neither letter nor digit, $ and + too, which Unicode calls symbols.
    private static bool IsPunctuation(Rune rune)
        => rune.IsAscii ? !char.IsAsciiLetterOrDigit((char)rune.Value) : Rune.IsPunctuation(rune);

    private static bool IsChinese(Rune rune)
        => rune.Value is >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x2A6DF
            or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2CEAF or >= 0x2F800 and <= 0x2FA1F;

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
