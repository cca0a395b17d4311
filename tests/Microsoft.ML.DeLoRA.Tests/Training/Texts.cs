using Microsoft.ML.DeLoRA.Tokenization;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>Data sets out of token ids.</summary>
internal static class Texts
{
    public static TokenizedDataset Of(IEnumerable<int[]> rows)
    {
        int[][] all = [.. rows];
        var offsets = new int[all.Length + 1];
        for (int row = 0; row < all.Length; row++)
            offsets[row + 1] = offsets[row] + all[row].Length;
        return new TokenizedDataset([.. all.SelectMany(r => r)], offsets, truncatedRows: 0);
    }
}
