using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>What a linear layer asks of an adapter that has been put on it. Adapter methods implement it in the Adapters room.</summary>
internal interface ILinearAdapter
{
    /// <summary>The adapted output of the layer.</summary>
    /// <param name="input">Input x, [tokens, in].</param>
    /// <param name="baseOutput">The frozen layer's output x W^T + b, [tokens, out]; possibly a view, never written to.</param>
    /// <param name="context">The batch, and the random source of dropout.</param>
    /// <returns>[tokens, out].</returns>
    Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context);
}
