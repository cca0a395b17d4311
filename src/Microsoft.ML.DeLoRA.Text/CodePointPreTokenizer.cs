using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// Cuts text into the words that byte-level BPE works on, exactly as Hugging Face's RobertaTokenizer does: special tokens
/// first, then the GPT-2 pattern <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> on what
/// lies between them. The pattern runs on code points, so that letters and digits outside the basic multilingual plane are
/// letters and digits; .NET's regular expressions see two surrogates there.
/// </summary>
/// <remarks>
/// Thread-safe. Cutting the text behind a word that is no white space leaves the words before it as they are, and a word alone is one word.
/// </remarks>
internal sealed class CodePointPreTokenizer : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private readonly AddedTokens _added;

    /// <summary>Makes a pre-tokenizer.</summary>
    /// <param name="specialTokens">Tokens that are words of their own wherever they occur; may be empty.</param>
    /// <param name="swallowsBlanks">
    /// The one of them that takes the white space before it away (RoBERTa: <c>&lt;mask&gt;</c>), or null.
    /// </param>
    public CodePointPreTokenizer(IEnumerable<string> specialTokens, string? swallowsBlanks = null)
    {
        ArgumentNullException.ThrowIfNull(specialTokens);
        AddedToken[] tokens =
            [.. specialTokens.Distinct().Select((text, i) => new AddedToken(text, i) { StripsLeft = text == swallowsBlanks })];
        if (tokens.Any(t => string.IsNullOrEmpty(t.Content)))
            throw new ArgumentException("A special token is empty; every special token needs at least one character.",
                nameof(specialTokens));
        _added = new AddedTokens(tokens);
    }

    /// <summary>The words of a text as (offset, length) in UTF-16 units, found as they are asked for.</summary>
    public override IEnumerable<(int, int)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Words(text);
    }

    /// <summary>The words of a text as (offset, length) in UTF-16 units.</summary>
    public override IEnumerable<(int, int)> PreTokenize(ReadOnlySpan<char> text) => Words(text.ToString());

    private IEnumerable<(int, int)> Words(string text)
    {
        foreach (TextPart part in _added.Split(text))
        {
            if (part.Token is not null)
            {
                yield return (part.Offset, part.Length);
                continue;
            }
            int end = part.Offset + part.Length;
            for (int position = part.Offset; position < end;)
            {
                int length = WordLength(text.AsSpan(position, end - position));
                yield return (position, length);
                position += length;
            }
        }
    }

    /// <summary>The length of the pattern's match at the start of a text that is not empty.</summary>
    private static int WordLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'')
        {
            foreach (string contraction in Contractions)
            {
                if (text.StartsWith(contraction, StringComparison.Ordinal))
                    return contraction.Length;
            }
        }
        int start = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        CharacterClass kind = CharacterClasses.At(text, start, out _);
        if (kind != CharacterClass.Space)
            return RunEnd(text, start, kind);

        // \s+(?!\S): a run of white space leaves its last character to the word behind it, unless it is the only one.
        int end = RunEnd(text, 0, CharacterClass.Space);
        return end < text.Length && end > 1 ? end - 1 : end;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int from, CharacterClass kind)
    {
        int position = from;
        while (position < text.Length && CharacterClasses.At(text, position, out int width) == kind)
            position += width;
        return position;
    }
}
