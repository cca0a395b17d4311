using System.Buffers;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// A token beside the byte-pair vocabulary, such as <c>&lt;mask&gt;</c>: found in a text as it stands before anything else is cut.
/// </summary>
/// <param name="Content">Its text; not empty.</param>
/// <param name="Id">Its id.</param>
internal sealed record AddedToken(string Content, int Id)
{
    /// <summary>Takes the white space before it away; Hugging Face's <c>lstrip</c>. Default false.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Takes the white space behind it away; Hugging Face's <c>rstrip</c>. Default false.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Is found only where no letter, digit or underscore touches it; Hugging Face's <c>single_word</c>. Default false.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Is looked for only between the tokens that are not normalized; RoBERTa itself normalises nothing. Default false.</summary>
    public bool Normalized { get; init; }

    /// <summary>Is a mark and no text. Default false.</summary>
    public bool Special { get; init; }
}

/// <summary>A part of a text: an added token, or what lies between two of them.</summary>
/// <param name="Offset">Where it begins, in UTF-16 units.</param>
/// <param name="Length">Its length, without the white space that a token takes away.</param>
/// <param name="Token">The added token; null: text for byte-pair encoding.</param>
internal readonly record struct TextPart(int Offset, int Length, AddedToken? Token);

/// <summary>
/// Finds added tokens in texts as Hugging Face's tokenizers do: first those that are not normalized, then the others between them; the
/// leftmost match counts, of several at one place the longest.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class AddedTokens
{
    private readonly Matcher _exact;
    private readonly Matcher _normalized;

    /// <param name="tokens">The tokens, each another text.</param>
    /// <param name="specialAreText">True: special tokens are taken for text (Hugging Face's <c>split_special_tokens</c>).</param>
    public AddedTokens(IReadOnlyCollection<AddedToken> tokens, bool specialAreText = false)
    {
        _exact = new Matcher(tokens.Where(t => !t.Normalized), specialAreText);
        _normalized = new Matcher(tokens.Where(t => t.Normalized), specialAreText);
    }

    /// <summary>The parts of a text, in order, found as they are asked for; none is empty.</summary>
    public IEnumerable<TextPart> Split(string text)
    {
        foreach (TextPart part in _exact.Split(text, 0, text.Length))
        {
            if (part.Token is not null)
            {
                yield return part;
                continue;
            }
            foreach (TextPart inner in _normalized.Split(text, part.Offset, part.Offset + part.Length))
                yield return inner;
        }
    }

    private sealed class Matcher
    {
        private readonly Dictionary<char, AddedToken[]> _byFirst;
        private readonly SearchValues<string> _any;
        private readonly bool _specialAreText;

        public Matcher(IEnumerable<AddedToken> tokens, bool specialAreText)
        {
            AddedToken[] longestFirst = [.. tokens.OrderByDescending(t => t.Content.Length)];
            _byFirst = longestFirst.GroupBy(t => t.Content[0]).ToDictionary(g => g.Key, g => g.ToArray());
            _any = SearchValues.Create([.. longestFirst.Select(t => t.Content)], StringComparison.Ordinal);
            _specialAreText = specialAreText;
        }

        public IEnumerable<TextPart> Split(string text, int begin, int end)
        {
            int start = begin, search = begin;
            while (_byFirst.Count > 0 && Find(text, search, end) is var (position, token))
            {
                int stop = position + token.Content.Length;
                search = stop;
                // As in Hugging Face, text that a passed over token covers is not looked through again.
                if ((_specialAreText && token.Special) || (token.SingleWord && TouchesWord(text, begin, position, stop, end)))
                    continue;
                int from = position;
                while (token.StripsLeft && from > start && CharacterClasses.IsStrippable(text[from - 1]))
                    from--;
                while (token.StripsRight && search < end && CharacterClasses.IsStrippable(text[search]))
                    search++;
                if (start < from)
                    yield return new TextPart(start, from - start, null);
                yield return new TextPart(position, stop - position, token);
                start = search;
            }
            if (start < end)
                yield return new TextPart(start, end - start, null);
        }

        private (int Position, AddedToken Token)? Find(string text, int from, int end)
        {
            ReadOnlySpan<char> rest = text.AsSpan(from, end - from);
            int found = rest.IndexOfAny(_any);
            if (found < 0)
                return null;
            foreach (AddedToken token in _byFirst[rest[found]])
            {
                if (rest[found..].StartsWith(token.Content, StringComparison.Ordinal))
                    return (from + found, token);
            }
            throw new InvalidOperationException("An added token was found that is not in the list.");
        }

        private static bool TouchesWord(string text, int begin, int position, int stop, int end)
            => (Rune.DecodeLastFromUtf16(text.AsSpan(begin, position - begin), out Rune before, out _) == OperationStatus.Done
                && IsWord(before))
                || (Rune.DecodeFromUtf16(text.AsSpan(stop, end - stop), out Rune after, out _) == OperationStatus.Done && IsWord(after));

        // What a regular expression's \w is in Unicode.
        private static bool IsWord(Rune rune)
        {
            if (CharacterClasses.Of(rune.Value) == CharacterClass.Letter || rune.Value is 0x200C or 0x200D)
                return true;
            return Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
                or UnicodeCategory.ConnectorPunctuation;
        }
    }
}
