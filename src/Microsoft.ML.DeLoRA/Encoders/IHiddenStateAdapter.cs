using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>What an encoder layer asks of an adapter that edits its hidden states. Adapter methods implement it in the Adapters room.</summary>
public interface IHiddenStateAdapter
{
    /// <summary>The edited hidden states.</summary>
    /// <param name="hidden">The layer's output: [tokens, hidden] in the batch's packed order, or [count, hidden], see <paramref name="firstOnly"/>.</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="firstOnly">True when there are only the rows of each sequence's first token, longest sequence first.</param>
    /// <param name="dropout">Random source of dropout while training; null in evaluation.</param>
    /// <returns>The same shape.</returns>
    Tensor Forward(Tensor hidden, PackedBatch batch, bool firstOnly, SeededDropout? dropout);
}
