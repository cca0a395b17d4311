using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

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
        Tensor later = ones(groups, groups, dtype: left.dtype, device: left.device).triu(1).repeat_interleave(groupSize, 0).repeat_interleave(groupSize, 1);
        Tensor between = right.t().mm(left) * later;
        return (left, linalg.solve_triangular(between, right.t(), upper: true, unitriangular: true).t());
    }

    private static Tensor Interleave(Tensor even, Tensor odd) => stack([even, odd], 2).reshape(even.shape[0], -1);
}
