using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Matrix products in reduced precision.</summary>
internal static class Products
{
    /// <summary>x W^T + b with the product in bfloat16; x and the result are float32.</summary>
    public static Tensor LinearBFloat16(Tensor input, Tensor lowPrecisionWeight, Tensor bias)
        => nn.functional.linear(input.to_type(bfloat16), lowPrecisionWeight).to_type(float32).AddInPlace(bias);
}
