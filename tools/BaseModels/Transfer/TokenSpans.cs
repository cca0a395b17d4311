using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.BaseModels.Transfer;

/// <summary>
/// The student's tokens of one word with the characters that they came from. A text is its words with one blank before each: byte-level
/// BPE cuts before every blank, so that words are encoded independently of each other.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class TokenSpans(RobertaTokenizer tokenizer)
{
    private readonly string[] _tokens = Names(tokenizer);

    /// <summary>The tokenizer.</summary>
    public RobertaTokenizer Tokenizer => tokenizer;

    /// <summary>The tokens of <c>" " + word</c>.</summary>
    public int[] Encode(string word) => tokenizer.EncodeWithoutSpecialTokens(" " + word);

    /// <summary>The tokens of <c>" " + word</c> as pieces of the word; the blank belongs to no character.</summary>
    public Piece[] Pieces(string word)
    {
        // For each byte of the text the character that it is part of; -1 for the blank.
        var owner = new List<int> { -1 };
        for (int i = 0; i < word.Length; i++)
        {
            bool pair = char.IsHighSurrogate(word[i]) && i + 1 < word.Length;
            int bytes = System.Text.Encoding.UTF8.GetByteCount(word.AsSpan(i, pair ? 2 : 1));
            owner.AddRange(Enumerable.Repeat(i, bytes));
            if (pair)
                i++;
        }
        int position = 0;
        return [.. Encode(word).Select(id =>
        {
            // Each character of a token's name is one byte.
            int end = position + _tokens[id].Length;
            var piece = new Piece(id, Math.Max(0, owner[position]), owner[end - 1] + 1);
            position = end;
            return piece;
        })];
    }

    /// <summary>Every token as vocab.json names it, by id.</summary>
    public IReadOnlyList<string> TokenNames => _tokens;

    private static string[] Names(RobertaTokenizer tokenizer)
    {
        Dictionary<string, int> ids = VocabularyFile.Parse(tokenizer.VocabularyContent.Span, TokenizerFiles.Vocabulary);
        var names = new string[tokenizer.VocabularySize];
        Array.Fill(names, "");
        foreach ((string token, int id) in ids)
            names[id] = token;
        return names;
    }
}
