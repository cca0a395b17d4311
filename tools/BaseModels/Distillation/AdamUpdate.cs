using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>
/// Adam (Kingma and Ba 2015) in one pass over values, moments and gradient, which is left at zero: a third of the memory traffic of
/// single operations.
/// </summary>
internal static class AdamUpdate
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.98f;
    private const float Epsilon = 1e-8f;

    /// <summary>The elements of a contiguous float32 tensor on the processor.</summary>
    public static Span<float> Elements(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>One update; all spans have one length.</summary>
    /// <param name="values">The parameters.</param>
    /// <param name="mean">First moment.</param>
    /// <param name="square">Second moment.</param>
    /// <param name="gradient">The gradient; zero afterwards.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">How many updates these elements have had, this one counted.</param>
    public static void Apply(Span<float> values, Span<float> mean, Span<float> square, Span<float> gradient, double rate, int step)
    {
        float scale = (float)(-rate / (1 - Math.Pow(Beta1, step)));
        float rootScale = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step)));
        int width = Vector<float>.Count;
        ref float v = ref MemoryMarshal.GetReference(values);
        ref float m = ref MemoryMarshal.GetReference(mean);
        ref float s = ref MemoryMarshal.GetReference(square);
        ref float g = ref MemoryMarshal.GetReference(gradient);
        int i = 0;
        for (; i <= values.Length - width; i += width)
        {
            Vector<float> slope = Vector.LoadUnsafe(ref Unsafe.Add(ref g, i));
            Vector<float> first = Beta1 * Vector.LoadUnsafe(ref Unsafe.Add(ref m, i)) + (1 - Beta1) * slope;
            Vector<float> second = Beta2 * Vector.LoadUnsafe(ref Unsafe.Add(ref s, i)) + (1 - Beta2) * slope * slope;
            Vector<float> change = scale * first / (rootScale * Vector.SquareRoot(second) + new Vector<float>(Epsilon));
            (Vector.LoadUnsafe(ref Unsafe.Add(ref v, i)) + change).StoreUnsafe(ref Unsafe.Add(ref v, i));
            first.StoreUnsafe(ref Unsafe.Add(ref m, i));
            second.StoreUnsafe(ref Unsafe.Add(ref s, i));
            Vector<float>.Zero.StoreUnsafe(ref Unsafe.Add(ref g, i));
        }
        for (; i < values.Length; i++)
        {
            mean[i] = Beta1 * mean[i] + (1 - Beta1) * gradient[i];
            square[i] = Beta2 * square[i] + (1 - Beta2) * gradient[i] * gradient[i];
            values[i] += scale * mean[i] / (rootScale * MathF.Sqrt(square[i]) + Epsilon);
            gradient[i] = 0;
        }
    }
}
