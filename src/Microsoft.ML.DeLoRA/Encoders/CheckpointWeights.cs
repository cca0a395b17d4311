using Microsoft.ML.DeLoRA.Checkpoints;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Initial weights out of a checkpoint.</summary>
/// <param name="source">Tensors named without the <c>roberta.</c> prefix, such as <see cref="ModelDirectory.Tensors"/>; stays the caller's.</param>
public sealed class CheckpointWeights(ITensorSource source) : IWeightSource
{
    /// <inheritdoc/>
    public Tensor Get(string name, ReadOnlySpan<long> shape) => source.Require(name, shape);
}
