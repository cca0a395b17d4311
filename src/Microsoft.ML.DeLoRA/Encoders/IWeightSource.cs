using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Where an encoder gets its initial weights: a checkpoint, or random numbers.</summary>
internal interface IWeightSource
{
    /// <summary>The tensor of that name as float32 with that shape, on the CPU; the caller owns it.</summary>
    /// <param name="name">Dotted name without the <c>roberta.</c> prefix.</param>
    /// <param name="shape">The shape that the configuration demands.</param>
    /// <exception cref="InvalidDataException">Missing or of another shape; the message names the tensor and both shapes.</exception>
    Tensor Get(string name, ReadOnlySpan<long> shape);
}
