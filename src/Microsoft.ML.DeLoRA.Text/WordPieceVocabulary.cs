using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// WordPiece (Schuster and Nakajima 2012, as in BERT): a word is cut into the longest tokens of a vocabulary from the left; those behind
/// the
/// first begin with <c>##</c>. One that they do not make up is unknown as a whole.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class WordPieceVocabulary
{
    /// <summary>Words of more characters are unknown.</summary>
    public const int LongestWord = 100;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _longest;

    private WordPieceVocabulary(Dictionary<string, int> ids)
    {
        Ids = ids;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _longest = ids.Keys.Max(t => t.Length);
    }

    /// <summary>The tokens with their ids.</summary>
    public IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>
    /// Reads vocab.txt: a token a line, whose number from 0 is its id. As in Hugging Face, the last line of a token counts.
    /// </summary>
    /// <exception cref="InvalidDataException">It is no UTF-8, or has too many lines.</exception>
    public static WordPieceVocabulary Parse(ReadOnlySpan<byte> content, string source)
    {
        string text = Utf8Text.Decode(content, source);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        int line = 0;
        for (int start = 0; start < text.Length; line++)
        {
            if (line > VocabularyFile.LargestId)
                throw new InvalidDataException(
                    $"{source} has more than {VocabularyFile.LargestId + 1:N0} lines, each of which is a token.");
            int length = text.AsSpan(start).IndexOfAny('\n', '\r');
            int end = length < 0 ? text.Length : start + length;
            string token = text[start..end];
            if (token.Length > 0)
                ids[token] = line;
            start = end + (end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1);
        }
        return ids.Count > 0 ? new WordPieceVocabulary(ids)
            : throw new InvalidDataException($"{source} has no tokens; expected is one a line.");
    }

    /// <summary>Adds the ids of a word's pieces.</summary>
    /// <param name="word">The word, normalised.</param>
    /// <param name="unknownId">What it becomes when no pieces make it up.</param>
    /// <param name="ids">Takes the ids.</param>
    public void Encode(ReadOnlySpan<char> word, int unknownId, List<int> ids)
    {
        int before = ids.Count;
        if (word.Length > LongestWord && Characters(word) > LongestWord)
        {
            ids.Add(unknownId);
            return;
        }
        // The whole word most often is a token.
        Span<char> piece = stackalloc char[2 * LongestWord + 2];
        for (int start = 0; start < word.Length;)
        {
            int mark = start == 0 ? 0 : 2;
            "##".AsSpan(0, mark).CopyTo(piece);
            int length = Math.Min(word.Length - start, _longest);
            word.Slice(start, length).CopyTo(piece[mark..]);
            int id;
            while (!_lookup.TryGetValue(piece[..(mark + length)], out id) && length > 0)
                length--;
            if (length == 0)
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(unknownId);
                return;
            }
            ids.Add(id);
            start += length;
        }
    }

    private static int Characters(ReadOnlySpan<char> word)
    {
        int count = 0;
        foreach (var _ in word.EnumerateRunes())
            count++;
        return count;
    }
}
