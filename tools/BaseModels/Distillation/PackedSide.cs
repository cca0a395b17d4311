using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>One side's rows, packed, with what averages their hidden states over words and over texts.</summary>
/// <remarks>Owns its tensors.</remarks>
internal sealed class PackedSide : IDisposable
{
    // libtorch compiles its bfloat16 products anew for every number of tokens, and keeps them all: few numbers, then.
    private const int TokenMultiple = 64;

    private readonly Tensor _wordOf;
    private readonly Tensor _wordShare;
    private readonly Tensor _rowOf;
    private readonly Tensor _rowShare;
    private readonly Tensor _starts;
    private readonly int _words;
    private readonly int _rows;

    /// <param name="ids">Each row's ids.</param>
    /// <param name="words">Each token's word within its row; -1 for special tokens.</param>
    /// <param name="wordCounts">Each row's number of words.</param>
    /// <param name="padId">Padding id of the encoder.</param>
    public PackedSide(IReadOnlyList<int[]> ids, IReadOnlyList<int[]> words, IReadOnlyList<int> wordCounts, int padId)
    {
        using var scope = NewDisposeScope();
        Packed = PackedBatch.Create([.. ids.Concat(Filling(ids)).Select(row => (ReadOnlyMemory<int>)row)], padId);
        int total = Packed.TokenCount;
        _rows = ids.Count;
        _words = wordCounts.Sum();
        (var wordOf, var wordShare, var rowOf, var rowShare) = (new long[total], new float[total], new long[total], new float[total]);
        // Special and filling tokens count for no word, the latter for no text either: they have a row of their own, which nobody reads.
        Array.Fill(wordOf, _words);
        Array.Fill(rowOf, _rows);
        var starts = new long[ids.Count];
        int firstWord = 0;
        for (int row = 0; row < ids.Count; row++)
        {
            (int start, int length) = Packed.TokensOf(row).GetOffsetAndLength(total);
            starts[row] = start;
            var tokens = new int[wordCounts[row]];
            foreach (int word in words[row])
            {
                if (word >= 0)
                    tokens[word]++;
            }
            for (int i = 0; i < length; i++)
            {
                int word = words[row][i];
                if (word >= 0)
                    (wordOf[start + i], wordShare[start + i]) = (firstWord + word, 1f / tokens[word]);
                rowOf[start + i] = row;
                rowShare[start + i] = 1f / length;
            }
            firstWord += wordCounts[row];
        }
        _wordOf = tensor(wordOf).DetachFromDisposeScope();
        _wordShare = tensor(wordShare, [total, 1]).DetachFromDisposeScope();
        _rowOf = tensor(rowOf).DetachFromDisposeScope();
        _rowShare = tensor(rowShare, [total, 1]).DetachFromDisposeScope();
        _starts = tensor(starts).DetachFromDisposeScope();
    }

    /// <summary>The rows for the encoder.</summary>
    public PackedBatch Packed { get; }

    /// <summary>
    /// Means of hidden states over words [words, hidden] and texts [rows, hidden], and those of first tokens [rows, hidden].
    /// </summary>
    public Tensor[] Views(Tensor hidden)
    {
        long width = hidden.shape[1];
        Tensor words = Native.TensorArithmetic.PlusRows(zeros([_words + 1, width]), _wordOf, hidden * _wordShare).narrow(0, 0, _words);
        Tensor rows = Native.TensorArithmetic.PlusRows(zeros([_rows + 1, width]), _rowOf, hidden * _rowShare).narrow(0, 0, _rows);
        return [words, rows, hidden.index_select(0, _starts)];
    }

    // Rows that nobody reads, none longer than the longest, that make up the multiple.
    private static IEnumerable<int[]> Filling(IReadOnlyList<int[]> ids)
    {
        int longest = ids.Max(row => row.Length);
        for (int missing = -ids.Sum(row => row.Length) & (TokenMultiple - 1); missing > 0; missing -= longest)
            yield return new int[Math.Min(missing, longest)];
    }

    public void Dispose()
    {
        Packed.Dispose();
        _wordOf.Dispose();
        _wordShare.Dispose();
        _rowOf.Dispose();
        _rowShare.Dispose();
        _starts.Dispose();
    }
}
