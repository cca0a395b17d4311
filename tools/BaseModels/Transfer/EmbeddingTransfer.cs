using System.Text;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.BaseModels.Transfer;

/// <summary>
/// Token embeddings for a new vocabulary: each token's is the mean of the teacher's pieces that share characters with it, over all its
/// occurrences in counted words. A token that occurs in none has the mean of its own text's pieces.
/// </summary>
internal static class EmbeddingTransfer
{
    /// <summary>The new table, row-major [student's vocabulary, width].</summary>
    /// <param name="student">The new vocabulary.</param>
    /// <param name="teacher">The teacher's vocabulary.</param>
    /// <param name="table">The teacher's table, row-major.</param>
    /// <param name="width">Its width.</param>
    /// <param name="words">Words, by white space, and how often each occurs.</param>
    /// <param name="cancellation">Stops between words.</param>
    public static float[] Align(
        TokenSpans student, WordPiece teacher, float[] table, int width, IEnumerable<KeyValuePair<string, long>> words,
        CancellationToken cancellation = default)
    {
        int size = student.Tokenizer.VocabularySize;
        var sums = new double[size][];
        var weights = new double[size];
        foreach ((string word, long count) in words)
        {
            cancellation.ThrowIfCancellationRequested();
            Add(student.Pieces(word), teacher.Encode(word), count);
        }

        var result = new float[size * width];
        for (int id = 0; id < size; id++)
        {
            if (sums[id] is null)
                AddOwnText(id);
            for (int i = 0; i < width && weights[id] > 0; i++)
                result[id * width + i] = (float)(sums[id][i] / weights[id]);
        }
        RobertaTokenizer tokenizer = student.Tokenizer;
        CopyRow(tokenizer.BeginId, teacher.BeginId);
        CopyRow(tokenizer.EndId, teacher.EndId);
        CopyRow(tokenizer.PadId, teacher.PadId);
        if (tokenizer.UnknownId is { } unknown)
            CopyRow(unknown, teacher.UnknownId);
        if (tokenizer.MaskId is { } mask)
            CopyRow(mask, teacher.MaskId);
        return result;

        void Add(IReadOnlyList<Piece> tokens, IReadOnlyList<Piece> pieces, double count)
        {
            foreach (Piece token in tokens)
            {
                int[] overlapping = [.. pieces.Where(p => p.Start < token.End && p.End > token.Start).Select(p => p.Id)];
                if (overlapping.Length == 0)
                    continue;
                double[] sum = sums[token.Id] ??= new double[width];
                foreach (int piece in overlapping)
                {
                    for (int i = 0; i < width; i++)
                        sum[i] += count / overlapping.Length * table[piece * width + i];
                }
                weights[token.Id] += count;
            }
        }

        // The bytes of a token need not be whole characters; what is no text has the unknown token's vector.
        void AddOwnText(int id)
        {
            byte[] bytes = [.. student.TokenNames[id].Select(c => (byte)ByteAlphabet.Characters.IndexOf(c))];
            List<Piece> pieces = teacher.Encode(Encoding.UTF8.GetString(bytes));
            if (pieces.Count == 0)
                pieces = [new Piece(teacher.UnknownId, 0, 1)];
            Add([new Piece(id, 0, int.MaxValue)], pieces, 1);
        }

        void CopyRow(int to, int from) => table.AsSpan(from * width, width).CopyTo(result.AsSpan(to * width));
    }
}
