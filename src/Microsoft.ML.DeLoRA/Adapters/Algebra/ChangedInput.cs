using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>The product of a frozen layer with an input that a method has changed.</summary>
internal static class ChangedInput
{
    /// <summary>
    /// W x' + b as (W x + b) + W (x' - x): bit-equal to the layer's own output where x' = x, in whatever precision that was computed.
    /// </summary>
    /// <param name="layer">The frozen layer.</param>
    /// <param name="input">x, [tokens, in].</param>
    /// <param name="changed">x', [tokens, in], a function of x.</param>
    /// <param name="baseOutput">W x + b, [tokens, out].</param>
    public static Tensor Forward(AdaptableLinear layer, Tensor input, Tensor changed, Tensor baseOutput)
    {
        // The result depends on x through x' alone, as W x - W x is nothing: without those two in the graph one backward product is
        // enough. A trained bias needs the layer's own graph.
        return layer.Bias.Trainable
            ? baseOutput.addmm(changed - input, layer.Weight.Value.t())
            : baseOutput.detach().addmm(changed - input.detach(), layer.Weight.Value.t());
    }
}
