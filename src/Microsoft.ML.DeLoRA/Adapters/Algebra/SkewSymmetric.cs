using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Skew-symmetric matrices, S^T = -S, from the entries above their diagonals.</summary>
internal static class SkewSymmetric
{
    /// <summary>Where the entries above an n x n matrix's diagonal are, row by row, in the matrix written as one row: int64 [n (n - 1) / 2].</summary>
    public static Tensor UpperTriangle(int size)
    {
        long[] places =
        [
            .. from row in Enumerable.Range(0, size)
               from column in Enumerable.Range(row + 1, size - row - 1)
               select (long)row * size + column,
        ];
        return from_array(places);
    }

    /// <summary>Matrices [count, n, n] from their <paramref name="entries"/> above the diagonal, [count, n (n - 1) / 2].</summary>
    public static Tensor Fill(Tensor entries, Tensor upperTriangle, int size)
    {
        long count = entries.shape[0];
        Tensor upper = zeros(count, (long)size * size, dtype: entries.dtype, device: entries.device).index_copy(1, upperTriangle, entries).view(count, size, size);
        return upper - upper.transpose(1, 2);
    }
}
