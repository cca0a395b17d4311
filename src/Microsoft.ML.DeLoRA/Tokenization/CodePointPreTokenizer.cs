using System.Buffers;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.DeLoRA.Tokenization;

/// <summary>
/// Cuts text into the words that byte-level BPE works on, exactly as Hugging Face's RobertaTokenizer does: special tokens
/// first, then the GPT-2 pattern <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> on what
/// lies between them. The pattern runs on code points, so that letters and digits outside the basic multilingual plane are
/// letters and digits; .NET's regular expressions see two surrogates there.
/// </summary>
/// <remarks>Thread-safe. Cutting the text behind a word that is no white space leaves the words before it as they are, and a word alone is one word.</remarks>
public sealed class CodePointPreTokenizer : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private readonly string[] _specialTokens;
    private readonly SearchValues<string> _anySpecialToken;
    private readonly string? _swallowsBlanks;

    /// <summary>Makes a pre-tokenizer.</summary>
    /// <param name="specialTokens">Tokens that are words of their own wherever they occur; may be empty.</param>
    /// <param name="swallowsBlanks">The one of them that takes the white space before it away (RoBERTa: <c>&lt;mask&gt;</c>), or null.</param>
    public CodePointPreTokenizer(IEnumerable<string> specialTokens, string? swallowsBlanks = null)
    {
        ArgumentNullException.ThrowIfNull(specialTokens);
        _specialTokens = [.. specialTokens.OrderByDescending(token => token.Length)];
        if (_specialTokens.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A special token is empty; every special token needs at least one character.", nameof(specialTokens));
        _anySpecialToken = SearchValues.Create(_specialTokens, StringComparison.Ordinal);
        _swallowsBlanks = swallowsBlanks;
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
        int position = 0;
        while (position < text.Length)
        {
            string? special = FindSpecialToken(text, position, out int specialStart);
            int end = specialStart;
            if (special is not null && special == _swallowsBlanks)
            {
                while (end > position && CharacterClasses.IsStrippable(text[end - 1]))
                    end--;
            }
            while (position < end)
            {
                int length = WordLength(text.AsSpan(position, end - position));
                yield return (position, length);
                position += length;
            }
            position = specialStart;
            if (special is not null)
            {
                yield return (position, special.Length);
                position += special.Length;
            }
        }
    }

    private string? FindSpecialToken(string text, int from, out int start)
    {
        int found = text.AsSpan(from).IndexOfAny(_anySpecialToken);
        start = found < 0 ? text.Length : from + found;
        if (found < 0)
            return null;
        foreach (string token in _specialTokens)
        {
            if (text.AsSpan(start).StartsWith(token, StringComparison.Ordinal))
                return token;
        }
        throw new InvalidOperationException("A special token was found that is not in the list.");
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
