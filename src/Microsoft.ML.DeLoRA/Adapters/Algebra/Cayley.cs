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
