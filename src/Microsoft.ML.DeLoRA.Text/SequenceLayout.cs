namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// The special tokens around a text or a pair, and what is cut to keep within a maximum length:
/// <c>begin a end</c>, or <c>begin a end [between ...] b end</c>.
/// </summary>
/// <param name="begin">The id with which every sequence begins.</param>
/// <param name="end">The id with which every text ends.</param>
/// <param name="between">Ids that stand before the second text, beside the first one's end.</param>
/// <param name="truncateLeft">Whether a text that is too long loses its beginning and not its end.</param>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class SequenceLayout(int begin, int end, int[] between, bool truncateLeft)
{
    /// <summary>A text, or a pair, of at most so many tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second one; null: there is none.</param>
    /// <param name="maxLength">The most tokens.</param>
    /// <param name="tokens">
    /// The tokens of a text of that argument's name: all, or at least as many as asked for, exactly as in the whole text.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is less than the special tokens.</exception>
    public Encoded Encode(string text, string? pair, int maxLength, Func<string, int, string, IReadOnlyList<int>> tokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        int specialCount = pair is null ? 2 : 3 + between.Length;
        if (maxLength < specialCount)
            throw new ArgumentOutOfRangeException(nameof(maxLength), maxLength,
                $"The maximum length must be at least {specialCount}: that many special tokens are always there.");

        // One token beyond the budget is enough to know what is cut: above that, the rule treats all lengths alike.
        int budget = maxLength - specialCount;
        int enough = truncateLeft ? int.MaxValue : budget + 1;
        IReadOnlyList<int> first = tokens(text, enough, nameof(text));
        IReadOnlyList<int> second = pair is null ? [] : tokens(pair, enough, nameof(pair));
        var (firstLength, secondLength) = LongestFirst(Math.Min(first.Count, enough), Math.Min(second.Count, enough), budget);

        var ids = new int[firstLength + secondLength + specialCount];
        int position = 0;
        ids[position++] = begin;
        Append(first, firstLength);
        ids[position++] = end;
        int secondStart = ids.Length;
        if (pair is not null)
        {
            between.CopyTo(ids, position);
            secondStart = position += between.Length;
            Append(second, secondLength);
            ids[position] = end;
        }
        return new Encoded(ids, firstLength + secondLength < first.Count + second.Count, secondStart);

        void Append(IReadOnlyList<int> source, int count)
        {
            int start = truncateLeft ? source.Count - count : 0;
            for (int i = 0; i < count; i++)
                ids[position++] = source[start + i];
        }
    }

    /// <summary>Throws when a surrogate lacks its other half.</summary>
    public static void RequireUnicode(string text, string parameterName)
    {
        int start = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (int i = start; i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                throw new ArgumentException(
                    $"The text is not valid Unicode: the character at position {i} (\\u{(int)text[i]:X4}) is half of a surrogate pair. "
                    + "Repair the text where it is read, for example with a fallback encoding.", parameterName);
            }
            i++;
        }
    }

    private static (int First, int Second) LongestFirst(int first, int second, int budget)
    {
        // Long arithmetic: without a bound each of the two may be near int.MaxValue.
        while ((long)first + second > budget)
        {
            if (first > second)
                first--;
            else
                second--;
        }
        return (first, second);
    }
}
