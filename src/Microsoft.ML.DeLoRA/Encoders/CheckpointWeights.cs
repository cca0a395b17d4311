using Microsoft.ML.DeLoRA.Checkpoints;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Initial weights out of a checkpoint.</summary>
/// <param name="source">Tensors named without the <c>roberta.</c> prefix, such as <see cref="ModelDirectory.Tensors"/>; stays the caller's.</param>
public sealed class CheckpointWeights(ITensorSource source) : IWeightSource
{
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    /// Missing, of another shape, or with a value that is NaN or infinite; the message names the tensor.
    /// </exception>
    public Tensor Get(string name, ReadOnlySpan<long> shape)
    {
        Tensor values = source.Require(name, shape);
        try
        {
            FiniteTensors.Require(values, name, source.Description);
            return values;
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }
}
