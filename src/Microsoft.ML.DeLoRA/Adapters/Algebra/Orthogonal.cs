using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Orthogonal matrices made of skew-symmetric ones, in batches [..., n, n]; zero gives the identity exactly.</summary>
internal static class Cayley
{
    /// <summary>Cayley's transform (I + S)^-1 (I - S): orthogonal, whatever the size of S.</summary>
    public static Tensor Transform(Tensor skew)
    {
        Tensor identity = Identity(skew);
        return linalg.solve(identity.Plus(skew), identity - skew);
    }

    /// <summary>
    /// The transform of -S, (I - S)^-1 (I + S) = I + 2S + 2S^2 + ..., by the first terms of that series, the last of them once instead
    /// of twice: orthogonal up to the terms left out, without an inverse. PEFT's count of terms takes 3 for 4.
    /// </summary>
    public static Tensor Series(Tensor skew, int terms)
    {
        Tensor sum = Identity(skew).Plus(skew.Times(2));
        int last = terms > 2 ? Math.Max(terms, 4) - 1 : 1;
        Tensor power = skew;
        for (int exponent = 2; exponent <= last; exponent++)
        {
            power = power.matmul(skew);
            sum = sum.Plus(power, exponent < last ? 2 : 1);
        }
        return sum;
    }

    private static Tensor Identity(Tensor like) => eye(like.shape[^1], dtype: like.dtype, device: like.device);
}

/// <summary>Skew-symmetric matrices, S^T = -S, from the entries above their diagonals.</summary>
internal static class SkewSymmetric
{
    /// <summary>
    /// Where the entries above an n x n matrix's diagonal are, row by row, in the matrix written as one row: int64 [n (n - 1) / 2].
    /// </summary>
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
        Tensor upper = zeros(count, (long)size * size, dtype: entries.dtype, device: entries.device)
            .index_copy(1, upperTriangle, entries).view(count, size, size);
        return upper - upper.transpose(1, 2);
    }
}

/// <summary>
/// A product of reflections I - 2 u_i u_i^T, first column first, as I - P Q^T with P and Q [n, r] (the compact WY form of Schreiber and
/// Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989): one r x r system instead of r products in a row.
/// </summary>
internal static class HouseholderChain
{
    /// <summary>The product of the reflections of the columns of <paramref name="unit"/> [n, r], each of length 1.</summary>
    public static (Tensor Left, Tensor Right) Of(Tensor unit) => Combine(unit, unit.Times(2), groupSize: 1);

    /// <summary>The same for an even r, two by two: where the columns of a pair are equal it adds exactly nothing.</summary>
    public static (Tensor Left, Tensor Right) OfPairs(Tensor unit)
    {
        Tensor[] pair = unit.reshape(unit.shape[0], -1, 2).unbind(2);
        (Tensor a, Tensor b) = (pair[0], pair[1]);
        // (I - 2aa^T)(I - 2bb^T) with d = a - b and 1 - a.b = |d|^2 / 2 is I - 2 a d^T + 2 d b^T - 2 |d|^2 a b^T.
        Tensor d = a - b;
        Tensor right = d.Plus(d.Squared().sum([0L]) * b).Times(2);
        return Combine(Interleave(a, d), Interleave(right, b.Times(-2)), groupSize: 2);
    }

    // The factors I - P_g Q_g^T, of groupSize columns each, multiply to I - P (I + S)^-1 Q^T, S being Q^T P between a group and later ones.
    private static (Tensor Left, Tensor Right) Combine(Tensor left, Tensor right, long groupSize)
    {
        long groups = left.shape[1] / groupSize;
        Tensor later = ones(groups, groups, dtype: left.dtype, device: left.device).triu(1)
            .repeat_interleave(groupSize, 0).repeat_interleave(groupSize, 1);
        Tensor between = right.t().mm(left) * later;
        return (left, linalg.solve_triangular(between, right.t(), upper: true, unitriangular: true).t());
    }

    private static Tensor Interleave(Tensor even, Tensor odd) => stack([even, odd], 2).reshape(even.shape[0], -1);
}

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
