using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Orthonormal bases, with gradient.</summary>
internal static class GramSchmidt
{
    /// <summary>The rows of a matrix [r, n], r at most n, made orthonormal one after the other.</summary>
    public static Tensor Rows(Tensor matrix)
    {
        var rows = new List<Tensor>();
        for (int i = 0; i < matrix.shape[0]; i++)
        {
            Tensor row = matrix.narrow(0, i, 1);
            if (rows.Count > 0)
            {
                Tensor before = cat([.. rows], 0);
                row = row - matmul(matmul(row, before.t()), before);
            }
            rows.Add(row / row.norm());
        }
        return cat([.. rows], 0);
    }
}
