using System.Text;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// BERT's words of a text, as Hugging Face's BertNormalizer and BertPreTokenizer give them: control characters dropped, blanks and Chinese
/// characters cut apart, accents stripped, lower case, every punctuation mark a word.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class WordNormalizer
{
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
                foreach (Rune part in _settings.StripAccents ? BertCharacters.WithoutAccents(rune) : [rune])
                {
                    if (!BertCharacters.IsPunctuation(part))
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
            if (BertCharacters.IsDropped(rune))
                continue;
            bool isBlank = Rune.IsWhiteSpace(rune), isAlone = _settings.SplitChinese && BertCharacters.IsChinese(rune);
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

    private void AppendCased(StringBuilder word, Rune rune)
    {
        // The one character whose lower case is two; .NET leaves it as it is.
        if (_settings.LowerCase && rune.Value == 0x130)
            word.Append("i\u0307");
        else
            word.Append((_settings.LowerCase ? Rune.ToLowerInvariant(rune) : rune).ToString());
    }
}
