using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Matrix products in reduced precision.</summary>
internal static class Products
{
    /// <summary>x W^T + b with the product in bfloat16; x and the result are float32.</summary>
    public static Tensor LinearBFloat16(Tensor input, Tensor lowPrecisionWeight, Tensor bias)
        => nn.functional.linear(input.to_type(bfloat16), lowPrecisionWeight).to_type(float32).AddInPlace(bias);

    /// <summary>A frozen weight in bfloat16, cast when it is first asked for. Several threads may ask at once.</summary>
    /// <param name="cast">Where it is kept; whoever keeps it disposes it.</param>
    /// <param name="weight">The weight.</param>
    public static Tensor CastOnce(ref Tensor? cast, Tensor weight)
    {
        if (Volatile.Read(ref cast) is { } there)
            return there;
        Tensor own = weight.to_type(bfloat16).DetachFromDisposeScope();
        if (Interlocked.CompareExchange(ref cast, own, null) is not { } other)
            return own;
        own.Dispose();
        return other;
    }
}
