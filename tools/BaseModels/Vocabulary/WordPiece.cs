using System.Text;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.BaseModels.Vocabulary;

/// <summary>A piece of a text: its id, and the characters of the text that it came from.</summary>
/// <param name="Id">Row of the embedding table.</param>
/// <param name="Start">Its first character, in UTF-16 units of the text as it was given.</param>
/// <param name="End">The character behind its last.</param>
internal readonly record struct Piece(int Id, int Start, int End);

/// <summary>
/// WordPiece with the ids of Hugging Face's BertTokenizer for uncased models: clean, blanks around Chinese characters, accents stripped,
/// lower case, punctuation apart, then the longest pieces from the left.
/// </summary>
/// <remarks>
/// Thread-safe. Special tokens in a text are text. The library's BertTokenizer gives the same ids; this one also says which characters they
/// came from, which the transfer needs.
/// </remarks>
internal sealed class WordPiece
{
    private const int LongestWord = 100;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _longest;

    /// <param name="vocabulary">The lines of vocab.txt: the line's number from 0 is the token's id.</param>
    /// <exception cref="InvalidDataException">A token stands there twice, or a special token is missing.</exception>
    public WordPiece(IReadOnlyList<string> vocabulary)
    {
        Tokens = vocabulary;
        _ids = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (!_ids.TryAdd(vocabulary[id], id))
                throw new InvalidDataException(
                    $"vocab.txt: '{vocabulary[id]}' stands in the lines {_ids[vocabulary[id]] + 1} and {id + 1}.");
        }
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _longest = vocabulary.Max(token => token.Length);
        (BeginId, EndId, PadId) = (Special("[CLS]"), Special("[SEP]"), Special("[PAD]"));
        (UnknownId, MaskId) = (Special("[UNK]"), Special("[MASK]"));
    }

    /// <summary>Reads vocab.txt, with either kind of line ends.</summary>
    public static WordPiece FromFile(string path) => new(File.ReadAllLines(path));

    /// <summary>The tokens in the order of their ids.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The id of [CLS].</summary>
    public int BeginId { get; }

    /// <summary>The id of [SEP].</summary>
    public int EndId { get; }

    /// <summary>The id of [PAD].</summary>
    public int PadId { get; }

    /// <summary>The id of [UNK], which a word becomes that no pieces make up.</summary>
    public int UnknownId { get; }

    /// <summary>The id of [MASK].</summary>
    public int MaskId { get; }

    /// <summary>Whether the vocabulary holds this token.</summary>
    public bool Contains(string token) => _ids.ContainsKey(token);

    /// <summary>The pieces of a text, without [CLS] and [SEP].</summary>
    public List<Piece> Encode(string text)
    {
        var pieces = new List<Piece>();
        var word = new StringBuilder();
        // For each character of the word the character of the text that it came from.
        var origins = new List<int>();
        int end = 0;
        int width;
        for (int position = 0; position < text.Length; position += width)
        {
            Rune.DecodeFromUtf16(text.AsSpan(position), out Rune rune, out width);
            if (BertCharacters.IsDropped(rune))
                continue;
            if (Rune.IsWhiteSpace(rune))
            {
                Flush();
                continue;
            }
            bool alone = BertCharacters.IsChinese(rune);
            if (alone)
                Flush();
            foreach (Rune part in BertCharacters.WithoutAccents(rune))
            {
                Rune lower = Rune.ToLowerInvariant(part);
                bool punctuation = BertCharacters.IsPunctuation(lower);
                if (punctuation)
                    Flush();
                word.Append(lower.ToString());
                while (origins.Count < word.Length)
                    origins.Add(position);
                end = position + width;
                if (punctuation)
                    Flush();
            }
            if (alone)
                Flush();
        }
        Flush();
        return pieces;

        void Flush()
        {
            if (word.Length > 0)
                AddPieces(pieces, word.ToString(), origins, end);
            word.Clear();
            origins.Clear();
        }
    }

    private void AddPieces(List<Piece> pieces, string word, List<int> origins, int end)
    {
        int first = pieces.Count;
        bool tooLong = word.Length > LongestWord && word.EnumerateRunes().Count() > LongestWord;
        Span<char> buffer = stackalloc char[_longest + 2];
        for (int start = 0; start < word.Length && !tooLong;)
        {
            int length = Math.Min(word.Length - start, _longest);
            int id = -1;
            for (; length > 0; length--)
            {
                int prefix = start == 0 ? 0 : 2;
                "##".AsSpan(0, prefix).CopyTo(buffer);
                word.AsSpan(start, length).CopyTo(buffer[prefix..]);
                if (_lookup.TryGetValue(buffer[..(length + prefix)], out id))
                    break;
                id = -1;
            }
            if (id < 0)
            {
                tooLong = true;
                break;
            }
            int next = start + length;
            pieces.Add(new Piece(id, origins[start], next < word.Length ? origins[next] : end));
            start = next;
        }
        if (!tooLong)
            return;
        pieces.RemoveRange(first, pieces.Count - first);
        pieces.Add(new Piece(UnknownId, origins[0], end));
    }

    private int Special(string token) => _ids.TryGetValue(token, out int id)
        ? id
        : throw new InvalidDataException($"vocab.txt has no {token}; the vocabulary of an uncased BERT is expected.");
}
