using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// What an encoder layer asks of an adapter that edits its hidden states. Adapter methods implement it in the Adapters room.
/// </summary>
internal interface IHiddenStateAdapter
{
    /// <summary>The edited hidden states.</summary>
    /// <param name="hidden">
    /// The layer's output: [tokens, hidden] in the batch's packed order, or [count, hidden], see <see cref="ForwardContext.FirstOnly"/>.
    /// </param>
    /// <param name="context">The batch, and the random source of dropout.</param>
    /// <returns>The same shape.</returns>
    Tensor Forward(Tensor hidden, ForwardContext context);
}
